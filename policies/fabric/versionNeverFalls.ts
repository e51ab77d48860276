import { isOlderSeries } from "../../fabric/src/config/capabilities";
import { fabricVersionOf } from "../kit/fabricVersion";
import { objectPolicy } from "../kit/policy";
import { comparesWithBefore } from "../kit/stackFile";

/** A node never goes back to an older release series of Fabric. */
export const versionNeverFalls = objectPolicy({
  name: "fabric-version-never-falls",
  level: "mandatory",
  description: "No peer and no orderer goes back to an older release series of Fabric.",
  why:
    "Fabric supports no downgrade: an older release may not read what a newer one has written, and stops for good at a channel " +
    "whose capability level was raised.",
  limits:
    comparesWithBefore +
    "Where there is neither, as under the Pulumi CLI, the API server refuses the change while the nodes are there. A patch " +
    "release may be taken back: within a series, ledgers stay as they are. Knows a node's version by the tag of its image.",
  kinds: ["StatefulSet"],
  check(object, { stackFile }) {
    const before = stackFile.before(object);
    const [was, is] = [before && fabricVersionOf(before), fabricVersionOf(object)];
    if (was === undefined || is === undefined || !isOlderSeries(is, was)) return [];
    const place = `${stackFile.file}: ${stackFile.root}.fabricVersion: ${object.kind} ${object.namespace}/${object.name}`;
    const message = `the version would be ${is}, and has been ${was} ${stackFile.sinceWhen}. Write ${was}, or a newer one`;
    return [{ place, message }];
  },
});
