import { immutable, object, string, type Definition } from "./definition";

/** Kinds of identities; the CA writes them into certificates as organizational units (NodeOUs). */
export type IdentityType = "peer" | "orderer" | "admin" | "client";

/** `spec` of an Identity: one name registered with an organization's CAs. */
export interface IdentitySpec {
  /** Name of the CertificateAuthority object in the same namespace. */
  certificateAuthority: string;
  /** Name within the organization, such as `peer0`. */
  enrolmentId: string;
  type: IdentityType;
}

/** The custom resource that the controller registers with a CA; Ready means registered, not enrolled. */
export const identityDefinition: Definition = {
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
      type: string("Kind of identity.", { enum: ["peer", "orderer", "admin", "client"] }),
    },
    { validations: [immutable("certificateAuthority"), immutable("enrolmentId"), immutable("type")] },
  ),
  columns: [
    { name: "Type", jsonPath: ".spec.type" },
    { name: "Authority", jsonPath: ".spec.certificateAuthority" },
  ],
};
