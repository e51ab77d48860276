/** The gate of a studio's session: what browsers and the command `baas studio` reach. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";

import {
  type StudioAnswer,
  type StudioGateSettings,
  studioPaths,
  type StudioState,
} from "../../../model/contracts/studio";
import { messageOf } from "../../common/failure";
import type { Log } from "../../common/log";
import { bodyOf } from "../../common/requestBody";
import type { Calls } from "./calls";
import type { Editor } from "./editor";
import { ClosedMeanwhile, type Life } from "./life";
import { type Logins, setCookie, setSignInCookie, takeCookie } from "./logins";
import { anew, enterPage, notSignedInPage, signInPage, textPage } from "./pages";
import type { SignedRequests } from "./requests";
import { NotSignedIn, type SignIn, signInSeconds } from "./signIn";

/** Arguments of {@link Gate}. */
export interface GateArgs {
  settings: Pick<StudioGateSettings, "host">;
  /** TLS certificate and key, PEM. */
  tls: { cert: string; key: string };
  logins: Logins;
  requests: SignedRequests;
  /** Beside one-time links. */
  signIn?: Pick<SignIn, "begin" | "finish" | "provider"> | undefined;
  life: Life;
  editor: Pick<Editor, "pass" | "upgrade" | "isThere">;
  calls: Pick<Calls, "areTaken">;
  log: Log;
}

/** Largest body of a request to the gate itself, in bytes. */
const mostBytes = 32 * 1024;

/** How long the editor may take to start, in milliseconds. */
const startTime = 120_000;

/** Answers at one name. What is for another one is refused, whatever the connection was opened for. */
export class Gate {
  readonly server: Server;
  private readonly windows = new Set<Duplex>();

