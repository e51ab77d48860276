/** The ConfigMaps of the pod's own namespace that a node makes and reads. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ethereumNodeManager } from "../../../model/contracts/ethereum";
import { managedLabels } from "../../../model/contracts/labels";
import { messageOf, TryAgain } from "../../common/failure";
import { PodApi, serviceAccountDir } from "../../common/kubernetes/podApi";
import { ApiError, unlessMissing } from "../../common/kubernetes/request";

/** The data of ConfigMaps, as a node makes and reads them. */
export interface ConfigMaps {
  /** Undefined if there is none of that name. */
  read(name: string): Promise<Record<string, string> | undefined>;
  /** Makes one that never changes; false if there is one of that name. */
  create(name: string, data: Record<string, string>): Promise<boolean>;
}

/** Calls the API server as the pod's service account. */
export function configMapsInCluster(environment: NodeJS.ProcessEnv, network: string): ConfigMaps {
  const namespace = readFileSync(join(serviceAccountDir, "namespace"), "utf8").trim();
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "443" } = environment;
  const api = new PodApi({ host, port });
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  return {
    async read(name) {
      const found = unlessMissing(api.call<{ data?: Record<string, string> }>("GET", `${path}/${name}`));
      const configMap = await found.catch((error: unknown) => explain(error, `read ConfigMap ${name}`));
      return configMap && (configMap.data ?? {});
    },
    async create(name, data) {
      const metadata = { name, labels: managedLabels(ethereumNodeManager, network) };
      const body = { apiVersion: "v1", kind: "ConfigMap", metadata, immutable: true, data };
      try {
        await api.call("POST", path, body);
        return true;
      } catch (error) {
        if (error instanceof ApiError && error.status === 409) return false;
        return explain(error, `make ConfigMap ${name}`);
      }
    },
  };
}

function explain(error: unknown, what: string): never {
  if (error instanceof ApiError) {
    const { status, message } = error;
    throw new TryAgain(`The API server does not let us ${what} (${status}: ${message})`);
  }
  throw new TryAgain(
    `The Kubernetes API server is not reachable (${messageOf(error)})`,
    "See whether a NetworkPolicy lets this pod reach it",
  );
}
