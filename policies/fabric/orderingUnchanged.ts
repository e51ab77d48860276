import { objectPolicy } from "../kit/policy";
import { comparesWithBefore } from "../kit/stackFile";

/** The type of an ordering service does not change. */
export const orderingUnchanged = objectPolicy({
  name: "fabric-ordering-type-unchanged",
  level: "mandatory",
  description: "The ordering type of a channel never changes.",
  why:
    "Blocks of a channel were ordered by one kind of service, and a new one starts without them: changing the type of a live " +
    "network is a migration by hand, with the network stopped.",
  limits:
    comparesWithBefore +
    "Where there is neither, as under the Pulumi CLI, the API server refuses the change by a rule in the Channel's schema, before " +
    "the controller sees it.",
  kinds: ["Channel"],
  check(object, { stackFile }) {
    const [was, is] = [stackFile.before(object)?.body.spec?.ordering?.type, object.body.spec?.ordering?.type];
    if (was === undefined || was === is) return [];
    const place = `${stackFile.file}: ${stackFile.root}.ordering.type: ${object.kind} ${object.namespace}/${object.name}`;
    const message = `the type would be ${is}, and the channel has been ${was} ${stackFile.sinceWhen}. Write ${was}; for another type, make a new network`;
    return [{ place, message }];
  },
});
