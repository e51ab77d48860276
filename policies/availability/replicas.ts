import { roleOf } from "../kit/objects";
import { objectPolicy } from "../kit/policy";

/** Workloads that clients go through have more than one replica. */
export const replicas = objectPolicy<{ least: Record<string, number> }>({
  name: "availability-replicas",
  level: "mandatory",
  description: "What all clients go through has replicas.",
  why: "The one pod of a gateway takes all clients with it whenever its machine is drained or its image changes.",
  settings: {
    least: {
      type: "object",
      additionalProperties: { type: "integer", minimum: 1 },
      default: { gateway: 2, "json-rpc": 2 },
      description: "Number of pods at least of a Deployment, by role.",
    },
  },
  kinds: ["Deployment"],
  check(object, { settings, stackFile }) {
    const role = roleOf(object);
    const least = role === undefined ? undefined : settings.least[role];
    const { replicas = 1 } = object.body.spec ?? {};
    if (least === undefined || replicas >= least) return [];
    const place = stackFile.place(object, {
      gateway: "replicas",
      "json-rpc": "replicas",
      chaincode: "replicas",
      controller: "controllerReplicas",
    });
    return [{ place, message: `it has ${replicas} replica${replicas === 1 ? "" : "s"}. Write ${least}, or more` }];
  },
});
