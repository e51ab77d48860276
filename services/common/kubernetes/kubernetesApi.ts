/** The client of the Kubernetes API for long-running processes: requests over one pool of connections, and watches. */
import { Agent, request, type RequestOptions } from "node:https";
import { urlToHttpOptions } from "node:url";

import type { KubeConfig } from "@kubernetes/client-node";

import { ApiError, requestJson } from "./request";

/** One line of a watch. */
export interface WatchEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: T;
}

/** The part of client-node's KubeConfig that finds the cluster and signs in. */
export type SignIn = Pick<KubeConfig, "getCurrentCluster" | "applyToHTTPSOptions">;

/** Options of a {@link KubernetesApi.call}. */
export interface CallOptions {
  body?: unknown;
  contentType?: string;
  query?: Readonly<Record<string, string>>;
}

/**
 * The Kubernetes API over one pool of connections. client-node finds the cluster and signs in. Its generated clients are left
 * out: they hold every kind of Kubernetes in memory, and open a connection for each request.
 */
export class KubernetesApi {
  private readonly agent = new Agent({ keepAlive: true, maxFreeSockets: 4 });

  constructor(private readonly kubeConfig: SignIn) {}

  /**
   * Makes one request.
   *
   * @returns the parsed answer
   * @throws {@link ApiError} when the API server refused, Error when it is not reachable
   */
  async call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const { body, contentType, query } = options;
    return requestJson<T>(await this.options(method, path, query), body, contentType);
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
      // The server ends a live watch in time, so one that goes on has lost its connection.
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
    this.agent.destroy();
  }

  private async options(
    method: string,
    path: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<RequestOptions> {
    const server = this.kubeConfig.getCurrentCluster()?.server;
    if (!server) throw new Error("no cluster is configured");
    const url = new URL(server);
    const { hostname, port } = urlToHttpOptions(url); // An IPv6 address without brackets.
    const signIn: RequestOptions = {};
    await this.kubeConfig.applyToHTTPSOptions(signIn); // Reads the token and the roots again when they were renewed.
    const { ca, cert, key, servername, rejectUnauthorized, headers } = signIn;
    const search = new URLSearchParams(query).toString();
    return {
      ...{ method, agent: this.agent, host: hostname, port: port ?? 443 },
      ...{ ca, cert, key, servername, rejectUnauthorized },
      path: `${url.pathname.replace(/\/$/, "")}${path}${search ? `?${search}` : ""}`,
      headers: { ...(headers as object), Accept: "application/json" },
    };
  }
}
