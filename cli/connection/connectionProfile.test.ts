import { describe, expect, it } from "vitest";

import {
  connectionProfile,
  type NetworkWithGateway,
  profiledOrganizations,
  trustedOrganizations,
} from "./connectionProfile";
import { hostsFile } from "./hostsFile";
import { everything, namedRoots, networkLike } from "./testing";

const profile = (network: NetworkWithGateway, organization: number) =>
  connectionProfile(network, network.organizations[organization]!, namedRoots);
const namesOf = (organizations: { name: string }[]) => organizations.map(({ name }) => name);

describe("the connection profile of an organization", () => {
  const roles = { endorsingPeer: true, chaincodeQuery: true, ledgerQuery: true, eventSource: true, discover: true };
  const peer = (organization: string) => ({
    url: `grpcs://peer0.${organization}.dev.example.com:30443`,
    tlsCACerts: { pem: `TLS root of ${organization}\n` },
  });

  it("has all that is passed through, with the certificate authority of its own", () => {
    expect(profile(networkLike(everything), 0)).toEqual({
      name: "dev-org1",
      version: "1.0.0",
      client: { organization: "org1" },
      organizations: {
        org1: {
          mspid: "Org1MSP",
          peers: ["peer0.org1.dev.example.com"],
          certificateAuthorities: ["ca.org1.dev.example.com"],
        },
        org2: { mspid: "Org2MSP", peers: ["peer0.org2.dev.example.com"] },
      },
      channels: {
        main: {
          orderers: ["orderer0.dev.example.com"],
          peers: { "peer0.org1.dev.example.com": roles, "peer0.org2.dev.example.com": roles },
        },
      },
      peers: { "peer0.org1.dev.example.com": peer("org1"), "peer0.org2.dev.example.com": peer("org2") },
      orderers: {
        "orderer0.dev.example.com": {
          url: "grpcs://orderer0.dev.example.com:30443",
          tlsCACerts: { pem: "TLS root of orderer\n" },
        },
      },
      certificateAuthorities: {
        "ca.org1.dev.example.com": {
          url: "https://ca.org1.dev.example.com:30443",
          caName: "ca",
          tlsCACerts: { pem: ["TLS root of org1\n"] },
          httpOptions: { verify: true },
        },
      },
    });
  });

  it("has nothing that is not passed through", () => {
    expect(profile(networkLike({ peers: ["org1"] }), 0)).toEqual({
      name: "dev-org1",
      version: "1.0.0",
      client: { organization: "org1" },
      organizations: { org1: { mspid: "Org1MSP", peers: ["peer0.org1.dev.example.com"] } },
      channels: { main: { peers: { "peer0.org1.dev.example.com": roles } } },
      peers: { "peer0.org1.dev.example.com": peer("org1") },
    });
  });

  it("has peers of others only, where it reaches no more of its own than the certificate authority", () => {
    const network = networkLike({ peers: ["org1"], certificateAuthorities: ["org2"] });
    expect(profile(network, 1)).toMatchObject({
      organizations: { org1: { mspid: "Org1MSP" }, org2: { mspid: "Org2MSP", peers: [] } },
      peers: { "peer0.org1.dev.example.com": peer("org1") },
    });
  });

  it("has only the channels that it is a member of, with peers of their members", () => {
    const channels = [
      { name: "all" },
      { name: "one", organizations: ["org1"] },
      { name: "two", organizations: ["org2"] },
    ];
    const found = profile(networkLike(everything, { channels }), 0).channels;
    expect(Object.entries(found).map(([name, { peers }]) => [name, Object.keys(peers)])).toEqual([
      ["all", ["peer0.org1.dev.example.com", "peer0.org2.dev.example.com"]],
      ["one", ["peer0.org1.dev.example.com"]],
    ]);
  });

  it("is of use only to those that reach a node of their own", () => {
    expect(namesOf(profiledOrganizations(networkLike({ peers: ["org1"] })))).toEqual(["org1"]);
    expect(namesOf(profiledOrganizations(networkLike({ certificateAuthorities: ["org2"] })))).toEqual(["org2"]);
    expect(profiledOrganizations(networkLike({ orderers: true }))).toEqual([]);
  });
});

describe("clients outside trust", () => {
  it("the organizations of the nodes that they reach", () => {
    expect(namesOf(trustedOrganizations(networkLike(everything)))).toEqual(["org1", "org2", "orderer"]);
  });

  it("the organization that issues the certificate of the API, unless it comes from elsewhere", () => {
    expect(namesOf(trustedOrganizations(networkLike({})))).toEqual(["org1"]);
    expect(namesOf(trustedOrganizations(networkLike({}, { gateway: { organization: "orderer" } })))).toEqual([
      "orderer",
    ]);
    expect(trustedOrganizations(networkLike({}, { gateway: { certificateSecret: "tls" } }))).toEqual([]);
  });
});

describe("the hosts file", () => {
  it("has every name of the gateway, also those that nodes have inside the cluster", () => {
    expect(hostsFile(networkLike(everything), ["192.0.2.1"]))
      .toBe(`# Names of network dev, for /etc/hosts of machines outside its cluster; written by: baas connection dev
192.0.2.1 api.dev.example.com
192.0.2.1 peer0.org1.dev.example.com peer0-org1.dev.svc
192.0.2.1 peers.org1.dev.example.com
192.0.2.1 peer0.org2.dev.example.com peer0-org2.dev.svc
192.0.2.1 peers.org2.dev.example.com
192.0.2.1 orderer0.dev.example.com orderer0-orderer.dev.svc
192.0.2.1 ca.org1.dev.example.com
192.0.2.1 ca.org2.dev.example.com
`);
  });

  it("leads to one address, and has the others to choose from", () => {
    const [, ...lines] = hostsFile(networkLike({}), ["192.0.2.1", "192.0.2.2", "2001:db8::1"]).split("\n");
    expect(lines).toEqual([
      "192.0.2.1 api.dev.example.com",
      "",
      "# Or, at another address of the gateway:",
      "#192.0.2.2 api.dev.example.com",
      "",
      "# Or, at another address of the gateway:",
      "#2001:db8::1 api.dev.example.com",
      "",
    ]);
  });
});
