/** Passes requests and WebSockets of a browser that has signed in on to the editor, as they are. */
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

import { messageOf } from "../../common/failure";
import { connectLink, type LinkTarget } from "../../common/studioLink";
import { takeCookie } from "./logins";
import { textPage } from "./pages";
import { LinkAgent } from "./remoteSession";

/** How long a window may say nothing, in milliseconds: the editor's own says something every few seconds. */
const silence = 5 * 60_000;

/** The editor, through a link. */
export class Editor {
  private readonly agent: LinkAgent;

  constructor(private readonly link: () => LinkTarget) {
    this.agent = new LinkAgent(link, "editor", { keepAlive: true, maxSockets: 16, maxFreeSockets: 8 });
  }

  /** Passes a request on. */
  pass(asked: IncomingMessage, response: ServerResponse): void {
    const { method, url: path } = asked;
    const passed = request({ agent: this.agent, method, path, headers: passedHeaders(asked), setHost: false });
    passed.on("response", (answer) => {
      response.writeHead(answer.statusCode!, answer.statusMessage, withoutHop(answer.rawHeaders));
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    passed.on("error", (error) => {
      if (response.headersSent) response.destroy();
      else textPage(response, 502, `The editor does not answer: ${messageOf(error)}. Try again in a moment.`);
    });
    asked.on("error", () => passed.destroy());
    response.on("close", () => passed.destroy());
    asked.pipe(passed);
  }

  /**
   * Passes a WebSocket on.
   *
   * @param closed - called when it is over
   */
  async upgrade(asked: IncomingMessage, socket: Duplex, head: Buffer, closed: () => void): Promise<void> {
    const ends: Duplex[] = [socket];
    const over = (): void => {
      for (const end of ends) end.destroy();
      closed();
    };
    socket.on("error", over);
    socket.on("close", over);
    try {
      const inner = await connectLink(this.link(), "editor");
      ends.push(inner);
      inner.on("error", over);
      inner.on("close", over);
      inner.setTimeout(silence, over);
      if (socket.destroyed) return over();
      const headers = passedHeaders(asked);
      const lines = headers.flatMap((text, i) => (i % 2 === 0 ? [`${text}: ${headers[i + 1]}`] : []));
      inner.write([`${asked.method} ${asked.url} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
      if (head.length > 0) inner.write(head);
      socket.pipe(inner).pipe(socket);
    } catch {
      over();
    }
  }

  /** Whether the editor answers. */
  isThere(): Promise<boolean> {
    return new Promise((resolve) => {
      const asked = request({ agent: this.agent, path: "/healthz", headers: { host: "localhost" }, timeout: 5000 });
      asked.on("response", (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      asked.on("timeout", () => asked.destroy());
      asked.on("error", () => resolve(false));
      asked.end();
    });
  }
}

/** All fields as they came, but for the login: what runs in the session never sees it. */
function passedHeaders({ rawHeaders, headers }: IncomingMessage): string[] {
  const { others } = takeCookie(headers.cookie);
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]!.toLowerCase() !== "cookie") kept.push(rawHeaders[i]!, rawHeaders[i + 1]!);
  return others === undefined ? kept : [...kept, "Cookie", others];
}

/** Without the fields that belong to one connection. */
function withoutHop(raw: readonly string[]): string[] {
  const hop = new Set(["connection", "keep-alive", "transfer-encoding"]);
  const kept: string[] = [];
  for (let i = 0; i < raw.length; i += 2) if (!hop.has(raw[i]!.toLowerCase())) kept.push(raw[i]!, raw[i + 1]!);
  return kept;
}
