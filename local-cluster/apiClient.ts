/** Queries the API server of a local cluster without kubectl: whether the server, the node and pods are ready. */
import { readFileSync } from "node:fs";
import { get as httpsGet, type RequestOptions } from "node:https";
import { join } from "node:path";

import type { Instance, Link } from "./instance";
import { pkiDirectory } from "./pki";

/** A client of a local cluster's API server, with administrator rights. */
export class ApiClient {
  private readonly options: RequestOptions;

  constructor(instance: Instance, link: Link) {
    const read = (name: string) => readFileSync(join(pkiDirectory(instance), name));
    this.options = {
      host: link.nodeAddress,
      port: 6443,
      ca: read("ca.crt"),
      cert: read("admin.crt"),
      key: read("admin.key"),
      timeout: 2000,
      // A keep-alive connection would delay the end of this process.
      agent: false,
    };
  }

  /** The body of a GET, parsed if it is JSON; undefined if the server does not answer or answers with an error. */
  get<T = unknown>(target: string): Promise<T | undefined> {
    return new Promise((resolve) => {
      const request = httpsGet({ ...this.options, path: target }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("error", () => resolve(undefined));
        response.on("end", () => {
          if (response.statusCode !== 200) return resolve(undefined);
          const isJson = response.headers["content-type"]?.includes("json");
          resolve((isJson ? JSON.parse(text) : text) as T);
        });
      });
      request.on("timeout", () => request.destroy());
      request.on("error", () => resolve(undefined));
    });
  }

  /** Whether the API server serves. */
  async isReady(): Promise<boolean> {
    return (await this.get("/readyz")) !== undefined;
  }

  /** Whether the node is ready by a report of its kubelet not older than `since` (milliseconds since 1970). */
  async nodeIsReady(name: string, since: number): Promise<boolean> {
    const node = await this.get<{ status?: { conditions?: NodeCondition[] } }>(`/api/v1/nodes/${name}`);
    const ready = node?.status?.conditions?.find((condition) => condition.type === "Ready");
    return ready?.status === "True" && isFresh(ready.lastHeartbeatTime, since);
  }

  /** Whether a pod with this label is ready, in a container not older than `since` (milliseconds). */
  async podIsReady(namespace: string, label: string, since: number): Promise<boolean> {
    const selector = encodeURIComponent(label);
    const pods = await this.get<{ items: Pod[] }>(`/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`);
    return (pods?.items ?? []).some(
      ({ status }) =>
        status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") &&
        status.containerStatuses?.every(({ state }) => isFresh(state?.running?.startedAt, since)),
    );
  }
}

interface NodeCondition {
  type: string;
  status: string;
  lastHeartbeatTime?: string;
}

interface Pod {
  status?: {
    conditions?: { type: string; status: string }[];
    containerStatuses?: { state?: { running?: { startedAt?: string } } }[];
  };
}

// The API's times have no fractions of seconds.
function isFresh(time: string | undefined, since: number): boolean {
  return time !== undefined && Date.parse(time) >= Math.floor(since / 1000) * 1000;
}
