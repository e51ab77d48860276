/** Identity: a name that the controller registers with an organization's CAs. */
import type { Definition, SpecOf } from "./definition";
import { immutable, keptOnceSet, object, string, type Validation } from "./schema";

/**
 * A CEL rule that forbids going back to an older release series, such as from 3.1 to 2.5, which Fabric supports for no node that has a
 * ledger. Patch releases of a series have the same ledgers, capabilities and protocols, so that one may be taken back.
 */
function seriesNeverFalls(field: string): Validation {
  const part = (object: string, i: number): string => `int(${object}.${field}.split('.')[${i}])`;
  const series = (object: string): string => `${part(object, 0)} * 10000 + ${part(object, 1)}`;
  const rule = `!has(oldSelf.${field}) || (has(self.${field}) && ${series("self")} >= ${series("oldSelf")})`;
  const message = `${field} cannot go back to an older release series: Fabric has no way back for nodes with ledgers. Write the one that they have, or a newer one`;
  return { rule, message };
}

/** The custom resource that the controller registers with a CA; Ready means registered, not enrolled. */
export const identityDefinition = {
  kind: "Identity",
  plural: "identities",
  shortNames: ["id"],
  description:
    "A name registered with an organization's CAs. Ready: registered, and the Secret to enrol with is there.",
  spec: object(
    "The identity.",
    {
      certificateAuthority: string("Name of the CertificateAuthority in this namespace."),
      enrolmentId: string("Name within the organization; common name of its certificates.", { maxLength: 64 }),
      // The CA writes it into certificates as organizational unit (NodeOUs).
      type: string("Kind of identity.", { enum: ["peer", "orderer", "admin", "client"] }),
      stateDatabase: string("State database of a peer.", { enum: ["leveldb", "couchdb"] }),
      fabricVersion: string("Version of Fabric that a peer or an orderer runs.", {
        pattern: "^[0-9]{1,4}[.][0-9]{1,4}[.][0-9]{1,4}$",
        maxLength: 14,
      }),
    },
    {
      optional: ["stateDatabase", "fabricVersion"],
      validations: [
        immutable("certificateAuthority"),
        immutable("enrolmentId"),
        immutable("type"),
        keptOnceSet("stateDatabase", "the peer's ledger is bound to it. Keep the one that it has"),
        seriesNeverFalls("fabricVersion"),
      ],
    },
  ),
  columns: [
    { name: "Type", jsonPath: ".spec.type" },
    { name: "Authority", jsonPath: ".spec.certificateAuthority" },
  ],
} satisfies Definition;

/** `spec` of an Identity: one name registered with an organization's CAs. */
export type IdentitySpec = SpecOf<typeof identityDefinition>;
