/** The client of the Kubernetes API for containers that make a few requests and end. It needs no package. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { requestJson } from "./request";

/** Where the kubelet mounts the token of a pod's service account, the API server's roots and the pod's namespace. */
export const serviceAccountDir = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The address of the API server, and the caller. */
export interface PodApiOptions {
  host: string;
  port: string;
  /** If other than {@link serviceAccountDir}. */
  serviceAccount?: string;
}

/** The Kubernetes API, called as the pod's service account. */
export class PodApi {
  constructor(private readonly options: PodApiOptions) {}

  /**
   * Makes one request, over a new connection.
   *
   * @returns the parsed answer
   * @throws {@link ApiError} when the API server refused, Error when it is not reachable
   */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { host, port, serviceAccount = serviceAccountDir } = this.options;
    // The kubelet renews them.
    const [ca, token] = ["ca.crt", "token"].map((name) => readFileSync(join(serviceAccount, name), "utf8"));
    const headers = { Authorization: `Bearer ${token!.trim()}` };
    return requestJson<T>({ method, path, host, port, ca, headers, agent: false }, body);
  }
}
