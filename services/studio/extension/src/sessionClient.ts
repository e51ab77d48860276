/** The session program, as the extension asks it. */
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createInterface } from "node:readline";

import type { StudioEnds } from "../../../../model/contracts/studio";
import {
  type CallOutcome,
  type CallRequest,
  type ContractDescription,
  type History,
  type LogLine,
  type NextVersion,
  type PushedBranch,
  type SessionDescription,
  type StatePage,
  type TestsOutcome,
  tokenHeader,
} from "../../src/session/protocol";

/** Where the session program is. */
export interface SessionAddress {
  port: number;
  /** File with its token, which is another one after each start. */
  tokenFile: string;
}

/** Asks the session program. */
export class SessionClient {
  constructor(private readonly address: SessionAddress) {}

  session = (): Promise<SessionDescription> => this.ask("GET", "/session");

  ends = (): Promise<Partial<StudioEnds>> => this.ask("GET", "/ends");

  contract = (): Promise<ContractDescription> => this.ask("GET", "/contract");

  call = (call: CallRequest): Promise<CallOutcome> => this.ask("POST", "/calls", call);

  state(prefix: string, bookmark = ""): Promise<StatePage> {
    return this.ask("GET", `/state?${String(new URLSearchParams({ prefix, bookmark }))}`);
  }

  history = (key: string): Promise<History> =>
    this.ask("GET", `/state/history?${String(new URLSearchParams({ key }))}`);

  test = (): Promise<TestsOutcome> => this.ask("POST", "/tests", {});

  patch = (version: string): Promise<NextVersion> =>
    this.ask("GET", `/patch?${String(new URLSearchParams({ version }))}`);

  push = (version: string): Promise<PushedBranch> => this.ask("POST", "/branches", { version });

  /** Follows the log until it is told to stop, whatever becomes of the session program. */
  follow(take: (line: LogLine) => void): () => void {
    const stopped = new AbortController();
    const again = (): void => {
      if (!stopped.signal.aborted) setTimeout(open, 1000).unref();
    };
    const open = (): void => {
      const asked = request({ ...this.options("GET", "/logs"), signal: stopped.signal }, (answer) => {
        const lines = createInterface({ input: answer });
        lines.on("error", () => undefined);
        lines.on("line", (line) => take(JSON.parse(line) as LogLine));
        answer.on("error", () => undefined);
        answer.on("close", again);
      });
      asked.on("error", again);
      asked.end();
    };
    open();
    return () => stopped.abort();
  }

  private ask<T>(method: string, path: string, content?: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      const asked = request(this.options(method, path), (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => (text += part));
        answer.on("error", reject);
        answer.on("end", () => {
          try {
            const body = JSON.parse(text) as T & { error?: string };
            if (answer.statusCode === 200) resolve(body);
            else reject(new Error(body.error ?? `the session answers with status ${answer.statusCode}`));
          } catch {
            reject(new Error("the session's answer is no JSON"));
          }
        });
      });
      asked.on("error", (error) => reject(new Error(`the session program cannot be reached: ${error.message}`)));
      asked.end(content === undefined ? undefined : JSON.stringify(content));
    });
  }

  private options(method: string, path: string) {
    const { port, tokenFile } = this.address;
    const headers = { [tokenHeader]: tokenOf(tokenFile), "content-type": "application/json" };
    return { host: "127.0.0.1", port, method, path, headers };
  }
}

/** Empty before the session program has written it: it then says what is missing. */
function tokenOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
