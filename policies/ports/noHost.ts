import { containersOf, podOf } from "../kit/objects";
import { objectPolicy, type Violation } from "../kit/policy";

/** Pods do not use ports or the network of their machine. */
export const noHost = objectPolicy({
  name: "ports-no-host",
  level: "mandatory",
  description: "No pod uses the network of the machine it runs on.",
  why:
    "A host port is taken on every machine that the pod may move to: the second network's pod stays Pending. On the host's " +
    "network, NetworkPolicies do not hold and every port of the machine is in reach.",
  check(object, { stackFile }) {
    const pod = podOf(object);
    if (pod === undefined) return [];
    const place = stackFile.place(object);
    const file = stackFile.component(object);
    const found: Violation[] = [];
    if (pod.spec.hostNetwork === true) {
      const message = `hostNetwork puts its pods on the machine's network. Remove it in ${file}`;
      found.push({ place, message });
    }
    for (const { container } of containersOf(pod)) {
      for (const { hostPort } of container.ports ?? []) {
        if (hostPort === undefined || hostPort === 0) continue;
        const message =
          `container "${container.name}" takes hostPort ${hostPort} of its machine. ` +
          `Remove it in ${file}; from outside, clients come through the gateway`;
        found.push({ place, message });
      }
    }
    return found;
  },
});
