import { describe, expect, test } from "vitest";

import type { CapabilityLevels } from "../contracts/capabilityLevels";
import type { NetworkDescription } from "../network/networkDescription";
import { networkChanges } from "./networkChanges";

const network: NetworkDescription = {
  environment: "local",
  domain: "net.example.com",
  namespace: "net",
  fabricVersion: "2.5.16",
  size: "small",
  ordering: {
    type: "etcdraft",
    organization: "orderer",
    mspId: "OrdererMSP",
    nodes: 3,
    storage: "10Gi",
    caStorage: "1Gi",
  },
  organizations: ["1", "2"].map((n) => ({
    name: `org${n}`,
    mspId: `Org${n}MSP`,
    peers: 2,
    stateDatabase: "leveldb",
    peerStorage: "10Gi",
    caStorage: "1Gi",
    clients: ["app"],
  })),
  channels: [
    { name: "main", organizations: ["org1", "org2"], batch: { timeout: "500ms", maxMessages: 500 } },
    { name: "side", organizations: ["org1"], batch: { timeout: "500ms", maxMessages: 500 } },
  ],
  chaincodes: [
    {
      name: "asset",
      channel: "main",
      version: "1.0",
      endorsementPolicy: "/Channel/Application/Endorsement",
      initRequired: false,
      replicas: 1,
      source: "chaincode/asset",
      smokeTest: true,
    },
  ],
  gateway: {
    port: 30443,
    replicas: 2,
    organization: "org1",
    apiHost: "api.net.example.com",
    exposure: "NodePort",
    limits: { connections: 2000 },
    names: ["peer0.org1.net.example.com"],
  },
};

/** What an edit changes: a line each, with a mark on what is loud; after it, with `full`, what follows from it. */
function lines(edit: (copy: NetworkDescription) => void, full = false): string[] {
  const after = structuredClone(network);
  edit(after);
  const signs = { add: "+", change: "~", remove: "-" };
  return networkChanges(network, after).flatMap(({ action, subject, text, consequences, loud }) => [
    `${loud ? "! " : ""}${signs[action]} ${subject}${text === "" ? "" : `: ${text}`}`,
    ...(full ? consequences : []),
  ]);
}

const organization = (name: string, more: object = {}) => ({
  ...network.organizations[0]!,
  name,
  mspId: `${name}MSP`,
  ...more,
});

