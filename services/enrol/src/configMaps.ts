/** ConfigMaps of the pod's own namespace. */
import { messageOf, TryAgain } from "../../common/failure";
import { PodApi, serviceAccountDir } from "../../common/kubernetes/podApi";
import { ApiError, unlessMissing } from "../../common/kubernetes/request";
import { type Environment, mounted, optional, required } from "./settings";

/** The part of a ConfigMap that this program reads and writes. */
export interface ConfigMap {
  metadata: { name: string; labels?: Record<string, string> };
  data?: Record<string, string>;
}

/** The two calls to the Kubernetes API that publish the roots. */
export interface ConfigMaps {
  /** The ConfigMap, or undefined if there is none. */
  get(name: string): Promise<ConfigMap | undefined>;
  /** Creates it; false if one of that name is there already. */
  create(configMap: ConfigMap): Promise<boolean>;
  namespace: string;
}

/** Calls the API server as the pod's service account. */
export function configMapsInCluster(environment: Environment): ConfigMaps {
  const serviceAccount = optional(environment, "ENROL_SERVICE_ACCOUNT_DIR", serviceAccountDir);
  const [inPod] = ["namespace", "token", "ca.crt"].map((key) =>
    mounted(serviceAccount, key, "the service account token volume (token, ca.crt, namespace)"),
  );
  const namespace = environment.ENROL_NAMESPACE?.trim() || inPod!;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`;
  const api = new PodApi({
    host: required(environment, "KUBERNETES_SERVICE_HOST"),
    port: optional(environment, "KUBERNETES_SERVICE_PORT", "443"),
    serviceAccount,
  });
  return {
    namespace,
    async get(name) {
      const found = unlessMissing(api.call<ConfigMap>("GET", `${path}/${encodeURIComponent(name)}`));
      return found.catch((error: unknown) => explain(error, `read ConfigMap ${name}`));
    },
    async create(configMap) {
      try {
        await api.call("POST", path, { apiVersion: "v1", kind: "ConfigMap", ...configMap });
        return true;
      } catch (error) {
        if (error instanceof ApiError && error.status === 409) return false;
        return explain(error, `create ConfigMap ${configMap.metadata.name}`);
      }
    },
  };
}

function explain(error: unknown, what: string): never {
  if (!(error instanceof ApiError)) {
    throw new TryAgain(
      `The Kubernetes API server is not reachable (${messageOf(error)})`,
      "See whether a NetworkPolicy lets this pod reach it",
    );
  }
  const { status, message } = error;
  const remedy =
    status === 401 || status === 403
      ? "Grant the CA's service account create on configmaps and get on this one"
      : "See the API server's health";
  throw new TryAgain(`The API server does not let us ${what} (${status}: ${message})`, remedy);
}
