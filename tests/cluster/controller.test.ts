/**
 * The controller's own process on a real Kubernetes API, with the account and the permissions that the platform gives it. CAs,
 * orderers and peers are doubles that speak Fabric's REST and gRPC interfaces; they run in this process.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { whyUnsupported } from "../../local-cluster/host";
import { down, up } from "../../local-cluster/localCluster";
import type { LocalCluster } from "../../local-cluster/runningCluster";
import type { Channel } from "../../services/controller/src/resources";
import { TestNetwork } from "../../services/controller/src/testing/testNetwork";
import { ClaimedVolume } from "./claimedVolume";
import { ClosablePort } from "./closablePort";
import { ControllerPlatform, type NetworkNamespace } from "./controllerPlatform";
import { buildController, ControllerProcess } from "./controllerProcess";

// Using an instance that runs already saves its start while one writes tests.
const instance = process.env.BAAS_TEST_INSTANCE ?? "test-controller";

let skipReason: string | undefined;
let folder: string;
let cluster: LocalCluster;
let platform: ControllerPlatform;

beforeAll(async () => {
  skipReason = await whyUnsupported();
  if (skipReason !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), "baas-controller-"));
  await buildController();
  cluster = await up({ type: "debian", name: instance });
  platform = await ControllerPlatform.install(cluster);
  await platform.writeKubeconfig(join(folder, "kubeconfig"));
});

afterAll(async () => {
  if (skipReason !== undefined) return;
  platform?.close();
  if (process.env.BAAS_TEST_INSTANCE === undefined) await down({ name: instance, purge: true });
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(({ skip }) => skip(skipReason !== undefined, skipReason));

let namespaces = 0;
const newNamespace = () => platform.network(`net-${Date.now().toString(36)}-${++namespaces}`);

const until = (check: () => unknown, timeout = 90_000) => vi.waitFor(check, { timeout, interval: 100 });

describe("a network", () => {
  let namespace: NetworkNamespace;
  let network: TestNetwork;
  let spec: Channel["spec"];
  let controller: ControllerProcess;
  /** All controllers that were started. */
  let controllers: ControllerProcess[];
  let restarted: Promise<void>;

  function start(podName = "baas-controller-0", metricsPort?: number): ControllerProcess {
    const kubeconfig = join(folder, "kubeconfig");
    const started = new ControllerProcess({ kubeconfig, podName, podNamespace: platform.namespace, metricsPort });
    controllers.push(started);
    return started;
  }

  beforeEach(async ({ onTestFailed }) => {
    onTestFailed(() => console.log(controllers.flatMap(({ lines }) => lines)));
    namespace = await newNamespace();
    network = new TestNetwork(namespace, namespace.name);
    spec = await network.nodes();
    controllers = [];
    restarted = Promise.resolve();
    controller = start();
  });

  afterEach(async () => {
    network.onCall(() => {});
    await restarted;
    await Promise.all(controllers.map((one) => one.stop()));
    await network.stop();
    await namespace.remove();
  });

  const channel = async () => (await namespace.get("Channel", "main"))!;
  const chaincode = async () => (await namespace.get("Chaincode", "main.asset"))!;
  const genesis = () => namespace.get("ConfigMap", "main-genesis");

  /** Waits for a condition Ready of the object's present generation; returns its message. */
  async function untilReady(find: typeof channel, wanted: string, timeout?: number): Promise<string> {
    return until(async () => {
      const { metadata, status } = await find();
      const ready = status?.conditions.find(({ type }: { type: string }) => type === "Ready");
      const current = ready?.observedGeneration === metadata.generation;
      expect(`${ready?.status} ${ready?.reason} ${current}`).toBe(`${wanted} true`);
      return ready.message;
    }, timeout) as Promise<string>;
  }
  const joined = (timeout?: number) => untilReady(channel, "True Joined", timeout);
  const committed = (timeout?: number) => untilReady(chaincode, "True Committed", timeout);

  async function applyChaincode(version: string, endorsementPolicy?: string): Promise<void> {
    await network.startServers(version, spec.organizations);
    await network.applyChaincode(version, endorsementPolicy);
  }

  async function bringUp(): Promise<void> {
    await network.applyChannel(spec);
    await applyChaincode("1.0");
    await joined();
    await committed();
  }

  /** Waits until there was no write and no request for a second. */
  const settled = () =>
    until(async () => {
      const versions = () => namespace.kubectl("get", "baas", "--output=jsonpath={.items[*].metadata.resourceVersion}");
      const calls = () => [network.fabric, ...network.cas.values()].map((double) => double.calls.length);
      const before = [await versions(), calls()];
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect([await versions(), calls()]).toEqual(before);
    });

  /** Writes to the cluster while the observed call waits for its answer. */
  const writeNow = (...args: string[]) =>
    execFileSync(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, "--namespace", namespace.name, ...args]);

  it("comes up with the permissions that the platform gives, and is left alone then", async () => {
    await bringUp();
    await settled();
    // An API server that has just got a definition answers the first watches so.
    const lines = controller.lines.filter(({ cause }) => cause !== "storage is (re)initializing");
    // Errors without an object, or of an object that could not be reconciled, would be here, such as a refused request.
    expect(lines.filter(({ reason = "" }) => reason === "" || reason === "ReconcileFailed")).toEqual([
      expect.objectContaining({ message: "leader" }),
      expect.objectContaining({ message: "reconciling" }),
    ]);
    const events = await namespace.kubectl("get", "events", "--field-selector=type=Normal", "--output=name");
    expect(events).toContain("event/main.asset.");
  });

  describe("whose controller is killed at every step", () => {
    const peers = ["peer0-org1", "peer1-org1", "peer0-org2"];
    const each = (names: string[], call: string) => names.map((name) => `${name} ${call}`);
    const around = (steps: string[]) => steps.flatMap((step) => [`after ${step}`, `before ${step}`]).sort();

    /** The step that belongs to a call, if it changes something; calls to several nodes together are one step. */
    function stepOf(call: string, moment: string): string | undefined {
      // Any orderer may get a transaction; which one it is shows in the number of its block.
      const block = network.fabric.height("main") - (moment === "after" ? 1 : 0);
      if (call.includes(" broadcast ")) return `order block ${block}`;
      if (/ join |JoinChain|InstallChaincode/.test(call)) return call;
      return /\S+ POST .register|ApproveChaincodeDefinitionForMyOrg|CommitChaincodeDefinition/.exec(call)?.[0];
    }

    /**
     * Kills the controller at every step, once before its effect and once between effect and answer. Restarts it under the same
     * name, as the kubelet does. Returns the growing list of its steps.
     */
    function killAtEveryStep(): { kills: string[]; effects: string[]; geneses: Set<unknown> } {
      const done = { kills: [] as string[], effects: [] as string[], geneses: new Set<unknown>() };
      let dead = false;
      network.onCall((call, moment) => {
        // Requests of the killed controller no longer arrive, so the next one finds exactly this state.
        if (dead) return "drop";
        const step = stepOf(call, moment);
        if (step !== undefined && moment === "after") done.effects.push(step);
        const kill = `${moment} ${step}`;
        if (step === undefined || done.kills.includes(kill)) return;
        done.kills.push(kill);
        dead = true;
        controller.signal("SIGKILL");
        restarted = controller.exited.then(async () => {
          done.geneses.add((await genesis())?.metadata.uid);
          dead = false;
          controller = start();
        });
        return "drop";
      });
      return done;
    }

    it("comes up all the same, with one genesis block and one definition", async () => {
      const { kills, effects, geneses } = killAtEveryStep();
      await network.applyChannel(spec);
      await applyChaincode("1.0");
      await joined(300_000);
      await committed(300_000);
      const once = [
        ...each(["orderer0", "orderer1"], "join main"),
        ...each(peers, "JoinChain"),
        ...each(peers, "InstallChaincode"),
        ...["order block 1", "order block 2", "order block 3"],
      ];
      const together = [
        ...["ca POST /register", "tlsca POST /register"],
        ...["ApproveChaincodeDefinitionForMyOrg", "CommitChaincodeDefinition"],
      ];
      expect(kills.sort()).toEqual(around([...once, ...together]));
      expect(effects.filter((step) => !together.includes(step)).sort()).toEqual(once.sort());
      expect(network.fabric.forked).toBe(false);
      expect(geneses).toEqual(new Set([undefined, (await genesis())!.metadata.uid]));
      expect(network.fabric.committed("main", "asset")).toEqual({ sequence: 1, version: "1.0" });
    });

    it("takes an upgrade all the same, as the next definition", async () => {
      await bringUp();
      const { kills, effects } = killAtEveryStep();
      await applyChaincode("2.0", "OutOf(1, 'org1MSP.peer', 'org2MSP.peer')");
      await committed(300_000);
      const once = [...each(peers, "InstallChaincode"), "order block 4", "order block 5", "order block 6"];
      const together = ["ApproveChaincodeDefinitionForMyOrg", "CommitChaincodeDefinition"];
      expect(kills.sort()).toEqual(around([...once, ...together]));
      expect(effects.filter((step) => !together.includes(step)).sort()).toEqual(once.sort());
      expect(network.fabric.committed("main", "asset")).toEqual({ sequence: 2, version: "2.0" });
    });
  });

  describe("with something in it that fails", () => {
    it("names the peer that is down, and is ready when that is up", async () => {
      const [org1, org2] = spec.organizations;
      const [peer0, peer1] = org1!.peers;
      const port = new ClosablePort(peer1!.address);
      await port.open();
      port.close();
      const peers = [peer0!, { ...peer1!, address: port.address }];
      await network.applyChannel({ ...spec, organizations: [{ ...org1!, peers }, org2!] });
      const message = await untilReady(channel, "False NodeUnavailable");
      expect(message).toMatch(/peer1-org1.*ECONNREFUSED.*See whether its pod is ready/);
      expect(network.fabric.calls).toContain("peer0-org2 JoinChain");
      await port.open();
      expect(await joined()).toBe("2 orderers and 3 peers have joined channel main");
    });

    it("waits for the orderers to elect a leader, and sends nothing twice", async () => {
      let refused = 0;
      network.fabric.isAway = (call) => call.includes("broadcast") && ++refused <= 8;
      await bringUp();
      expect(refused).toBeGreaterThan(8);
      expect(network.fabric.height("main")).toBe(4);
    });

    it.each([
      ["POST /cainfo", "CertificateAuthority", "ca-org1", "is not reachable (HTTP status code 200)"],
      ["POST /enroll", "CertificateAuthority", "ca-org1", "is not reachable (HTTP status code 200)"],
      ["POST /register", "Identity", "admin-org1", "is not reachable (HTTP status code 200)"],
    ])("says which CA answers %s with an empty body, and goes on when it speaks", async (call, kind, name, cause) => {
      const ca = network.cas.get("org1")!;
      ca.isEmpty = (asked) => asked.endsWith(call);
      await network.applyChannel(spec);
      const find = async () => (await namespace.get(kind, name))!;
      const message = await untilReady(find, "False CertificateAuthorityUnreachable");
      expect(message).toContain(`CA ca at ${ca.url}`);
      expect(message).toContain(cause);
      ca.isEmpty = () => false;
      await joined();
      const secret = (await namespace.get("Secret", "admin-org1-enrolment"))!.data.enrolmentSecret;
      const registered = Object.values(ca.registered).map((identities) => identities.get("admin")!.secret);
      expect(registered).toEqual(Array(2).fill(Buffer.from(secret, "base64").toString()));
    });
  });

  describe("that others write to as well", () => {
    /** Runs a function while the last peer joins: the controller has read everything and written nothing. */
    function whileJoining(work: () => void): void {
      let done = false;
      network.onCall((call) => {
        if (done || call !== "peer0-org2 JoinChain") return;
        done = true;
        work();
      });
    }

    it("keeps a condition that someone wrote while the controller worked on the object", async () => {
      const lastTransitionTime = "2026-01-01T00:00:00Z";
      const audited = { type: "Audited", status: "True", reason: "ByHand", message: "fine", lastTransitionTime };
      const patch = JSON.stringify([{ op: "add", path: "/status/conditions/-", value: audited }]);
      whileJoining(() => writeNow("patch", "channel", "main", "--subresource=status", "--type=json", "-p", patch));
      await network.applyChannel(spec);
      await joined();
      expect((await channel()).status.conditions).toContainEqual(audited);
      expect(controller.said("reconciliation failed")).toBe(false);
    });

    it("is brought to the spec that was written while the controller worked on the one before", async () => {
      const patch = JSON.stringify({ spec: { batch: { maxMessages: 7 } } });
      whileJoining(() => writeNow("patch", "channel", "main", "--type=merge", "-p", patch));
      await network.applyChannel(spec);
      await until(() => expect(network.fabric.description("main").orderer.batch.maxMessages).toBe(7));
      await joined();
      expect((await channel()).metadata.generation).toBe(2);
    });

    it("is left as it is in Fabric when its objects are deleted, and taken up again", async () => {
      await bringUp();
      await settled();
      const { uid } = (await genesis())!.metadata;
      const before = [network.fabric.calls.length, network.fabric.height("main")];
      await namespace.kubectl("delete", "channel/main", "chaincode/main.asset");
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect([network.fabric.calls.length, network.fabric.height("main")]).toEqual(before);
      expect((await genesis())!.metadata.uid).toBe(uid);
      network.fabric.calls.length = 0;
      await bringUp();
      expect(network.fabric.calls.join()).not.toMatch(/ join |JoinChain|InstallChaincode|broadcast/);
    });
  });

  it("is left to the second controller when the first freezes, and not harmed when that wakes up", async () => {
    await until(() => expect(controller.said("leader")).toBe(true));
    const standby = start("baas-controller-1", await freePort());
    await until(() => expect(standby.said("not leader, standing by")).toBe(true));
    let frozen = false;
    network.onCall((call, moment) => {
      if (frozen || !call.endsWith(" join main") || moment === "before") return;
      frozen = true;
      controller.signal("SIGSTOP");
    });
    await network.applyChannel(spec);
    await applyChaincode("1.0");
    await until(() => expect(frozen).toBe(true));
    await settled();
    // The first controller may still be working.
    expect(await standby.metric("baas_leader")).toBe(0);
    await committed(120_000);
    expect(await standby.metric("baas_leader")).toBe(1);
    controller.signal("SIGCONT");
    await until(() => expect(controller.said("the lease was lost; starting over as a standby")).toBe(true));
    expect(await controller.exited).toBe(1);
    expect(network.fabric.forked).toBe(false);
    expect(network.fabric.committed("main", "asset")).toEqual({ sequence: 1, version: "1.0" });
    expect(network.fabric.height("main")).toBe(4);
  });

  it("has volumes that grow where their class can enlarge them, and never shrink", async () => {
    const volumeOf = (node: string, allowVolumeExpansion: boolean) =>
      ClaimedVolume.of(platform, namespace, node, { name: `enlarges-${allowVolumeExpansion}`, allowVolumeExpansion });
    const growing = await volumeOf("peer0-org1", true);
    const fixed = await volumeOf("peer1-org1", false);
    const declare = (...sizes: [node: string, storage: string][]) =>
      network.applyRollout(
        sizes.map(([name, storage]) => {
          return { name, role: "peer", organization: "org1", template: "0123456789abcdef", storage };
        }),
      );
    // It has no StatefulSets, which its condition tells first.
    const told = async () => (await namespace.get("Rollout", "nodes"))!.status?.conditions?.[0]?.message;

    await declare(["peer0-org1", "2Gi"]);
    await until(async () => expect(await told()).toContain("The volume of peer0-org1 grows from 1Gi to 2Gi."));
    expect(await growing.asked()).toBe("2Gi");
    await growing.enlarge("2Gi");
    await declare(["peer0-org1", "2Gi"], ["peer1-org1", "2Gi"]);
    await until(async () =>
      expect(await told()).toMatch(
        /apply the whole stack\. The volume of peer1-org1 stays 1Gi, and does not become 2Gi: .*the storageclass that provisions the pvc must support resize\. Set allowVolumeExpansion in StorageClass enlarges-false, /i,
      ),
    );
    expect([await growing.asked(), await fixed.asked()]).toEqual(["2Gi", "1Gi"]);
    await expect(declare(["peer0-org1", "2047Mi"], ["peer1-org1", "2Gi"])).rejects.toThrow(
      "storage cannot become less: no volume shrinks. Write what it has been, or more",
    );
  });
});

