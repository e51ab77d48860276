/** The Kubernetes API, as far as a CA's pod uses it: ConfigMaps of its own namespace. */
import { request, type RequestOptions } from "node:https";
import { join } from "node:path";

import { messageOf } from "./failure";
import { readIfThere } from "./files";
import { TryAgain } from "./retry";
import { type Environment, mounted, optional, required } from "./settings";

/** The part of a ConfigMap that this program reads and writes. */
export interface ConfigMap {
  metadata: { name: string; labels?: Record<string, string> };
  data?: Record<string, string>;
}

/** The two calls to the Kubernetes API that publishing the roots takes. */
export interface ConfigMaps {
  /** The ConfigMap, or undefined if there is none. */
  get(name: string): Promise<ConfigMap | undefined>;
  /** Creates it; false if one of that name is there already. */
  create(configMap: ConfigMap): Promise<boolean>;
  namespace: string;
}

/** Where kubelet mounts a service account's token. */
const serviceAccountDir = "/var/run/secrets/kubernetes.io/serviceaccount";

const answerTimeout = 10_000;

/** Speaks to the API server as the pod's service account. */
export function configMapsInCluster(environment: Environment): ConfigMaps {
  const directory = optional(environment, "ENROL_SERVICE_ACCOUNT_DIR", serviceAccountDir);
  const what = "the service account token volume (token, ca.crt, namespace)";
  const namespace = environment.ENROL_NAMESPACE?.trim() || mounted(directory, "namespace", what);
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`;
  const call = (method: string, target: string, body?: unknown) =>
    callApi(
      {
        method,
        path: target,
        host: required(environment, "KUBERNETES_SERVICE_HOST"),
        port: optional(environment, "KUBERNETES_SERVICE_PORT", "443"),
        ca: readIfThere(join(directory, "ca.crt")),
        headers: { Authorization: `Bearer ${mounted(directory, "token", what)}` },
        timeout: answerTimeout,
      },
      body,
    );
  return {
    namespace,
    async get(name) {
      const { status, body } = await call("GET", `${path}/${encodeURIComponent(name)}`);
      if (status === 404) return undefined;
      if (status !== 200) throw unexpected("read", name, status, body);
      return body as ConfigMap;
    },
    async create(configMap) {
      const { status, body } = await call("POST", path, { apiVersion: "v1", kind: "ConfigMap", ...configMap });
      if (status === 409) return false;
      if (status !== 201) throw unexpected("create", configMap.metadata.name, status, body);
      return true;
    },
  };
}

function unexpected(verb: string, name: string, status: number, body: unknown): TryAgain {
  const message = (body as { message?: string }).message ?? "no message";
  const remedy =
    status === 401 || status === 403
      ? "Grant the CA's service account create on configmaps and get on this one"
      : "See the API server's health";
  return new TryAgain(`The API server does not let us ${verb} ConfigMap ${name} (${status}: ${message})`, remedy);
}

function callApi(options: RequestOptions, body: unknown): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const unreachable = (error: unknown) =>
      reject(
        new TryAgain(
          `The Kubernetes API server is not reachable (${messageOf(error)})`,
          "See whether a NetworkPolicy lets this pod reach it",
        ),
      );
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = { ...(options.headers as object), Accept: "application/json", "Content-Type": "application/json" };
    const outgoing = request({ ...options, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", unreachable);
      response.on("end", () => {
        try {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString("utf8")) });
        } catch (error) {
          unreachable(error);
        }
      });
    });
    outgoing.on("error", unreachable);
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in 10 s")));
    outgoing.end(text);
  });
}