  constructor(private readonly args: GateArgs) {
    // One certificate for one name, and no HTTP/2: no browser uses a connection for two names.
    const options = { ...args.tls, ALPNProtocols: ["http/1.1"], minVersion: "TLSv1.2" } as const;
    this.server = createServer(options, (request, response) => {
      void this.answer(request, response).catch((error: unknown) => {
        args.log.warn("a request failed", { reason: messageOf(error) });
        if (error instanceof ClosedMeanwhile) textPage(response, 409, error.message);
        else if (!response.headersSent) textPage(response, 502, "The session does not answer. Try again.");
        else response.destroy();
      });
    });
    this.server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.upgrade(request, socket, head),
    );
  }

  /** Ends all windows. */
  closeWindows(): void {
    for (const socket of this.windows) socket.destroy();
  }

  /** Whether a request, and its connection, are for this name. */
  private isForHere({ headers, socket }: IncomingMessage): boolean {
    const { host } = this.args.settings;
    const { servername } = socket as TLSSocket;
    // Behind a load balancer, browsers may see another port.
    return headers.host?.toLowerCase().replace(/:\d+$/, "") === host && servername === host;
  }

  /**
   * Whether a page of another name, such as another session's, has made a request. Browsers say so; they also send the cookie then, as all
   * names of a domain are one site to them.
   */
  private isForeign({ headers, method }: IncomingMessage, isUpgrade = false): boolean {
    const { origin, "sec-fetch-site": site, "sec-fetch-dest": destination } = headers;
    if (origin !== undefined && origin !== "null" && hostOf(origin) !== this.args.settings.host) return true;
    if (isUpgrade || !/^(GET|HEAD)$/.test(method!)) return origin === undefined || origin === "null";
    // Links lead here; frames, scripts and pictures of other pages do not.
    return (site === "same-site" || site === "cross-site") && destination !== "document";
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path, query] = splitUrl(request.url ?? "");
    const { settings, signIn } = this.args;
    if (path === studioPaths.health) return textPage(response, 200, "OK");
    if (!this.isForHere(request)) {
      request.resume();
      return textPage(response, 421, "The connection is for another name than the request.");
    }
    if (path === studioPaths.requests) return this.answerCommand(request, response);
    if (this.isForeign(request)) return textPage(response, 403, "A page of another name has made this request.");
    if (path === studioPaths.enter) return this.enter(request, response);
    if (path === studioPaths.signIn || path === studioPaths.signedIn) {
      if (signIn !== undefined && request.method === "GET") return this.signIn(signIn, path, query, request, response);
    }
    if (path.startsWith(studioPaths.own)) return textPage(response, 404, "There is no such page.");
    if (!this.hasSignedIn(request)) return signInPage(response, settings.host, signIn?.provider);
    this.args.life.use();
    this.args.editor.pass(request, response);
  }

  private hasSignedIn({ headers }: IncomingMessage): boolean {
    return this.args.life.isOpen && this.args.logins.has(takeCookie(headers.cookie).login);
  }

  private async enter(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST") return enterPage(response);
    const secret = await bodyOf(request, mostBytes);
    const { logins, life, log } = this.args;
    const login = secret === undefined ? undefined : logins.use(secret);
    if (login === undefined) {
      const text = "This link was used, or is older than five minutes. Get another one: baas studio open";
      return textPage(response, 403, text);
    }
    await life.open();
    await this.editorIsThere();
    log.info("a browser signed in");
    response.setHeader("set-cookie", setCookie(login));
    textPage(response, 200, "OK");
  }

  /** Sends a browser to who signs in, or takes one that comes back from there. Whatever fails there, links still lead in. */
  private async signIn(
    signIn: NonNullable<GateArgs["signIn"]>,
    path: string,
    query: string,
    { headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { logins, log } = this.args;
    try {
      if (path === studioPaths.signIn) {
        const { url, state } = await signIn.begin(query === anew);
        return redirect(response, url, setSignInCookie(state, signInSeconds));
      }
      await signIn.finish(query, takeCookie(headers.cookie).signIn);
      log.info("the provider signed the developer in");
      // Nobody says where to go then: there is one place.
      redirect(response, `${studioPaths.enter}#${logins.newLink()}`, setSignInCookie("", 0));
    } catch (error) {
      if (!(error instanceof NotSignedIn)) throw error;
      log.warn("nobody was signed in", { reason: error.message });
      notSignedInPage(response, error.status, error.message);
    }
  }

  private async editorIsThere(): Promise<void> {
    for (const until = Date.now() + startTime; Date.now() < until && this.args.life.isOpen;) {
      if (await this.args.editor.isThere()) return;
      await sleep(200);
    }
    throw new Error("the editor does not start");
  }

  private async answerCommand(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = request.method === "POST" ? await bodyOf(request, mostBytes) : undefined;
    const asked = this.args.requests.check(text ?? "");
    if ("refusal" in asked) return textPage(response, 403, asked.refusal);
    const { life, logins, log } = this.args;
    log.info("the command asks", { action: asked.action });
    if (asked.action === "close") await life.end("the command closes it");
    if (asked.action === "link") await life.open();
    const link = asked.action === "link" ? { link: logins.newLink() } : {};
    const answer: StudioAnswer = { state: this.state, ...link };
    response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(answer));
  }

  private get state(): StudioState {
    return { ...this.args.life.state, isCalled: this.args.calls.areTaken };
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    if (!this.isForHere(request)) return refuse(socket, "421 Misdirected Request");
    if (this.isForeign(request, true)) return refuse(socket, "403 Forbidden");
    if (!this.hasSignedIn(request)) return refuse(socket, "401 Unauthorized");
    const closed = this.args.life.openWindow();
    this.windows.add(socket);
    void this.args.editor.upgrade(request, socket, head, () => {
      this.windows.delete(socket);
      closed();
    });
  }
}

function splitUrl(url: string): [path: string, query: string] {
  const end = url.indexOf("?");
  return end < 0 ? [url, ""] : [url.slice(0, end), url.slice(end + 1)];
}

function redirect(response: ServerResponse, location: string, cookie: string): void {
  const headers = { location, "set-cookie": cookie, "cache-control": "no-store", "referrer-policy": "no-referrer" };
  response.writeHead(303, headers).end();
}

function hostOf(origin: string): string | undefined {
  const url = URL.parse(origin);
  return url?.protocol === "https:" ? url.hostname : undefined;
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}
