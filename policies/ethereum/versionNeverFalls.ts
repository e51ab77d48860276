import { besuVersionOf, isOlderBesu } from "../../model/contracts/besuVersion";
import { called, containersOf, type KubernetesObject, podOf } from "../kit/objects";
import { objectPolicy } from "../kit/policy";
import { comparesWithBefore } from "../kit/stackFile";

/** A node never goes back to an older release of Besu. */
export const ethereumVersionNeverFalls = objectPolicy({
  name: "ethereum-version-never-falls",
  level: "mandatory",
  description: "No node goes back to an older release of Besu.",
  why:
    "Besu does not start on the volume of a newer release. The first node that restarts stays away, and all others wait for it, whatever " +
    "else is to change.",
  limits:
    comparesWithBefore +
    "Where there is neither, as under the Pulumi CLI, nothing is compared: the first node says it in its log, and the chain goes on " +
    "without it. Knows a node's release by the tag of its image.",
  kinds: ["StatefulSet"],
  check(object, { stackFile }) {
    const before = stackFile.before(object);
    const [was, is] = [before && versionOf(before), versionOf(object)];
    if (was === undefined || is === undefined || !isOlderBesu(is, was)) return [];
    const place = `${stackFile.file}: ${stackFile.root}: ${called(object)}`;
    const message =
      `it would run Besu ${is}, and has run ${was} ${stackFile.sinceWhen}. Write ${was}, or a newer one, where the image is named: ` +
      "infra/versions.yaml, or images.overrides of the environment";
    return [{ place, message }];
  },
});

function versionOf(object: KubernetesObject): string | undefined {
  const pod = podOf(object);
  const images = pod === undefined ? [] : containersOf(pod).map(({ container }) => container.image ?? "");
  return images.map(besuVersionOf).find((version) => version !== undefined);
}
