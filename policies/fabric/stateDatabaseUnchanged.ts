import { objectPolicy } from "../kit/policy";
import { comparesWithBefore } from "../kit/stackFile";

/** The state database of a peer does not change. */
export const stateDatabaseUnchanged = objectPolicy({
  name: "fabric-state-database-unchanged",
  level: "mandatory",
  description: "The state database of a peer never changes.",
  why:
    "A ledger is bound to the state database that it was made with: a peer with another one does not start, and an " +
    "organization's peers change all at once.",
  limits:
    comparesWithBefore +
    "Where there is neither, as under the Pulumi CLI, the API server refuses the change while the peers are there.",
  kinds: ["Identity"],
  check(object, { stackFile }) {
    const [was, is] = [stackFile.before(object)?.body.spec?.stateDatabase, object.body.spec?.stateDatabase];
    if (was === undefined || was === is) return [];
    const place = `${stackFile.file}: ${stackFile.root}.organizations: ${object.kind} ${object.namespace}/${object.name}`;
    const message = `the state database would be ${is}, and the peer's ledger has been in ${was} ${stackFile.sinceWhen}. Write stateDatabase: ${was}; for another one, add an organization`;
    return [{ place, message }];
  },
});
