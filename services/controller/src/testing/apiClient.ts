/** For tests: clients of API servers, as the controller makes its own. */
import { KubeConfig } from "@kubernetes/client-node";

import { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";

/** A client that has signed in by a kubeconfig. */
export function clientOf({ kubeconfig }: { kubeconfig: string }): KubernetesApi {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  return new KubernetesApi(config);
}
