/** CertificateAuthority: describes an organization's Fabric CA server to the controller. */
import type { Definition, SpecOf } from "./definition";
import { immutable, object, string } from "./schema";

/** The custom resource for an organization's Fabric CA server, with its signing and its TLS CA. */
export const certificateAuthorityDefinition = {
  kind: "CertificateAuthority",
  plural: "certificateauthorities",
  shortNames: ["ca"],
  description:
    "An organization's Fabric CA server. Ready: its roots are published and its registrar can register identities.",
  spec: object(
    "The certificate authority.",
    {
      organization: string("Short name of the organization."),
      mspId: string("Membership service provider ID of the organization.", { maxLength: 63 }),
      domain: string("Domain of the organization."),
      url: string("Address of the Fabric CA server.", { pattern: "^https://[^/]+$" }),
    },
    { validations: [immutable("organization"), immutable("mspId")] },
  ),
  columns: [{ name: "MSP", jsonPath: ".spec.mspId" }],
} satisfies Definition;

/** `spec` of a CertificateAuthority; its URL such as `https://ca-org1.<namespace>.svc:7054`. */
export type CertificateAuthoritySpec = SpecOf<typeof certificateAuthorityDefinition>;
