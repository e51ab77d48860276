import { type Fixtures, object } from "../testing/fixtures";
import { certificateLifetimes } from "./certificateLifetimes";

// Self-signed: "old-root" was valid in 2020, "partner-root" is until 2126.
const expired = `-----BEGIN CERTIFICATE-----
MIIBDDCBtAIBATAKBggqhkjOPQQDAjATMREwDwYDVQQDDAhvbGQtcm9vdDAeFw0y
MDAxMDEwMDAwMDBaFw0yMTAxMDEwMDAwMDBaMBMxETAPBgNVBAMMCG9sZC1yb290
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEikN28+y5cS+rgJB01zVWB+Ugo2Z9
RbiFrO0iggAyZk/Mm7+TDUdAVmApPXj+tRUNV/kBOKbNDJ3Nn2AsdpXMxzAKBggq
hkjOPQQDAgNHADBEAiBwJ6Zph5Fd3fKyCtDelitHbyn09gUWp/fkg9JXbsikkQIg
QFtBPXYMMPZAeA5MtVzDDfLZU3eRaUhZn7RXXImR70s=
-----END CERTIFICATE-----
`;
const valid = `-----BEGIN CERTIFICATE-----
MIIBhTCCASugAwIBAgIUFBrQ7vVhCJuCwVcN0xrzCNNPKSQwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMcGFydG5lci1yb290MCAXDTI2MTEyNTAzNDkzOVoYDzIxMjYx
MTAxMDM0OTM5WjAXMRUwEwYDVQQDDAxwYXJ0bmVyLXJvb3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAASKQ3bz7LlxL6uAkHTXNVYH5SCjZn1FuIWs7SKCADJmT8yb
v5MNR0BWYCk9eP61FQ1X+QE4ps0Mnc2fYCx2lczHo1MwUTAdBgNVHQ4EFgQUwuBy
MlM0rxjldMO5/OBV0SYh0BcwHwYDVR0jBBgwFoAUwuByMlM0rxjldMO5/OBV0SYh
0BcwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAz1U9L6tOYVvU
BS+ru6qAXzDMDOhAJXEtD4+Iu4OQibQCICLQZKm+KTExHuvdZO+vDidaoawckFad
T5E6S5BeqVlK
-----END CERTIFICATE-----
`;

const configMap = (data: Record<string, string>) =>
  object({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "partners", namespace: "trade" }, data });
const secret = (changes: object) =>
  object({ apiVersion: "v1", kind: "Secret", metadata: { name: "edge", namespace: "trade" }, ...changes });
const base64 = (text: string) => Buffer.from(text).toString("base64");
const place = "stacks/Pulumi.trade.yaml: baas:network:";

export const fixtures: Fixtures = {
  policy: certificateLifetimes,
  bad: [
    {
      title: "an expired root among others",
      objects: [configMap({ "roots.pem": `${valid}${expired}` })],
      messages: [
        `${place} ConfigMap trade/partners: certificate "CN=old-root" in entry "roots.pem" expired on 2021-01-01. Replace it by a new one`,
      ],
    },
    {
      title: "expired certificates in Secrets",
      objects: [secret({ data: { "tls.crt": base64(expired) } }), secret({ stringData: { "ca.crt": expired } })],
      messages: ["tls.crt", "ca.crt"].map(
        (key) =>
          `${place} Secret trade/edge: certificate "CN=old-root" in entry "${key}" expired on 2021-01-01. Replace it by a new one`,
      ),
    },
  ],
  good: [
    {
      title: "valid certificates",
      objects: [configMap({ "roots.pem": valid }), secret({ data: { "tls.crt": base64(valid) } })],
      messages: [],
    },
    {
      title: "what is no certificate, and what is not known before apply",
      objects: [
        configMap({ note: "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----" }),
        secret({ data: { password: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" } }),
      ],
      messages: [],
    },
  ],
};
