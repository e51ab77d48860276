import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { CapabilityLevels } from "../../../model/contracts/capabilityLevels";
import { fabricVersionAt, reducePod } from "./pods";
import { collections } from "./resources";
import { RunningController } from "./testing/runningController";
import { testNamespace } from "./testing/testNetwork";

const raised: CapabilityLevels = { channel: "V3_0", orderer: "V2_0", application: "V2_5" };

let controller: RunningController;

/** Has a node's pod run a version of Fabric; the watch of its Service tells that it serves again. */
async function run(node: string, image: string, ready = true): Promise<void> {
  const { kubernetes, network } = controller;
  const container = node.startsWith("orderer") ? "orderer" : "peer";
  const labels = { "baas.io/network": "dev", "app.kubernetes.io/instance": node };
  kubernetes.apply(collections.pods(testNamespace), {
    metadata: { name: `${node}-0`, namespace: testNamespace, labels },
    spec: {
      containers: [
        { name: "couchdb", image: "couchdb:9.9.9" },
        { name: container, image },
      ],
    },
  });
  kubernetes.setStatus(`${collections.pods(testNamespace)}/${node}-0`, {
    containerStatuses: [{ name: container, image, ready, restartCount: 0 }],
  });
  await network.slice(node, null);
  await network.node(node);
}

const nodes = ["orderer0-orderer", "orderer1-orderer", "peer0-org1", "peer1-org1", "peer0-org2"];
const imageOf = (node: string, version: string): string =>
  `docker.io/hyperledger/fabric-${node.startsWith("orderer") ? "orderer" : "peer"}:${version}`;
const runAll = async (version: string): Promise<void> => {
  for (const node of nodes) await run(node, imageOf(node, version));
};
const apply = (capabilities?: CapabilityLevels): unknown =>
  controller.network.applyChannel({ ...controller.spec, ...(capabilities && { capabilities }) });
const levels = () => {
  const { capabilities, orderer, application } = controller.network.fabric.description("main");
  return { channel: capabilities, orderer: orderer.capabilities, application: application.capabilities };
};
const lowest = { channel: ["V2_0"], orderer: ["V2_0"], application: ["V2_5"] };

beforeEach(async () => {
  controller = await RunningController.start();
});
afterEach(() => controller.stop());

describe("a channel", () => {
  it("that names no capability levels has the lowest, whatever its nodes run", async () => {
    apply();
    await controller.channel("True Joined");
    expect(levels()).toEqual(lowest);
    apply({ channel: "V2_0", orderer: "V2_0", application: "V2_5" });
    await controller.channel("True Joined");
    expect(controller.network.fabric.height("main")).toBe(1);
  });

  it("has a level raised by one configuration update, only once its last node runs a version that has it", async () => {
    const { network } = controller;
    apply();
    await controller.channel("True Joined");
    await runAll("3.1.5");
    await run("peer0-org2", imageOf("peer0-org2", "2.5.16"));
    apply(raised);
    expect(await controller.channel("False NodesTooOld")).toBe(
      "The channel capability V3_0 needs Fabric 3.0 or newer on every node of the channel, and peer0-org2 runs 2.5.16. It would stop " +
        "at that level for good. The level is raised, or a new channel made, as soon as all nodes are new enough.",
    );
    expect(network.fabric.height("main")).toBe(1);
    // Its pod has the new image, and is starting.
    await run("peer0-org2", imageOf("peer0-org2", "3.1.5"), false);
    expect(await controller.channel("False NodesTooOld")).toContain("peer0-org2");
    expect(network.fabric.height("main")).toBe(1);

    await run("peer0-org2", imageOf("peer0-org2", "3.1.5"));
    await controller.channel("True Joined");
    expect(levels()).toEqual({ ...lowest, channel: ["V3_0"] });
    expect(network.fabric.height("main")).toBe(2);
  });

  it("waits for a node whose image does not say its version, and says which", async () => {
    apply();
    await controller.channel("True Joined");
    await runAll("3.1.5");
    await run("orderer1-orderer", `docker.io/hyperledger/fabric-orderer@sha256:${"0".repeat(64)}`);
    apply(raised);
    expect(await controller.channel("False NodesTooOld")).toContain(
      "orderer1-orderer is not ready, or has an image whose tag is no version",
    );
    expect(levels()).toEqual(lowest);
  });

  it("gets the rest of its spec while it waits for its nodes", async () => {
    apply();
    await controller.channel("True Joined");
    await runAll("2.5.16");
    controller.network.applyChannel({
      ...controller.spec,
      capabilities: raised,
      batch: { ...controller.spec.batch, maxMessages: 10 },
    });
    await controller.channel("False NodesTooOld");
    expect(controller.network.fabric.description("main").orderer.batch.maxMessages).toBe(10);
    expect(levels()).toEqual(lowest);
  });

  it("that is new has its levels from its genesis block on, which is not made for nodes that would stop at it", async () => {
    await runAll("2.5.16");
    apply(raised);
    await controller.channel("False NodesTooOld");
    expect(controller.network.fabric.calls.filter((call) => / join /.test(call))).toEqual([]);
    await runAll("3.1.5");
    await controller.channel("True Joined");
    expect(levels()).toEqual({ ...lowest, channel: ["V3_0"] });
    expect(controller.network.fabric.height("main")).toBe(1);
  });

  it("keeps a level that was raised by other means than its spec, and says so", async () => {
    await runAll("3.1.5");
    apply(raised);
    await controller.channel("True Joined");
    apply();
    expect(await controller.channel("False CapabilityNotLowered")).toContain(
      "The channel has channel capability V3_0, and the spec says V2_0.",
    );
    expect(levels()).toEqual({ ...lowest, channel: ["V3_0"] });
    expect(controller.network.fabric.height("main")).toBe(1);
  });
});

describe("the version of a node", () => {
  const metadata = { name: "peer0-0", namespace: "dev", labels: { "app.kubernetes.io/instance": "peer0" } };
  const seen = (image: string, ready = true) =>
    fabricVersionAt(
      [
        reducePod({
          metadata,
          spec: { containers: [{ name: "peer", image }] },
          status: { containerStatuses: [{ name: "peer", image, ready, restartCount: 0 }] },
        }),
      ],
      "dev/peer0",
    );

  it.each<[string, string | undefined]>([
    ["registry.example.com:5000/hyperledger/fabric-peer:3.1.5", "3.1.5"],
    ["hyperledger/fabric-peer:3.1.5-amd64", "3.1.5"],
    [`hyperledger/fabric-peer:3.1.5@sha256:${"0".repeat(64)}`, "3.1.5"],
    ["hyperledger/fabric-peer:3.1", undefined],
    ["hyperledger/fabric-peer:latest", undefined],
    ["hyperledger/fabric-peer", undefined],
  ])("is the tag of its image: %s", (image, version) => {
    expect(seen(image)).toBe(version);
    expect(seen(image, false)).toBeUndefined();
  });
});
