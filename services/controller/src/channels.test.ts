import { consentersOf, genesisBlock } from "@baas/fabric";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { jsonLog } from "../../common/log";
import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { type Channel, collections } from "./resources";
import { startManager } from "./testing/startManager";
import { testNamespace, TestNetwork } from "./testing/testNetwork";

let kubernetes: KubernetesDouble;
let network: TestNetwork;
let spec: Channel["spec"];
let lines: string[];
let stop: () => Promise<void>;

const at = (collection: string, name: string) => kubernetes.objects.get(`${collection}/${name}`);
const channel = () => at(collections.channels(testNamespace), "main");
const chaincode = () => at(collections.chaincodes(testNamespace), "main.asset");
const genesis = () => at(collections.configMaps(testNamespace), "main-genesis");
const ready = (object: ReturnType<typeof channel>) => {
  const condition = object?.status?.conditions[0];
  return `${condition?.status} ${condition?.reason} ${condition?.observedGeneration === object?.metadata.generation}`;
};
const message = (object: ReturnType<typeof channel>) => object?.status?.conditions[0].message as string;
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 20 });
const untilReady = (find: () => ReturnType<typeof channel>, wanted: string) =>
  until(() => expect(ready(find())).toBe(wanted));
const joined = () => untilReady(channel, "True Joined true");
const committed = () => untilReady(chaincode, "True Committed true");

function start(): void {
  stop = startManager(kubernetes, { log: jsonLog("debug", (line) => lines.push(line)) });
}

function applyChaincode(version: string, endorsementPolicy?: string, id?: string): void {
  network.startServers(version, spec.organizations);
  network.applyChaincode(version, endorsementPolicy, id);
}

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  network = new TestNetwork(kubernetes);
  lines = [];
  spec = await network.nodes();
  start();
});

afterEach(async () => {
  await stop();
  await network.stop();
  await kubernetes.stop();
});