describe("a network", () => {
  test("that stays as it is has no changes", () => {
    expect(lines(() => undefined)).toEqual([]);
  });

  test("that is new, or gone, is one change", () => {
    const what = "organizations org1, org2; 4 peers, 3 orderers; channels main, side; chaincode asset";
    expect(networkChanges(undefined, network)).toMatchObject([{ action: "add", text: what, loud: false }]);
    expect(networkChanges(network, undefined)).toMatchObject([
      {
        action: "remove",
        text: what,
        loud: true,
      },
    ]);
  });

  test.each<[string, (copy: NetworkDescription) => void, string[]]>([
    ["namespace", (copy) => (copy.namespace = "other"), ["! ~ network: namespace net -> other"]],
    ["environment", (copy) => (copy.environment = "live"), ["! ~ network: environment local -> live"]],
    ["domain", (copy) => (copy.domain = "x.org"), ["! ~ network: domain net.example.com -> x.org"]],
    ["a newer Fabric", (copy) => (copy.fabricVersion = "2.5.17"), ["! ~ network: Fabric 2.5.16 -> 2.5.17"]],
    ["an older Fabric", (copy) => (copy.fabricVersion = "2.5.9"), ["! ~ network: Fabric 2.5.16 -> 2.5.9"]],
    ["another series of Fabric", (copy) => (copy.fabricVersion = "3.1.5"), ["! ~ network: Fabric 2.5.16 -> 3.1.5"]],
    ["size", (copy) => (copy.size = "medium"), ["! ~ network: size small -> medium"]],
    ["storage class", (copy) => (copy.storageClass = "fast"), ["~ network: storage class the default -> fast"]],
    [
      "an organization that comes",
      (copy) => copy.organizations.push(organization("org3")),
      ["+ organization org3: MSP ID org3MSP; 2 peers (10Gi each) and a CA"],
    ],
    [
      "an organization that goes",
      (copy) => copy.organizations.pop(),
      ["! - organization org2: MSP ID Org2MSP; 2 peers (10Gi each) and a CA"],
    ],
    [
      "an organization of another name",
      (copy) => (copy.organizations[1] = organization("acme")),
      ["! ~ organization org2: name org2 -> acme; MSP ID Org2MSP -> acmeMSP"],
    ],
    [
      "an organization of another name and MSP ID that is also larger: another one",
      (copy) => (copy.organizations[1] = organization("acme", { peers: 4 })),
      [
        "+ organization acme: MSP ID acmeMSP; 4 peers (10Gi each) and a CA",
        "! - organization org2: MSP ID Org2MSP; 2 peers (10Gi each) and a CA",
      ],
    ],
    ["MSP ID", (copy) => (copy.organizations[0]!.mspId = "X"), ["! ~ organization org1: MSP ID Org1MSP -> X"]],
    ["more peers", (copy) => (copy.organizations[0]!.peers = 3), ["~ organization org1: peers 2 -> 3"]],
    ["fewer peers", (copy) => (copy.organizations[0]!.peers = 1), ["! ~ organization org1: peers 2 -> 1"]],
    [
      "state database",
      (copy) => (copy.organizations[0]!.stateDatabase = "couchdb"),
      ["! ~ organization org1: state database leveldb -> couchdb"],
    ],
    [
      "larger volumes",
      (copy) => (copy.organizations[0]!.peerStorage = "1Ti"),
      ["~ organization org1: peerStorage 10Gi -> 1Ti"],
    ],
    ["smaller volumes", (copy) => (copy.ordering.storage = "512Mi"), ["! ~ ordering service: storage 10Gi -> 512Mi"]],
    [
      "clients",
      (copy) => (copy.organizations[0]!.clients = ["web"]),
      [
        "+ organization org1, client web: an identity, with a Secret to enrol with",
        "! - organization org1, client app: its identity",
      ],
    ],
    ["ordering type", (copy) => (copy.ordering.type = "kafka"), ["! ~ ordering service: type etcdraft -> kafka"]],
    [
      "system channel",
      (copy) => (copy.ordering.systemChannel = "net-system"),
      ["! ~ ordering service: system channel none -> net-system"],
    ],
    ["more orderers", (copy) => (copy.ordering.nodes = 5), ["~ ordering service: orderers 3 -> 5"]],
    ["fewer orderers", (copy) => (copy.ordering.nodes = 1), ["! ~ ordering service: orderers 3 -> 1"]],
    [
      "a channel that comes",
      (copy) => copy.channels.push({ name: "new", organizations: ["org2"], batch: {} }),
      ["+ channel new: member org2"],
    ],
    ["a channel that goes", (copy) => copy.channels.pop(), ["! - channel side: member org1"]],
    ["a member that comes", (copy) => copy.channels[1]!.organizations.push("org2"), ["+ channel side, member org2"]],
    ["a member that goes", (copy) => copy.channels[0]!.organizations.pop(), ["! - channel main, member org2"]],
    [
      "batch",
      (copy) => (copy.channels[0]!.batch = { timeout: "2s", maxMessages: 10 }),
      ["~ channel main: batch timeout 500ms -> 2s, maxMessages 500 -> 10"],
    ],
    [
      "chaincode version",
      (copy) => (copy.chaincodes[0]!.version = "1.1"),
      ["~ chaincode asset on main: version 1.0 -> 1.1"],
    ],
    [
      "endorsement policy",
      (copy) => (copy.chaincodes[0]!.endorsementPolicy = "OR('Org1MSP.peer')"),
      ["~ chaincode asset on main: endorsement policy /Channel/Application/Endorsement -> OR('Org1MSP.peer')"],
    ],
    ["a chaincode that goes", (copy) => copy.chaincodes.pop(), ["! - chaincode asset on main: version 1.0"]],
    [
      "smoke test",
      (copy) => (copy.chaincodes[0]!.smokeTest = false),
      ["~ chaincode asset on main: smoke test yes -> no"],
    ],
    ["port", (copy) => (copy.gateway!.port = 30450), ["! ~ gateway: port 30443 -> 30450"]],
    [
      "no gateway",
      (copy) => delete copy.gateway,
      ["! - gateway: https://api.net.example.com:30443; passes through peer0.org1.net.example.com"],
    ],
    [
      "pass-through",
      (copy) => (copy.gateway!.names = ["peer0.org2.net.example.com"]),
      [
        "+ gateway, pass-through: name peer0.org2.net.example.com",
        "! - gateway, pass-through: name peer0.org1.net.example.com",
      ],
    ],
    ["limits", (copy) => (copy.gateway!.limits = { connections: 10 }), ["~ gateway: limits connections 2000 -> 10"]],
  ])("shows each edit alone: %s", (_, edit, expected) => {
    expect(lines(edit)).toEqual(expected);
  });
});

