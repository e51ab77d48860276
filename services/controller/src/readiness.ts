/** Which custom resources are not ready, and since when, as a metric. */
import { networkLabel } from "../../../model/contracts/labels";
import { isReady, readyCondition } from "./conditions";
import {
  certificateAuthorities,
  chaincodes,
  channels,
  ethereumNetworks,
  identities,
  kafkaTenants,
  type Kind,
  rollouts,
  systemChannels,
} from "./kinds";
import type { Metrics } from "./metrics";
import type { SeenObjects } from "./objects";
import type { CustomResource } from "./resources";

const kinds: readonly Kind<CustomResource>[] = [
  ...[certificateAuthorities, identities, channels, systemChannels, chaincodes],
  ...[kafkaTenants, ethereumNetworks, rollouts],
];

/** Exports the objects that are not ready, with their namespaces and networks. Those that are ready have no series. */
export function exportReadiness(metrics: Metrics, objects: SeenObjects): void {
  metrics.exportNotReady(function* () {
    for (const kind of kinds) {
      for (const object of objects.list(kind)) {
        if (isReady(object)) continue;
        const { name, namespace, labels, creationTimestamp } = object.metadata;
        const since = readyCondition(object)?.lastTransitionTime ?? creationTimestamp;
        if (since === undefined) continue;
        const network = labels?.[networkLabel] ?? "";
        yield { kind: kind.name, namespace, network, resource: name, since: Date.parse(since) / 1000 };
      }
    }
  });
}
