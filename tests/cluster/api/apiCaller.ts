/** An application that calls the API of a network over HTTPS, and makes a call again until it knows what became of it. */
import { Agent, type RequestOptions } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

import { ask, type EdgeAddress } from "../../edge/clients";

/** Where the API is, and who calls. */
export interface ApiCallerOptions {
  edge: EdgeAddress;
  /** Name of the API: `api.<domain>`. */
  name: string;
  /** Root (PEM) of its certificate. */
  root: string;
  token: string;
  channel: string;
  chaincode: string;
}

/** What a caller knows of a call in the end. */
export interface ApiOutcome {
  /** `committed`, `failed` without having written anything, or `unknown`. */
  state: "committed" | "failed" | "unknown";
  /** The last answer: status and code, or the error of the connection. */
  answer: string;
  txID?: string;
  /** Milliseconds until it was known. */
  took: number;
  /** Requests that were made. */
  tries: number;
}

/** Milliseconds between two tries. */
const pause = 250;

/** Calls the API. */
export class ApiCaller {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1000 });

  constructor(private readonly options: ApiCallerOptions) {}

  /** One request; a body makes it a POST. Texts are JSON where they can be. */
  async ask(path: string, body?: object, more: RequestOptions = {}): Promise<{ status: number; body: any }> {
    const { edge, name: servername, root: ca, token } = this.options;
    const headers = {
      authorization: `Bearer ${token}`,
      host: servername,
      ...(body && { "content-type": "application/json" }),
      ...more.headers,
    };
    const answer = await ask(edge, {
      ...{ path, method: body ? "POST" : "GET", servername, ca, agent: this.agent, timeout: 150_000 },
      ...more,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    const isJson = /json/.test(String(answer.headers["content-type"]));
    return { status: answer.status, body: isJson ? JSON.parse(answer.body) : answer.body };
  }

  /**
   * Calls a function once.
   *
   * @param identity - client identity to act as, if not as the default one
   */
  call(
    operation: "evaluate" | "submit" | "submitAsync",
    name: string,
    args: readonly string[],
    { key, identity }: { key?: string; identity?: string } = {},
  ) {
    const { channel, chaincode } = this.options;
    const body = { function: name, arguments: args, identity };
    const path = `/v1/channels/${channel}/chaincodes/${chaincode}/${operation}`;
    return this.ask(path, body, { headers: key === undefined ? {} : { "idempotency-key": key } });
  }

  /** The result of a function that only reads, which is JSON. */
  async evaluate(name: string, ...args: string[]): Promise<any> {
    const { status, body } = await this.call("evaluate", name, args);
    if (status !== 200) throw new Error(`${name} ${args.join(" ")}: ${status} ${JSON.stringify(body)}`);
    return JSON.parse(body.result);
  }

  /**
   * Calls a function that writes, with one idempotency key until its outcome is known.
   *
   * @param patience - milliseconds after which it gives up, not knowing
   */
  async submit(name: string, args: readonly string[], key: string, patience = 60_000): Promise<ApiOutcome> {
    const began = Date.now();
    for (let tries = 1; ; tries++) {
      const { state, ...known } = await this.tryOnce(name, args, key);
      const took = Date.now() - began;
      if (state !== "unknown" || took > patience) return { state, ...known, took, tries };
      await sleep(pause);
    }
  }

  /** Ends idle connections. */
  close(): void {
    this.agent.destroy();
  }

  private async tryOnce(
    name: string,
    args: readonly string[],
    key: string,
  ): Promise<Pick<ApiOutcome, "state" | "answer" | "txID">> {
    try {
      const { status, body } = await this.call("submit", name, args, { key });
      const answer = `${status} ${body.code ?? body.state ?? ""} ${body.detail ?? ""}`.trim();
      if (status === 200) return { state: "committed", answer, txID: body.txID };
      // 5xx and 429: not now. 202: the server goes on with it.
      if (status >= 500 || status === 429 || status === 202) return { state: "unknown", answer };
      return { state: "failed", answer };
    } catch (error) {
      return { state: "unknown", answer: (error as Error).message };
    }
  }
}