describe("what follows from", () => {
  test("an organization that joins a channel", () => {
    const edited = lines((copy) => {
      copy.organizations.push(organization("org3"));
      copy.channels[0]!.organizations.push("org3");
    }, true);
    expect(edited).toEqual([
      "+ organization org3: MSP ID org3MSP; 2 peers (10Gi each) and a CA",
      "becomes a member of channel main by a configuration update, signed by all members; its peers fetch the ledger from block 0",
    ]);
  });

  test("an organization that leaves its channels", () => {
    const edited = lines((copy) => {
      copy.organizations.pop();
      copy.channels[0]!.organizations.pop();
    }, true);
    expect(edited.slice(1)).toEqual([
      "its nodes stop; their volumes, and the Secrets that unlock its CA, stay until --purge",
      "the controller does not remove Org2MSP from channel main: it changes nothing there and reports RemovalNotSupported, " +
        "until it is put back or removed with Fabric's own tools",
    ]);
  });

  test("another size: a roll of all nodes, and what it interrupts", () => {
    expect(lines((copy) => (copy.size = "large"), true).slice(1)).toEqual([
      "other requests and limits: its nodes restart, one after another, each ready and its channels caught up before the next",
    ]);
    const small = lines((copy) => {
      copy.size = "large";
      copy.ordering.nodes = 1;
      copy.organizations[1]!.peers = 1;
    }, true);
    expect(small).toEqual(
      expect.arrayContaining([
        "there is one orderer: nothing is ordered while it restarts",
        "org2 has one peer: it endorses nothing while that one restarts",
      ]),
    );
  });

  test("fewer orderers than Raft needs", () => {
    expect(lines((copy) => (copy.ordering.nodes = 1), true)).toContain(
      "2 consenters of 3 away for good: 1 left are fewer than the 2 that Raft needs, so that nothing is ordered any more",
    );
    expect(lines((copy) => (copy.ordering.nodes = 2), true)).toContain(
      "1 consenter of 3 away for good: 0 more may fail before nothing is ordered any more",
    );
  });

  test("more orderers, and fewer, on Kafka", () => {
    const before = structuredClone(network);
    Object.assign(before.ordering, { type: "kafka", systemChannel: "net-system", nodes: 2 });
    const consequences = (nodes: number): string[] => {
      const after = structuredClone(before);
      after.ordering.nodes = nodes;
      return networkChanges(before, after).flatMap((change) => change.consequences);
    };
    expect(consequences(3)).toEqual([
      "each new orderer reads all channels from Kafka; their endpoints follow by configuration updates",
    ]);
    expect(consequences(1)).toEqual([
      "1 orderer to stop; volumes stay, and an orderer of that name takes them up again",
      "there is one orderer: nothing is ordered while it restarts",
    ]);
  });

  test.each([
    ["3.1.5", "there is no way back to the older release series"],
    ["2.4.9", "the cluster refuses it: Fabric has no way back to an older release series"],
    ["2.5.9", "an older patch release: ledgers are the same, and mistakes that were corrected are back"],
    ["2.5.17", undefined],
  ])("Fabric %s instead of 2.5.16", (version, consequence) => {
    expect(lines((copy) => (copy.fabricVersion = version), true)[2]).toBe(consequence);
  });

  const raised: CapabilityLevels = { channel: "V3_0", orderer: "V2_0", application: "V2_5" };
  const subject = "! ~ channel side: channel capability";

  test("a raised capability level", () => {
    const edited = lines((copy) => (copy.channels[1]!.capabilities = raised), true);
    expect(edited).toEqual([
      `${subject} V2_0 -> V3_0`,
      "one configuration update of the channel, once all its nodes run Fabric 3.0 or newer; nothing restarts",
      "it cannot be undone: from that block on, no node of an older version can ever serve the channel",
    ]);
  });

  test("a raised capability level beside the upgrade that it needs", () => {
    const edited = lines((copy) => {
      copy.fabricVersion = "3.1.5";
      copy.channels[1]!.capabilities = raised;
    }, true);
    expect(edited.at(-1)).toBe("do it in a second step: until then, the new version can prove itself");
  });

  test("a lowered capability level, and of one that is spelled out and was not in an older record", () => {
    const before = structuredClone(network);
    before.channels[1]!.capabilities = raised;
    const changes = networkChanges(before, network);
    expect(changes).toMatchObject([
      { text: "channel capability V3_0 -> V2_0", consequences: ["the cluster refuses it: a level is never lowered"] },
    ]);
    expect(lines((copy) => (copy.channels[1]!.capabilities = { ...raised, channel: "V2_0" }))).toEqual([]);
  });

  test("fewer peers", () => {
    expect(lines((copy) => (copy.organizations[0]!.peers = 1), true)[1]).toBe(
      "peer1 to stop; volumes and ledgers stay, and a peer of that name takes them up again",
    );
  });
});