describe("a channel", () => {
  it("is made with all that the spec says, and joined by every orderer and peer", async () => {
    network.applyChannel(spec);
    await joined();
    expect(message(channel())).toBe("2 orderers and 3 peers have joined channel main");
    const { orderer, application } = network.fabric.description("main");
    expect(orderer.batch).toEqual({
      timeout: "500ms",
      maxMessages: 500,
      preferredMaxBytes: 2097152,
      absoluteMaxBytes: 10485760,
    });
    expect(consentersOf(orderer)).toHaveLength(2);
    expect(application.organizations.map(({ name, msp }) => `${name} ${msp.mspId}`)).toEqual([
      "org1 org1MSP",
      "org2 org2MSP",
    ]);
    const anchors = application.organizations.map(
      ({ anchorPeers }) => `${anchorPeers![0]!.host}:${anchorPeers![0]!.port}`,
    );
    expect(anchors).toEqual(spec.organizations.flatMap(({ anchorPeers }) => anchorPeers));
    expect(network.fabric.height("main")).toBe(1);
  });

  it("tells clients the orderers' endpoints, beside the addresses, which stay as the consenters do", async () => {
    const endpoints = () => network.fabric.description("main").orderer.organizations[0]!.endpoints;
    network.applyChannel(spec);
    await joined();
    expect(endpoints()).toEqual(spec.ordering.consenters.map(({ address }) => address));
    const consenters = consentersOf(network.fabric.description("main").orderer);
    const moved = spec.ordering.consenters.map((one) => ({ ...one, endpoint: `${one.name}.dev.svc:30443` }));
    network.applyChannel({ ...spec, ordering: { ...spec.ordering, consenters: moved } });
    await joined();
    expect(endpoints()).toEqual(moved.flatMap(({ address, endpoint }) => [address, endpoint]));
    expect(consentersOf(network.fabric.description("main").orderer)).toEqual(consenters);
    expect(network.fabric.height("main")).toBe(2);
  });

  it("has its genesis block kept before anybody joins, in a ConfigMap that nobody can change", async () => {
    network.fabric.isAway = (call) => / join /.test(call) && genesis() === undefined;
    network.applyChannel(spec);
    await joined();
    expect(genesis()).toMatchObject({ immutable: true, metadata: { labels: { "baas.io/network": "dev" } } });
    expect(network.fabric.calls.filter((call) => / join /.test(call))).toHaveLength(2);
  });

  it("settles: nothing is asked of a node once it is ready", async () => {
    network.applyChannel(spec);
    await joined();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = network.fabric.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(network.fabric.calls.length).toBe(before);
  });

  it("waits for an orderer that is away, says so, and makes no block meanwhile", async () => {
    network.fabric.isAway = (call) => call.startsWith("orderer1 ");
    network.applyChannel(spec);
    await untilReady(channel, "False NodeUnavailable true");
    expect(message(channel())).toContain("orderer1-orderer");
    expect(genesis()).toBeUndefined();
    network.fabric.isAway = () => false;
    await joined();
  });

  it("goes on with the same block after the controller was killed between two orderers", async () => {
    network.fabric.isAway = (call) => call === "orderer1 join main";
    network.applyChannel(spec);
    await untilReady(channel, "False NodeUnavailable true");
    await stop();
    network.fabric.isAway = () => false;
    start();
    await joined();
    expect(network.fabric.forked).toBe(false);
  });

  it("names no root with the units that give roles, so that a member's root can be replaced", async () => {
    network.applyChannel(spec);
    await joined();
    const { orderer, application } = network.fabric.description("main");
    for (const { msp } of [...orderer.organizations, ...application.organizations]) {
      expect(msp.nodeOus).toEqual({ client: "client", peer: "peer", admin: "admin", orderer: "orderer" });
    }
  });

  it("gets its genesis block back from an orderer when the ConfigMap is gone", async () => {
    network.applyChannel(spec);
    await joined();
    const before = genesis()!.binaryData;
    kubernetes.remove(`${collections.configMaps(testNamespace)}/main-genesis`);
    network.applyChannel({ ...spec, batch: { ...spec.batch, maxMessages: 10 } });
    await joined();
    expect(genesis()!.binaryData).toEqual(before);
  });

  it.each([
    ["GenesisBlockInvalid", () => Buffer.from("no block")],
    ["GenesisBlockChanged", () => genesisBlock("main", network.fabric.description("main"))],
  ])("whose ConfigMap was replaced is left alone, with the remedy: %s", async (reason, block) => {
    network.applyChannel(spec);
    await joined();
    await stop();
    kubernetes.remove(`${collections.configMaps(testNamespace)}/main-genesis`);
    kubernetes.apply(collections.configMaps(testNamespace), {
      metadata: { name: "main-genesis", namespace: testNamespace },
      binaryData: { "genesis.block": block().toString("base64") },
    });
    start();
    await untilReady(channel, `False ${reason} true`);
    expect(message(channel())).toContain("Delete it");
    kubernetes.remove(`${collections.configMaps(testNamespace)}/main-genesis`);
    await joined();
  });

  it("takes a changed batch, a new peer, a new organization and a new consenter", async () => {
    network.applyChannel(spec);
    await joined();
    const [org1, org2] = spec.organizations;
    const batch = { ...spec.batch, timeout: "1s", maxMessages: 10 };
    const peers = [...org1!.peers, await network.peer("peer2", "org1")];
    const organizations = [{ ...org1!, peers }, org2!, await network.member("org3", "peer0")];
    const consenters = [...spec.ordering.consenters, await network.orderer("orderer2", "orderer")];
    network.applyChannel({ ...spec, batch, organizations, ordering: { ...spec.ordering, consenters } });
    await joined();
    expect(message(channel())).toBe("3 orderers and 5 peers have joined channel main");
    const { orderer, application } = network.fabric.description("main");
    expect(orderer.batch).toMatchObject({ timeout: "1s", maxMessages: 10 });
    expect(consentersOf(orderer)).toHaveLength(3);
    expect(orderer.organizations[0]!.endpoints).toHaveLength(3);
    expect(application.organizations.map(({ name }) => name)).toEqual(["org1", "org2", "org3"]);
    expect(network.fabric.forked).toBe(false);
  });

  it("tells clients of a new orderer when that takes transactions, and not before", async () => {
    network.applyChannel(spec);
    await joined();
    const { endpoints } = network.fabric.description("main").orderer.organizations[0]!;
    const consenters = [...spec.ordering.consenters, await network.orderer("orderer2", "orderer")];
    network.fabric.isAway = (call) => call === "orderer2 join main";
    network.applyChannel({ ...spec, ordering: { ...spec.ordering, consenters } });
    await untilReady(channel, "False NodeUnavailable true");
    expect(network.fabric.description("main").orderer.organizations[0]!.endpoints).toEqual(endpoints);
    network.fabric.isAway = () => false;
    await joined();
    const now = network.fabric.description("main").orderer.organizations[0]!.endpoints;
    expect(now).toEqual(consenters.map(({ address }) => address));
  });

  it("keeps an organization or an orderer that the spec does not name any more, and says so", async () => {
    network.applyChannel(spec);
    await joined();
    network.applyChannel({ ...spec, organizations: spec.organizations.slice(0, 1) });
    await untilReady(channel, "False RemovalNotSupported true");
    expect(message(channel())).toContain("organization org2");
    const consenters = spec.ordering.consenters.slice(0, 1);
    network.applyChannel({ ...spec, ordering: { ...spec.ordering, consenters } });
    await until(() => expect(message(channel())).toContain(`orderer ${spec.ordering.consenters[1]!.address}`));
    expect(network.fabric.height("main")).toBe(1);
  });

  it("does not take an orderer for another one", async () => {
    const [orderer0, orderer1] = spec.ordering.consenters;
    const consenters = [orderer0!, { ...orderer1!, address: orderer0!.address }];
    network.applyChannel({ ...spec, ordering: { ...spec.ordering, consenters } });
    await untilReady(channel, "False AccessDenied true");
    expect(message(channel())).toContain("shows a certificate of orderer0, not of orderer1");
  });
});

