/** Requests to the Kubernetes API, and watches. */
import { Agent, request, type RequestOptions } from "node:https";

import type { KubeConfig } from "@kubernetes/client-node";

/** The API server's answer when it is not a success. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** One line of a watch. */
export interface WatchEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: T;
}

/** What finds the cluster and signs in to it: client-node's KubeConfig. */
export type SignIn = Pick<KubeConfig, "getCurrentCluster" | "applyToHTTPSOptions">;

/** Options of a {@link KubernetesApi.call}. */
export interface CallOptions {
  body?: unknown;
  contentType?: string;
  query?: Readonly<Record<string, string>>;
}

const answerTimeout = 15_000;

/**
 * The Kubernetes API over one pool of connections. client-node finds the cluster and signs in; its generated clients, which
 * hold every kind of Kubernetes in memory, are left out.
 */
export class KubernetesApi {
  private agent: Agent | undefined;

  constructor(private readonly kubeConfig: SignIn) {}

  /**
   * Makes one request.
   *
   * @returns the parsed answer
   * @throws {@link ApiError} when the API server refused, Error when it is not reachable
   */
  async call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const { body, contentType = "application/json", query } = options;
    const requestOptions = await this.options(method, path, query);
    requestOptions.headers = { ...(requestOptions.headers as object), "Content-Type": contentType };
    return new Promise<T>((resolve, reject) => {
      const outgoing = request({ ...requestOptions, timeout: answerTimeout }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(JSON.parse(text) as T);
          else reject(new ApiError(status, apiMessage(text, status)));
        });
      });
      outgoing.on("timeout", () => outgoing.destroy(new Error("the API server did not answer in 15 s")));
      outgoing.on("error", reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /**
   * Watches a collection until the server ends the watch, at the latest after `seconds`.
   *
   * @throws {@link ApiError} when the API server refused, Error when the connection broke or `signal` is aborted
   */
  async watch<T>(
    path: string,
    query: Readonly<Record<string, string>>,
    seconds: number,
    signal: AbortSignal,
    onEvent: (event: WatchEvent<T>) => void,
  ): Promise<void> {
    const options = await this.options("GET", path, {
      ...query,
      watch: "true",
      allowWatchBookmarks: "true",
      timeoutSeconds: String(seconds),
    });
    return new Promise((resolve, reject) => {
      const outgoing = request({ ...options, signal }, (response) => {
        const status = response.statusCode ?? 0;
        if (status !== 200) {
          response.resume();
          reject(new ApiError(status, `watch refused with ${status}`));
          return;
        }
        response.on("error", reject);
        response.on("close", resolve);
        let rest = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => {
          const lines = (rest + text).split("\n");
          rest = lines.pop() ?? "";
          try {
            for (const line of lines) if (line !== "") onEvent(JSON.parse(line) as WatchEvent<T>);
          } catch (error) {
            outgoing.destroy(error as Error);
            reject(error as Error);
          }
        });
      });
      // A connection that died without a word: the server ends a live watch in time.
      const late = setTimeout(
        () => outgoing.destroy(new Error("the watch did not end in time")),
        (seconds + 15) * 1000,
      );
      outgoing.on("close", () => clearTimeout(late));
      outgoing.on("error", reject);
      outgoing.end();
    });
  }

  /** Closes idle connections. */
  close(): void {
    this.agent?.destroy();
  }

  private async options(
    method: string,
    path: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<RequestOptions> {
    const server = this.kubeConfig.getCurrentCluster()?.server;
    if (!server) throw new Error("no cluster is configured");
    const url = new URL(server);
    const signIn: RequestOptions = {};
    await this.kubeConfig.applyToHTTPSOptions(signIn); // Reads the token again when it was renewed.
    const { ca, cert, key, servername, rejectUnauthorized } = signIn;
    this.agent ??= new Agent({ keepAlive: true, maxFreeSockets: 4, ca, cert, key, servername, rejectUnauthorized });
    const search = new URLSearchParams(query).toString();
    return {
      method,
      agent: this.agent,
      host: url.hostname,
      port: url.port || 443,
      path: `${url.pathname.replace(/\/$/, "")}${path}${search ? `?${search}` : ""}`,
      headers: { ...(signIn.headers as object), Accept: "application/json" },
    };
  }
}

function apiMessage(text: string, status: number): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? `status ${status}`;
  } catch {
    return `status ${status}`;
  }
}
