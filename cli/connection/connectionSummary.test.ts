import { describe, expect, it } from "vitest";

import type { NetworkWithGateway } from "./connectionProfile";
import { connectionSummary } from "./connectionSummary";
import { everything, networkLike } from "./testing";

const summary = (network: NetworkWithGateway, address = "192.0.2.1") =>
  connectionSummary({
    network,
    file: "stacks/Pulumi.dev.yaml",
    gateway: { addresses: [address, "192.0.2.2"], source: "the nodes" },
    context: "test",
    folder: "/work shop/dev",
    kubectl: "kubectl --context test",
  });

describe("the summary of a connection", () => {
  it("names the files, and how to call the API and to enrol", () => {
    expect(summary(networkLike(everything))).toBe(`Connection to network "dev" of context test, in /work shop/dev:
  hosts                                    names of the gateway at 192.0.2.1 (from the nodes), for /etc/hosts or as DNS records
  connection-org1.json                     common connection profile of org1's clients
  connection-org2.json                     common connection profile of org2's clients
  clients/app-org1/blockchain_client.yaml  settings of org1's client app for the client library
  tls/org1.pem                             root of org1's TLS certificates
  tls/org2.pem                             root of org2's TLS certificates
  tls/orderer.pem                          root of orderer's TLS certificates

The API:
  curl --cacert '/work shop/dev/tls/org1.pem' --resolve api.dev.example.com:30443:192.0.2.1 https://api.dev.example.com:30443/

Client app of org1, once its names lead to the gateway:
  SECRET=$(kubectl --context test -n dev get secret app-org1-enrolment -o jsonpath='{.data.enrolmentSecret}' | base64 -d)
  fabric-ca-client enroll --caname ca --home '/work shop/dev/clients/app-org1' --tls.certfiles '/work shop/dev/tls/org1.pem' --url "https://app:$SECRET@ca.org1.dev.example.com:30443"
`);
  });

  it("says what is not passed through", () => {
    const text = summary(networkLike({ peers: ["org1"] }));
    expect(text).toContain("\nNo profile for org2: neither its peers nor its CA are in gateway.passthrough.\n");
    expect(text).toContain(
      "\nClient app of org1 can enrol inside the cluster only: org1 is not in gateway.passthrough.certificateAuthorities of " +
        "stacks/Pulumi.dev.yaml.\n",
    );
  });

  it("trusts nobody for a certificate that comes from elsewhere", () => {
    const text = summary(networkLike({}, { gateway: { certificateSecret: "tls" } }), "2001:db8::1");
    expect(text).toContain(
      "\n  curl --resolve api.dev.example.com:30443:[2001:db8::1] https://api.dev.example.com:30443/\n",
    );
  });
});