describe("a chaincode", () => {
  beforeEach(async () => {
    network.applyChannel(spec);
    await joined();
  });

  it("is installed, approved and committed once", async () => {
    applyChaincode("1.0");
    await committed();
    expect(message(chaincode())).toBe(
      "asset 1.0 is committed with sequence 1 on channel main, and installed on all peers",
    );
    await stop();
    const before = network.fabric.height("main");
    network.fabric.calls.length = 0;
    start();
    await until(() =>
      expect(network.fabric.calls.join()).toMatch(/QueryChaincodeDefinition.*QueryChaincodeDefinition/),
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(network.fabric.calls.join()).not.toMatch(/broadcast|InstallChaincode| join /);
    expect(network.fabric.height("main")).toBe(before);
    expect(lines.join()).not.toMatch(/PRIVATE KEY|registrar-password/);
  });

  it("of another version or policy is the next sequence", async () => {
    applyChaincode("1.0");
    await committed();
    applyChaincode("2.0");
    await until(() => expect(network.fabric.committed("main", "asset")).toEqual({ sequence: 2, version: "2.0" }));
    await committed();
    applyChaincode("2.0", "OutOf(1, 'org1MSP.peer', 'org2MSP.peer')");
    await until(() => expect(network.fabric.committed("main", "asset")).toEqual({ sequence: 3, version: "2.0" }));
  });

  it.each(["InstallChaincode", "ApproveChaincodeDefinitionForMyOrg", "CommitChaincodeDefinition"])(
    "goes on after the controller was killed before %s",
    async (step) => {
      network.fabric.isAway = (call) => call.includes(step);
      applyChaincode("1.0");
      await until(() => expect(network.fabric.calls.some((call) => call.includes(step))).toBe(true));
      await stop();
      network.fabric.isAway = () => false;
      start();
      await committed();
      expect(network.fabric.committed("main", "asset")).toEqual({ sequence: 1, version: "1.0" });
    },
  );

  it("waits while the orderers have no leader", async () => {
    network.fabric.isAway = (call) => call.includes("broadcast");
    applyChaincode("1.0");
    await until(() => expect(network.fabric.calls.some((call) => call.includes("broadcast"))).toBe(true));
    network.fabric.isAway = () => false;
    await committed();
  });

  it("is installed on a peer that joins later", async () => {
    applyChaincode("1.0");
    await committed();
    const [org1, org2] = spec.organizations;
    const peers = [...org1!.peers, await network.peer("peer2", "org1")];
    network.applyChannel({ ...spec, organizations: [{ ...org1!, peers }, org2!] });
    await until(() => expect(network.fabric.calls).toContain("peer2-org1 InstallChaincode"));
  });

  it("that names a peer before the channel does is not ready until the peer has joined and has it", async () => {
    applyChaincode("1.0");
    await committed();
    const { metadata, spec: applied } = chaincode()!;
    kubernetes.apply(collections.chaincodes(testNamespace), {
      metadata,
      spec: { ...applied, organizations: [{ name: "org1", peers: ["peer0-org1", "peer2-org1"] }] },
    });
    await untilReady(chaincode, "False PeerNotOnChannel true");
    const [org1, org2] = spec.organizations;
    const peers = [...org1!.peers, await network.peer("peer2", "org1")];
    network.applyChannel({ ...spec, organizations: [{ ...org1!, peers }, org2!] });
    await committed();
    expect(network.fabric.calls).toContain("peer2-org1 InstallChaincode");
  });

  it("is committed while a peer is away, and not ready until that peer has it", async () => {
    network.fabric.isAway = (call) => call.startsWith("peer1-org1 ");
    applyChaincode("1.0");
    await until(() => expect(network.fabric.committed("main", "asset")).toEqual({ sequence: 1, version: "1.0" }));
    await untilReady(chaincode, "False NodeUnavailable true");
    network.fabric.isAway = () => false;
    await committed();
  });

  it("whose package is another one, or whose policy cannot hold, is refused with the remedy", async () => {
    applyChaincode("1.0", undefined, `asset_1.0:${"0".repeat(64)}`);
    await untilReady(chaincode, "False PackageMismatch true");
    applyChaincode("1.0", "OR('org9MSP.peer')");
    await untilReady(chaincode, "False EndorsementPolicyInvalid true");
    expect(message(chaincode())).toContain("names org9MSP, which is not on channel main (org1MSP, org2MSP are)");
    applyChaincode("1.0", "OutOf(2, 'org2MSP.peer', 'org2MSP.peer')");
    await until(() =>
      expect(message(chaincode())).toContain("even if all peers endorse (org1MSP has 2, org2MSP has 1)"),
    );
    expect(network.fabric.calls.filter((call) => call.includes("Install"))).toEqual([]);
    applyChaincode("1.0");
    await committed();
  });
});
