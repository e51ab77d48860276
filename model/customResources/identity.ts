/** Identity: a name that the controller registers with an organization's CAs, or with one of the platform's. */
import { caNamesOf, operationsCaName } from "../contracts/certificateAuthority";
import { platformCaName } from "../contracts/platformCa";
import type { Definition, SpecOf } from "./definition";
import { boolean, immutable, keptOnceSet, neverChanges, object, string, type Validation } from "./schema";

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
    "A name registered with an organization's CAs, or with one of the platform's. Ready: registered, and the Secret to enrol with is there.",
  spec: object(
    "The identity.",
    {
      certificateAuthority: string("Name of the CertificateAuthority in this namespace, or platform-ca."),
      // Another namespace's name would be taken for another network's node, a broker or Prometheus.
      issuer: string("The one CA of the platform that it is registered with. Default: both of the organization.", {
        enum: [...caNamesOf.platform],
      }),
      enrolmentId: string(
        "Name within the organization; common name of its certificates. At the platform: <name>.<namespace>.",
        { maxLength: 64 },
      ),
      node: string("Name of the node or server whose pod enrols with it. Default: that of the Identity."),
      // The CA writes it into certificates as organizational unit (NodeOUs).
      type: string("Kind of identity.", { enum: ["peer", "orderer", "admin", "client"] }),
      clientCertificate: boolean(
        "Whether the controller keeps a key and a certificate in the Secret <name>-client-certificate, for a client that cannot enrol. " +
          "Only for readers of metrics. Default: false.",
      ),
      stateDatabase: string("State database of a peer.", { enum: ["leveldb", "couchdb"] }),
      fabricVersion: string("Version of Fabric that a peer or an orderer runs.", {
        pattern: "^[0-9]{1,4}[.][0-9]{1,4}[.][0-9]{1,4}$",
        maxLength: 14,
      }),
    },
    {
      optional: ["issuer", "node", "clientCertificate", "stateDatabase", "fabricVersion"],
      validations: [
        immutable("certificateAuthority"),
        immutable("enrolmentId"),
        immutable("type"),
        neverChanges("issuer"),
        {
          rule: `has(self.issuer) == (self.certificateAuthority == '${platformCaName}')`,
          message: `an issuer is named for ${platformCaName}, and for no other certificateAuthority`,
        },
        {
          rule: "!has(self.issuer) || self.type == 'client'",
          message: "type is client where there is an issuer",
        },
        {
          rule: `!has(self.clientCertificate) || !self.clientCertificate || (has(self.issuer) && self.issuer == '${operationsCaName}')`,
          message: `clientCertificate needs the issuer ${operationsCaName}: no other key leaves the pod that uses it`,
        },
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

/** `spec` of an Identity. */
export type IdentitySpec = SpecOf<typeof identityDefinition>;