describe("what can never change", () => {
  let namespace: NetworkNamespace;

  beforeAll(async () => {
    if (skipReason !== undefined) return;
    namespace = await newNamespace();
    const network = new TestNetwork(namespace, namespace.name);
    await network.applyChannel(await network.nodes());
    await network.applyChaincode("1.0");
    await network.stop();
  });

  afterAll(() => namespace?.remove());

  it.each([
    ["certificateauthority", "ca-org1", "organization"],
    ["certificateauthority", "ca-org1", "mspId"],
    ["identity", "admin-org1", "certificateAuthority"],
    ["identity", "admin-org1", "enrolmentId"],
    ["channel", "main", "name"],
    ["chaincode", "main.asset", "channel"],
    ["chaincode", "main.asset", "name"],
  ])("is refused by the API server: %s %s spec.%s", async (kind, name, field) => {
    const patch = JSON.stringify({ spec: { [field]: "another" } });
    const change = namespace.kubectl("patch", kind, name, "--type=merge", "-p", patch);
    await expect(change).rejects.toThrow(`${field} cannot be changed`);
  });

  const raised = { capabilities: { channel: "V3_0", orderer: "V2_0", application: "V2_5" } };

  it.each<[string, string, object, object, string]>([
    ["identity", "orderer0-orderer", { fabricVersion: "3.1.5" }, { fabricVersion: "2.5.16" }, "cannot go back"],
    ["identity", "orderer0-orderer", { fabricVersion: "3.1.5" }, { fabricVersion: null }, "cannot go back"],
    ["channel", "main", raised, { capabilities: { channel: "V2_0" } }, "capabilities.channel cannot be lowered"],
    ["channel", "main", raised, { capabilities: null }, "capabilities cannot be removed"],
  ])("is refused by the API server, also at a dry run: %s %s %j, then %j", async (kind, name, once, then, message) => {
    const patch = (spec: object, ...more: string[]): Promise<unknown> =>
      namespace.kubectl("patch", kind, name, "--type=merge", "-p", JSON.stringify({ spec }), ...more);
    await patch(once);
    await expect(patch(then, "--dry-run=server")).rejects.toThrow(message);
    await expect(patch(then)).rejects.toThrow(message);
  });

  it("lets a patch release be taken back", async () => {
    for (const fabricVersion of ["3.1.5", "3.1.4"]) {
      const patch = JSON.stringify({ spec: { fabricVersion } });
      await namespace.kubectl("patch", "identity", "orderer1-orderer", "--type=merge", "-p", patch);
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
