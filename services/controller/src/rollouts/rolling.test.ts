import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { templateHashAnnotation } from "../../../../model/contracts/annotations";
import type { RolloutNode } from "../../../../model/customResources/rollout";
import { collections } from "../resources";
import { RunningController } from "../testing/runningController";
import { testNamespace } from "../testing/testNetwork";
import { testNode } from "./testing/nodesDouble";

const names = ["orderer0-orderer", "orderer1-orderer", "peer0-org1", "peer1-org1", "peer0-org2"];
const hashes: Record<string, string> = { "node:1": "1".repeat(16), "node:2": "2".repeat(16) };

let controller: RunningController;
let restarted: string[];
let image: string;
let kubelet: NodeJS.Timeout;

beforeEach(() => begin("etcdraft"));

afterEach(end);

async function begin(type: "etcdraft" | "kafka"): Promise<void> {
  controller = await RunningController.start(type);
  restarted = [];
  image = "node:1";
  for (const name of names) declare(name);
  kubelet = setInterval(work, 20);
  applyRollout();
  await controller.bringUp();
  await shows("True RolledOut");
}

async function end(): Promise<void> {
  clearInterval(kubelet);
  await controller.stop();
}

const fabric = () => controller.network.fabric;
const podPath = (name: string) => `${collections.pods(testNamespace)}/${name}-0`;

/** A StatefulSet with the present image. */
function declare(name: string): void {
  const revision = `${name}-${image.replace(":", "")}`;
  const template = { spec: { containers: [{ name: "node", image }] } };
  controller.network.declare(collections.controllerRevisions, revision, { data: { spec: { template } } });
  controller.network.declare(collections.statefulSets, name, { spec: { template } });
  const path = `${collections.statefulSets(testNamespace)}/${name}`;
  const set = controller.kubernetes.objects.get(path)!;
  set.metadata.annotations = { [templateHashAnnotation]: hashes[image] };
  controller.kubernetes.setStatus(path, { observedGeneration: set.metadata.generation, updateRevision: revision });
}

function applyRollout(): void {
  const nodes = names.map((name): RolloutNode => {
    const isRaft = controller.spec.ordering.type === "etcdraft";
    const operations = isRaft ? controller.network.operations.get(name) : undefined;
    return { ...testNode(name), template: hashes[image]!, ...(operations !== undefined && { operations }) };
  });
  controller.network.applyRollout(nodes);
}

/** Makes the pods that are missing, and has new ones become ready. */
function work(): void {
  for (const name of names) {
    const pod = controller.kubernetes.objects.get(podPath(name));
    if (pod === undefined) {
      restarted.push(name);
      const set = controller.kubernetes.objects.get(`${collections.statefulSets(testNamespace)}/${name}`)!;
      const own = { "baas.io/network": "dev", "app.kubernetes.io/instance": name };
      const labels = { ...own, "controller-revision-hash": set.status.updateRevision };
      const metadata = { name: `${name}-0`, namespace: testNamespace, labels };
      controller.kubernetes.apply(collections.pods(testNamespace), { metadata });
    } else if (pod.status === undefined) {
      controller.kubernetes.setStatus(podPath(name), { conditions: [{ type: "Ready", status: "True" }] });
    }
  }
}

/** Changes the image of all nodes. */
function edit(): void {
  restarted = [];
  image = "node:2";
  for (const name of names) declare(name);
  applyRollout();
}

const condition = () => {
  const rollout = controller.kubernetes.objects.get(`${collections.rollouts(testNamespace)}/nodes`)!;
  const [found] = rollout.status?.conditions ?? [];
  return found?.observedGeneration === rollout.metadata.generation ? found : undefined;
};
const shows = (wanted: string) =>
  vi.waitFor(() => expect(`${condition()?.status} ${condition()?.reason}`).toBe(wanted), { timeout: 20_000 });
const says = (text: string) => vi.waitFor(() => expect(condition()?.message).toContain(text), { timeout: 10_000 });

describe("a change of all nodes, on a channel", () => {
  it("restarts the orderer that leads last of the orderers, then the peers, and writes an Event about each", async () => {
    edit();
    await shows("True RolledOut");
    expect(restarted).toEqual(["orderer1-orderer", "orderer0-orderer", "peer0-org1", "peer0-org2", "peer1-org1"]);
    const told = [...controller.kubernetes.objects.values()].filter(({ reason }) => reason === "Restarting");
    expect(told.map(({ type, message }) => `${type} ${message}`)).toContain(
      "Normal Restarting peer0-org2, because its pod template has changed.",
    );
    expect(told).toHaveLength(names.length);
  });

  it("goes on only when the channel has a leader", async () => {
    const { leaderOf } = fabric();
    fabric().leaderOf = () => undefined;
    edit();
    await says("orderer0-orderer restarts next. Before that: No orderer leads channel main yet.");
    expect(restarted).toEqual([]);
    fabric().leaderOf = leaderOf;
    await shows("True RolledOut");
  });

  it("goes on only when the leader hears from all consenters", async () => {
    const { heardBy } = fabric();
    fabric().heardBy = () => 1;
    edit();
    await says("which leads channel main, hears from 1 of 2 orderers.");
    expect(restarted).toEqual([]);
    fabric().heardBy = heardBy;
    await shows("True RolledOut");
  });

  it.each(["peer0-org2", "orderer1"])("goes on only when %s has caught up with the channel", async (name) => {
    fabric().behind.set(name, 1);
    edit();
    await says(`Not all nodes have the ${fabric().height("main")} blocks of channel main yet: ${name}`);
    expect(restarted).toEqual([]);
    fabric().behind.clear();
    await shows("True RolledOut");
  });

  it("goes on only when every orderer answers, and says which one does not", async () => {
    fabric().isAway = (call) => call === "orderer1 metrics";
    edit();
    await says("Reading its metrics (orderer1-orderer");
    expect(restarted).toEqual([]);
    fabric().isAway = () => false;
    await shows("True RolledOut");
  });
});

describe("a change of all nodes, on a channel on Kafka", () => {
  beforeEach(async () => {
    await end();
    await begin("kafka");
  });

  it("goes on without any leader, and only when every orderer has caught up with the channel", async () => {
    fabric().leaderOf = () => undefined;
    fabric().behind.set("orderer1", 1);
    edit();
    await says(`Not all nodes have the ${fabric().height("main")} blocks of channel main yet: orderer1`);
    expect(restarted).toEqual([]);
    fabric().behind.clear();
    await shows("True RolledOut");
    expect(restarted).toEqual(["orderer0-orderer", "orderer1-orderer", "peer0-org1", "peer0-org2", "peer1-org1"]);
    expect(fabric().calls.filter((call) => call.endsWith(" metrics"))).toEqual([]);
  });
});
