/** The session behind a gate, by its link. */
import { Agent, type AgentOptions, request } from "node:http";
import type { Duplex } from "node:stream";

import type { StudioLinkProtocol } from "../../../model/contracts/studio";
import { connectLink, type LinkTarget } from "../../common/studioLink";
import type { Session } from "./life";

/** Connections of HTTP through a link. */
export class LinkAgent extends Agent {
  constructor(
    private readonly target: () => LinkTarget,
    private readonly purpose: StudioLinkProtocol,
    options: AgentOptions,
  ) {
    super(options);
  }

  override createConnection(_options: unknown, created?: (error: Error | null, stream: Duplex) => void): Duplex {
    connectLink(this.target(), this.purpose).then(
      (socket) => created?.(null, socket),
      (error: Error) => created?.(error, undefined as unknown as Duplex),
    );
    // The connection is handed over when it is there.
    return undefined as unknown as Duplex;
  }
}

/** The host in the session's pod. */
export class RemoteSession implements Session {
  private readonly agent: LinkAgent;

  constructor(target: () => LinkTarget) {
    this.agent = new LinkAgent(target, "control", { keepAlive: false });
  }

  async start(lifeSeconds: number): Promise<Date> {
    return (await this.ask("POST", `/start?seconds=${lifeSeconds}`))!;
  }

  async stop(): Promise<void> {
    await this.ask("POST", "/stop");
  }

  state(): Promise<Date | undefined> {
    return this.ask("GET", "/state");
  }

  private ask(method: string, path: string): Promise<Date | undefined> {
    return new Promise((resolve, reject) => {
      const asked = request({ agent: this.agent, host: "session", method, path, timeout: 15_000 }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => void chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          try {
            const { since } = JSON.parse(Buffer.concat(chunks).toString()) as { since?: string };
            const at = since === undefined ? undefined : new Date(since);
            if (Number.isNaN(at?.getTime())) throw new Error(`the session says that it runs since ${since}`);
            resolve(at);
          } catch (error) {
            reject(error as Error);
          }
        });
      });
      asked.on("timeout", () => asked.destroy(new Error("the session does not answer")));
      asked.on("error", reject);
      asked.end();
    });
  }
}
