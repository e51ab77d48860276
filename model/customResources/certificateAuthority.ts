/** CertificateAuthority: describes the Fabric CA server of an organization, or of the platform, to the controller. */
import { type CaName, caNamesOf } from "../contracts/certificateAuthority";
import type { Definition, SpecOf } from "./definition";
import { boolean, immutable, neverChanges, object, string } from "./schema";

/** The custom resource for a Fabric CA server with two CAs: for signing and for TLS, or the platform's `kafka` and `operations`. */
export const certificateAuthorityDefinition = {
  kind: "CertificateAuthority",
  plural: "certificateauthorities",
  shortNames: ["ca"],
  description: "A Fabric CA server. Ready: its roots are published and its registrar can register identities.",
  spec: object(
    "The certificate authority.",
    {
      organization: string("Short name of the organization."),
      mspId: string("Membership service provider ID of the organization.", { maxLength: 63 }),
      domain: string("Domain of the organization."),
      scope: string("Whom it is for. Default: the organization.", { enum: ["organization", "platform"] }),
      url: string("Address of the Fabric CA server.", { pattern: "^https://[^/]+$" }),
      publishRevocations: boolean(
        "Whether the controller keeps the revocation list of the signing CA in the Secret <name>-revocations.",
      ),
    },
    {
      optional: ["mspId", "scope", "publishRevocations"],
      validations: [
        immutable("organization"),
        ...["mspId", "scope"].map(neverChanges),
        {
          rule: "has(self.mspId) != (has(self.scope) && self.scope == 'platform')",
          message: "an organization has an mspId, the platform has none",
        },
      ],
    },
  ),
  columns: [{ name: "MSP", jsonPath: ".spec.mspId" }],
} satisfies Definition;

/** `spec` of a CertificateAuthority. An organization has its `mspId`. The URL is such as `https://ca-org1.<namespace>.svc:7054`. */
export type CertificateAuthoritySpec = SpecOf<typeof certificateAuthorityDefinition>;

/** Names of the two CAs of a server. */
export function casOf({ scope = "organization" }: Pick<CertificateAuthoritySpec, "scope">): readonly CaName[] {
  return caNamesOf[scope];
}
