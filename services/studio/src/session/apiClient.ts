/** The network's API server, by which the session calls chaincode: it has no key of the network. */
import { readFileSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

import { type StudioEnds, studioEndsPath } from "../../../../model/contracts/studio";
import type { StudioEditorSettings } from "../../../../model/contracts/studioEditor";
import { Failure } from "../../../common/failure";

/** A call for the API server. */
export interface ApiCall {
  function: string;
  arguments: string[];
  transient: Record<string, string>;
  identity?: string;
  endorsingOrganizations?: string[];
}

/** Its answer. */
export interface ApiAnswer {
  status: number;
  body: {
    state?: string;
    id?: string;
    result?: string;
    resultBase64?: string;
    txID?: string;
    blockNumber?: string;
    detail?: string;
    code?: string;
    validationCode?: string;
    /** See {@link StudioEnds}. */
    until?: string;
  };
}

/** Longest wait for an answer: as long as a developer looks at a breakpoint. In milliseconds. */
const patience = 3_700_000;

/** Calls chaincode by the API server. */
export class ApiClient {
  constructor(
    private readonly settings: NonNullable<StudioEditorSettings["api"]>,
    private readonly target: { channel: string; chaincode: string },
  ) {}

  call(kind: "evaluate" | "submit", call: ApiCall): Promise<ApiAnswer> {
    const { channel, chaincode } = this.target;
    const path = ["v1/channels", channel, "chaincodes", chaincode, kind].map((part) =>
      part === "v1/channels" ? part : encodeURIComponent(part),
    );
    return this.send("POST", path.join("/"), call);
  }

  /** What became of a call whose outcome was not known yet. */
  submission(id: string): Promise<ApiAnswer> {
    return this.send("GET", `v1/submissions/${encodeURIComponent(id)}`);
  }

  /** When the session ends; undefined where nobody ends it. */
  async ends(): Promise<StudioEnds | undefined> {
    const { status, body } = await this.send("GET", studioEndsPath.slice(1));
    const { until } = body;
    return status === 200 && until !== undefined ? { until } : undefined;
  }

  private send(method: string, path: string, content?: unknown): Promise<ApiAnswer> {
    const { url, tokenFile, rootFile } = this.settings;
    const target = new URL(path, url.endsWith("/") ? url : `${url}/`);
    const headers = {
      accept: "application/json",
      ...(content !== undefined && { "content-type": "application/json" }),
      ...(tokenFile !== undefined && { authorization: `Bearer ${readFileSync(tokenFile, "utf8").trim()}` }),
    };
    const options = { method, headers, timeout: patience, ...(rootFile && { ca: readFileSync(rootFile) }) };
    return new Promise((resolve, reject) => {
      const request = (target.protocol === "https:" ? requestHttps : requestHttp)(target, options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => resolve({ status: answer.statusCode!, body: bodyOf(Buffer.concat(chunks)) }));
      });
      request.on("timeout", () => request.destroy(new Error("no answer")));
      request.on("error", (error) =>
        reject(new Failure(`the API server at ${target.origin} cannot be reached: ${error.message}`)),
      );
      request.end(content === undefined ? undefined : JSON.stringify(content));
    });
  }
}

function bodyOf(bytes: Buffer): ApiAnswer["body"] {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return { detail: bytes.toString().slice(0, 500) };
  }
}
