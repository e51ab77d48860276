import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { collections } from "./resources";
import { startManager } from "./testing/startManager";
import { serverName, testNamespace, TestNetwork } from "./testing/testNetwork";

const crashing = (message: string) => ({
  state: { waiting: { reason: "CrashLoopBackOff" } },
  lastState: { terminated: { exitCode: 1, message } },
});
const withoutImage = { state: { waiting: { reason: "ImagePullBackOff" } } };
const running = { state: { running: {} } };

let kubernetes: KubernetesDouble;
let network: TestNetwork;
let stop: () => Promise<void>;

const at = (collection: string, name: string) => kubernetes.objects.get(`${collection}/${name}`);
const channel = () => at(collections.channels(testNamespace), "main");
const chaincode = () => at(collections.chaincodes(testNamespace), "main.asset");
const identity = () => at(collections.identities(testNamespace), "peer0-org1");
const ready = (object: ReturnType<typeof channel>) => object?.status?.conditions[0];
const untilReason = (find: () => ReturnType<typeof channel>, reason: string) =>
  vi.waitFor(() => expect(ready(find())?.reason).toBe(reason), { timeout: 15_000, interval: 20 });
const warnings = () =>
  [...kubernetes.objects.values()]
    .filter(({ type }) => type === "Warning")
    .map(({ reason, involvedObject }) => `${involvedObject.kind} ${reason}`);

/** A pod of a node or server, with the status of one container. */
function pod(instance: string, container: string, status: object): void {
  const statuses = container === "enrol" ? "initContainerStatuses" : "containerStatuses";
  const labels = { "baas.io/network": "dev", "app.kubernetes.io/instance": instance };
  kubernetes.apply(collections.pods(testNamespace), {
    metadata: { name: `${instance}-0`, namespace: testNamespace, labels },
    spec: { containers: [{ name: container, image: `example.com/${container}:1` }] },
  });
  kubernetes.setStatus(`${collections.pods(testNamespace)}/${instance}-0`, {
    [statuses]: [{ name: container, image: "", restartCount: 0, ...status }],
  });
}

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  network = new TestNetwork(kubernetes);
  const organization = await network.organization("orderer");
  const consenters = [await network.orderer("orderer0", "orderer")];
  network.applyChannel({
    name: "main",
    ordering: { type: "etcdraft", organization, consenters },
    batch: { timeout: "500ms", maxMessages: 500, preferredMaxBytes: "2Mi", absoluteMaxBytes: "10Mi" },
    organizations: [await network.member("org1", "peer0"), await network.member("org2", "peer0")],
  });
  stop = startManager(kubernetes);
});

afterEach(async () => {
  await stop();
  await network.stop();
  await kubernetes.stop();
});

describe("a chaincode", () => {
  it("whose server crashes is not committed, says why, and is committed when the server runs", async () => {
    network.server("1.0", "org1");
    pod(serverName("1.0", "org2"), "chaincode", crashing("Error: no class AssetTransfer"));
    network.applyChaincode("1.0");
    await untilReason(chaincode, "ContainerCrashes");
    expect(ready(chaincode())!.message).toBe(
      "Chaincode server asset-1-0-org2 of org2 has no pod that is ready. Container chaincode of pod asset-1-0-org2-0 ends again " +
        "and again, with exit code 1: Error: no class AssetTransfer. See its log.",
    );
    await vi.waitFor(() => expect(warnings()).toContain("Chaincode ContainerCrashes"));
    expect(network.fabric.committed("main", "asset")).toBeUndefined();
    pod(serverName("1.0", "org2"), "chaincode", running);
    network.server("1.0", "org2");
    await untilReason(chaincode, "Committed");
  });

  it("keeps its former version until every server of the new one is ready", async () => {
    for (const org of ["org1", "org2"]) network.server("1.0", org);
    network.applyChaincode("1.0");
    await untilReason(chaincode, "Committed");
    network.server("2.0", "org1");
    network.applyChaincode("2.0");
    await untilReason(chaincode, "ServerNotReady");
    expect(network.fabric.committed("main", "asset")).toEqual({ sequence: 1, version: "1.0" });
    network.server("2.0", "org2");
    await untilReason(chaincode, "Committed");
    expect(network.fabric.committed("main", "asset")).toEqual({ sequence: 2, version: "2.0" });
  });

  it("that is committed says so when its server has lost its image, until it has it again", async () => {
    for (const org of ["org1", "org2"]) network.server("1.0", org);
    network.applyChaincode("1.0");
    await untilReason(chaincode, "Committed");
    network.server("1.0", "org1", "none");
    pod(serverName("1.0", "org1"), "chaincode", withoutImage);
    await untilReason(chaincode, "ImageNotAvailable");
    network.server("1.0", "org1");
    pod(serverName("1.0", "org1"), "chaincode", running);
    await untilReason(chaincode, "Committed");
  });
});

describe("a channel", () => {
  it("that was ready says which of its peers cannot run and why, and is ready again with it", async () => {
    await untilReason(channel, "Joined");
    network.fabric.isAway = (call) => call.startsWith("peer0-org2 ");
    pod("peer0-org2", "peer", crashing("panic: write /var/hyperledger/x: no space left on device"));
    await untilReason(channel, "VolumeFull");
    expect(ready(channel())!.message).toContain("peer0-org2");
    network.fabric.isAway = () => false;
    pod("peer0-org2", "peer", running);
    await untilReason(channel, "Joined");
  });
});

describe("an identity", () => {
  beforeEach(() => {
    kubernetes.apply(collections.identities(testNamespace), {
      metadata: { name: "peer0-org1", namespace: testNamespace, labels: { "baas.io/network": "dev" } },
      spec: { certificateAuthority: "ca-org1", enrolmentId: "peer0", type: "peer" },
    });
  });

  it("that cannot enrol, as the CA has another secret, is registered anew", async () => {
    await untilReason(identity, "Registered");
    const registered = network.cas.get("org1")!.registered.ca;
    const { secret } = registered.get("peer0")!;
    registered.set("peer0", { ...registered.get("peer0")!, secret: "somebody else's" });
    pod("peer0-org1", "enrol", crashing("baas-enrol: CA ca does not accept peer0"));
    await untilReason(identity, "EnrolmentFails");
    expect(ready(identity())!.message).toContain("does not accept peer0");
    expect(registered.get("peer0")!.secret).toBe(secret);
    pod("peer0-org1", "enrol", running);
    await untilReason(identity, "Registered");
  });
});

describe("a certificate authority", () => {
  it("whose pod has no image says so while it has not published its roots", async () => {
    const authority = () => at(collections.certificateAuthorities(testNamespace), "ca-org9");
    pod("ca-org9", "ca", withoutImage);
    kubernetes.apply(collections.certificateAuthorities(testNamespace), {
      metadata: { name: "ca-org9", namespace: testNamespace },
      spec: { organization: "org9", mspId: "Org9MSP", domain: "org9.example.com", url: "https://localhost:1" },
    });
    await untilReason(authority, "ImageNotAvailable");
    pod("ca-org9", "ca", running);
    await untilReason(authority, "RootsNotPublished");
  });
});
