import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { answersTo, chaincodeImage, chaincodes, organizations, smokeTest, TestProject } from "../testing";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
  project.environment("local");
});
afterEach(() => project.remove());

const answers = (more: object): string[] => answersTo(project.dir, more);

const rename = (place: string, who: string, what: string, other: string, otherPlace: string): string =>
  `${place}: ${who} would get the ${what}, as ${other} does (baas:network.${otherPlace}): rename one`;

describe("names that would collide are refused", () => {
  it.each<[string, object, string[]]>([
    [
      "chaincodes My_CC and my-cc",
      chaincodes({ name: "My_CC" }, { name: "my-cc" }),
      [
        rename(
          "chaincodes[1].name",
          'chaincode "my-cc"',
          'Chaincode "main.my-cc"',
          'chaincode "My_CC"',
          "chaincodes[0].name",
        ),
      ],
    ],
    [
      "chaincodes My_CC and my-cc of different versions",
      chaincodes({ name: "My_CC" }, { name: "my-cc", version: "2.0" }),
      [
        rename(
          "chaincodes[1].name",
          'chaincode "my-cc"',
          'Chaincode "main.my-cc"',
          'chaincode "My_CC"',
          "chaincodes[0].name",
        ),
      ],
    ],
    [
      "chaincodes My_CC and my-cc on different channels",
      {
        channels: [{ name: "a" }, { name: "b" }],
        ...chaincodes({ name: "My_CC", channel: "a" }, { name: "my-cc", channel: "b" }),
      },
      [
        rename(
          "chaincodes[1].name",
          'chaincode "my-cc" of organization "org1"',
          'ServiceAccount "my-cc-1-0-org1"',
          'chaincode "My_CC" of organization "org1"',
          "chaincodes[0].name",
        ),
      ],
    ],
    [
      "versions 1.0 and 1-0 of a chaincode on different channels",
      { channels: [{ name: "a" }, { name: "b" }], ...chaincodes({ channel: "a" }, { channel: "b", version: "1-0" }) },
      [
        rename(
          "chaincodes[1].name",
          'chaincode "asset" of organization "org1"',
          'ServiceAccount "asset-1-0-org1"',
          'chaincode "asset" of organization "org1"',
          "chaincodes[0].name",
        ),
      ],
    ],
    [
      "a chaincode asset-1 of version 0 beside asset of version 1-0",
      chaincodes({ version: "1-0" }, { name: "asset-1", version: "0" }),
      [
        rename(
          "chaincodes[1].name",
          'chaincode "asset-1" of organization "org1"',
          'ServiceAccount "asset-1-0-org1"',
          'chaincode "asset" of organization "org1"',
          "chaincodes[0].name",
        ),
      ],
    ],
    [
      "organizations org1 and org1-headless",
      organizations("org1", "org1-headless"),
      [
        rename(
          "organizations[1].name",
          'organization "org1-headless"',
          'Service "ca-org1-headless"',
          'organization "org1"',
          "organizations[0].name",
        ),
      ],
    ],
    [
      "organizations org1 with CouchDB and org1-couchdb",
      { organizations: [{ name: "org1", stateDatabase: "couchdb" }, { name: "org1-couchdb" }] },
      [
        rename(
          "organizations[1].name",
          'organization "org1-couchdb"',
          'ConfigMap "peer0-org1-couchdb"',
          'organization "org1"',
          "organizations[0].name",
        ),
      ],
    ],
    [
      "an organization like the orderers' one, with -headless",
      organizations("orderer-headless"),
      [
        rename(
          "organizations[0].name",
          'organization "orderer-headless"',
          'Service "ca-orderer-headless"',
          'organization "orderer"',
          "ordering.organization.name",
        ),
      ],
    ],
    [
      "a channel peer0 with an organization genesis",
      { ...organizations("genesis"), channels: [{ name: "peer0" }] },
      [
        rename(
          "channels[0].name",
          'channel "peer0"',
          'ConfigMap "peer0-genesis"',
          'organization "genesis"',
          "organizations[0].name",
        ),
      ],
    ],
    [
      "organizations org1-headless and org1, in that order",
      organizations("org1-headless", "org1"),
      [
        rename(
          "organizations[1].name",
          'organization "org1"',
          'Service "ca-org1-headless"',
          'organization "org1-headless"',
          "organizations[0].name",
        ),
      ],
    ],
    [
      "organizations a1 and a-1, whose MSP IDs are equal",
      organizations("a1", "a-1"),
      ['organizations[1].mspId: MSP ID "A1MSP" is taken by baas:network.organizations[0].mspId'],
    ],
    [
      "a chaincode peer0 of version a beside an organization a-org1",
      { ...organizations("org1", "a-org1"), ...chaincodes({ name: "peer0", version: "a" }) },
      [
        rename(
          "chaincodes[0].name",
          'chaincode "peer0" of organization "org1"',
          'ServiceAccount "peer0-a-org1"',
          'organization "a-org1"',
          "organizations[1].name",
        ),
      ],
    ],
    [
      "the budget of an organization's peers and that of a chaincode's pods",
      {
        organizations: [{ name: "asset-1", peers: 2 }, { name: "peers" }],
        ...chaincodes({ version: "1", replicas: 2 }),
      },
      [
        rename(
          "chaincodes[0].name",
          'chaincode "asset" of organization "peers"',
          'PodDisruptionBudget "asset-1-peers"',
          'organization "asset-1"',
          "organizations[0].name",
        ),
      ],
    ],
    [
      "the smoke tests of one version on channels a.b and a-b",
      {
        channels: [{ name: "main" }, { name: "a.b" }, { name: "a-b" }],
        ...chaincodes({}, { channel: "a.b", smokeTest }, { channel: "a-b", smokeTest }),
      },
      [
        rename(
          "chaincodes[2].name",
          'the smoke test of chaincode "asset"',
          'ServiceAccount "asset-1-0-a-b-smoke-test"',
          'the smoke test of chaincode "asset"',
          "chaincodes[1].name",
        ),
      ],
    ],
    [
      "a channel twice",
      { channels: [{ name: "main" }, { name: "main" }] },
      ['channels[1].name: channel "main" is taken by baas:network.channels[0].name'],
    ],
    [
      "a chaincode twice on a channel",
      chaincodes({}, {}),
      ['chaincodes[1].name: chaincode "asset" is taken by baas:network.chaincodes[0].name'],
    ],
    [
      "two programs of one version",
      {
        channels: [{ name: "a" }, { name: "b" }],
        ...chaincodes({ channel: "a" }, { channel: "b", image: `${chaincodeImage}.1` }),
      },
      [
        `chaincodes[1].image: "${chaincodeImage}.1" is another program than that of baas:network.chaincodes[0], "${chaincodeImage}", which is ` +
          'version "1.0" of chaincode "asset" too: give this one another version',
      ],
    ],
  ])("%s", (_what, more, lines) => expect(answers(more)).toEqual(lines));

  it("a Secret of the user with that of a client", () => {
    project.environment("local", { gateway: { ports: { from: 30443, to: 30445 } } });
    const clients = { organizations: [{ name: "org1", clients: ["app"] }] };
    expect(answers({ ...clients, gateway: { port: 30443, certificateSecret: "app-org1-enrolment" } })).toEqual([
      rename(
        "organizations[0].clients[0]",
        'client "app" of organization "org1"',
        'Secret "app-org1-enrolment"',
        "your certificate",
        "gateway.certificateSecret",
      ),
    ]);
  });

  it("the client of sign-ins with the key of a session", () => {
    project.environment("local", { gateway: { ports: { from: 30443, to: 30445 } } });
    const oidc = { issuer: "https://login.example.com", clientId: "studio", secretName: "studio-ada-link-key" };
    const session = { developer: "app", chaincode: "asset", user: "ann@example.com" };
    const studio = { oidc, sessions: ["ada", "ben"].map((name) => ({ ...session, name })) };
    const org1 = { name: "org1", clients: ["app"], debug: { developers: ["app"] }, studio };
    const source = chaincodes({ image: undefined, source: "chaincode/asset-transfer" });
    expect(answers({ organizations: [org1], ...source, gateway: { port: 30443 } })).toEqual([
      rename(
        "organizations[0].studio.oidc.secretName",
        "the client by which developers sign in",
        'Secret "studio-ada-link-key"',
        'session "ada"',
        "organizations[0].studio.sessions[0].name",
      ),
    ]);
  });

  it("what a repository knows gates by with the key of a session", () => {
    project.environment("local", { gateway: { ports: { from: 30443, to: 30445 } } });
    const remote = { url: "https://git.example.com/net.git", secretName: "studio-ada-link-key" };
    const sessions = ["ada", "ben"].map((name) => ({ name, developer: "app", chaincode: "asset" }));
    const org1 = { name: "org1", clients: ["app"], debug: { developers: ["app"] }, studio: { remote, sessions } };
    const source = chaincodes({ image: undefined, source: "chaincode/asset-transfer" });
    expect(answers({ organizations: [org1], ...source, gateway: { port: 30443 } })).toEqual([
      rename(
        "organizations[0].studio.remote.secretName",
        "what the repository knows gates by",
        'Secret "studio-ada-link-key"',
        'session "ada"',
        "organizations[0].studio.sessions[0].name",
      ),
    ]);
  });

  it("but not one version on two channels", () => {
    const both = {
      channels: [{ name: "a" }, { name: "b" }],
      ...chaincodes({ channel: "a", smokeTest }, { channel: "b", smokeTest }),
    };
    expect(answers(both)).toEqual([]);
  });
});
