import { immutable, object, string, type Definition } from "./definition";

/** `spec` of a CertificateAuthority: an organization's Fabric CA server with its signing and its TLS CA. */
export interface CertificateAuthoritySpec {
  organization: string;
  mspId: string;
  /** Domain of the organization, such as `org1.trade.example.com`. */
  domain: string;
  /** Address of the server: `https://ca-org1.<namespace>.svc:7054`. */
  url: string;
}

/** The custom resource through which the controller knows an organization's CA. */
export const certificateAuthorityDefinition: Definition = {
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
};
