import { canEndorse, mspIdsOf, parseEndorsementPolicy } from "../../fabric/src/endorsementPolicy";
import { objectPolicy } from "../kit/policy";

/** It takes more than one organization to change the ledger. */
export const endorsementBySingle = objectPolicy({
  name: "fabric-endorsement-by-single-organization",
  level: "advisory",
  description: "A chaincode's endorsement policy needs more than one organization.",
  why:
    "An organization that can endorse alone can write whatever its own peers say, modified chaincode included. Sometimes that " +
    "is meant, as for data of one owner.",
  kinds: ["Chaincode"],
  check(object, { stackFile }) {
    const { endorsementPolicy = "", organizations = [] } = object.body.spec ?? {};
    const policy = parseEndorsementPolicy(endorsementPolicy);
    if ("error" in policy || organizations.length < 2) return [];
    const alone = mspIdsOf(policy).filter((mspId) => canEndorse(policy, new Map([[mspId, Infinity]])));
    if (alone.length === 0) return [];
    const place = stackFile.place(object).replace(`: ${object.kind}`, `.endorsementPolicy: ${object.kind}`);
    const message =
      `${alone.join(" alone, or ")} alone satisfies "${endorsementPolicy}". ` +
      `Write one that needs two, such as OutOf(2, ...), or leave it out: a majority is the default`;
    return [{ place, message }];
  },
});
