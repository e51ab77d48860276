/** Identity: a name that the controller registers with an organization's CAs. */
import type { Definition, SpecOf } from "./definition";
import { immutable, keptOnceSet, object, string } from "./schema";

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
    },
    {
      optional: ["stateDatabase"],
      validations: [
        immutable("certificateAuthority"),
        immutable("enrolmentId"),
        immutable("type"),
        keptOnceSet("stateDatabase", "the peer's ledger is bound to it. Keep the one that it has"),
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
