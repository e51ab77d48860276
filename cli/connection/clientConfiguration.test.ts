import { describe, expect, it } from "vitest";

import {
  clientConfiguration,
  configuredClients,
  debugClientConfiguration,
  debuggingClients,
} from "./clientConfiguration";
import type { NetworkWithGateway } from "./connectionProfile";
import { everything, networkLike } from "./testing";

const configuration = (network: NetworkWithGateway, ...addresses: string[]) =>
  clientConfiguration(network, configuredClients(network)[0]!, addresses, "tls/org1.pem");

describe("the settings of a client", () => {
  it("are what the client library needs", () => {
    const chaincodes = [
      { name: "asset-transfer", channel: "main", version: "1.0", source: "chaincode/asset-transfer" },
      { name: "other", channel: "main", version: "1.0", source: "chaincode/asset-transfer" },
    ];
    const organizations = [{ name: "org1", clients: ["app"], peers: 2 }, { name: "org2" }];
    const network = networkLike(everything, { chaincodes, organizations });
    expect(configuration(network, "192.0.2.1")).toBe(`\
# Client app of org1 on network dev; written by: ./baas connection dev
# Its identity is here once it has enrolled, by the command that is printed then.
mspId: Org1MSP
channel: main
chaincode: asset-transfer
peers:
  - peer0.org1.dev.example.com:30443
  - peer1.org1.dev.example.com:30443
gateway: 192.0.2.1:30443
discovery: true
tlsRoots: ../../tls/org1.pem
identity:
  certificate: msp/signcerts
  privateKey: msp/keystore
`);
  });

  it("have all addresses of the gateway that are like the first, and no chaincode where there is none", () => {
    const text = configuration(networkLike(everything), "192.0.2.1", "192.0.2.2", "2001:db8::1");
    expect(text).toContain("gateway:\n  - 192.0.2.1:30443\n  - 192.0.2.2:30443\ndiscovery");
    expect(configuration(networkLike(everything), "2001:db8::1")).toContain("gateway: '[2001:db8::1]:30443'\n");
    expect(text).not.toContain("chaincode");
  });

  it("are only for clients that reach a peer of their own organization, which is on a channel", () => {
    const clients = (network: NetworkWithGateway) => configuredClients(network).map(({ client }) => client.name);
    expect(clients(networkLike(everything))).toEqual(["app-org1"]);
    expect(clients(networkLike({ peers: ["org2"] }))).toEqual([]);
    expect(clients(networkLike(everything, { channels: [{ name: "two", organizations: ["org2"] }] }))).toEqual([]);
  });

  it("for a debug peer are for a client that may debug, and for nobody else", () => {
    const organizations = [
      { name: "org1", clients: ["app", "guest"], debug: { developers: ["app"] } },
      { name: "org2" },
    ];
    const network = networkLike(everything, { organizations });
    const [configured, ...others] = debuggingClients(network);
    expect(others).toEqual([]);
    expect(debugClientConfiguration(network, configured!, ["192.0.2.1"], "tls/org1.pem")).toBe(`\
# Client app of org1 on network dev; written by: ./baas connection dev
# Its identity is here once it has enrolled, by the command that is printed then.
mspId: Org1MSP
channel: main
peers:
  - debug.org1.dev.example.com:30443
gateway: 192.0.2.1:30443
tlsRoots: ../../tls/org1.pem
identity:
  certificate: msp/signcerts
  privateKey: msp/keystore
endorsingOrganizations:
  - Org1MSP
timeouts:
  evaluate: 30m
  endorse: 30m
  total: 1h
`);
  });
});
