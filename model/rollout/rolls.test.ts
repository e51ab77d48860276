import { describe, expect, it } from "vitest";

import type { OrderedNode } from "./restartOrder";
import { rollOf } from "./rolls";

const nodes = (...names: string[]): OrderedNode[] =>
  names.map((name) => ({
    name,
    role: name.startsWith("orderer") ? "orderer" : name.startsWith("ca") ? "certificate-authority" : "peer",
    organization: name.split("-")[1]!,
  }));
const three = ["orderer0-orderer", "orderer1-orderer", "orderer2-orderer"];
const peers = ["peer0-org1", "peer1-org1", "peer0-org2", "peer1-org2"];

describe("how nodes roll", () => {
  it("tells the order, and no outage where every node has another that takes its place", () => {
    expect(rollOf([...peers, ...three], nodes(...peers, ...three))).toEqual({
      order: [...three, "peer0-org1", "peer0-org2", "peer1-org1", "peer1-org2"],
      leaderLast: true,
      outages: [],
    });
  });

  it.each([
    [1, "there is one orderer: nothing is ordered while it restarts"],
    [2, "one of two orderers is no majority: nothing is ordered while the other one restarts"],
  ])("tells what %d orderers cannot do without an outage", (count, outage) => {
    expect(rollOf(["orderer0-orderer"], nodes(...peers, ...three.slice(0, count))).outages).toEqual([outage]);
  });

  it("tells that one of two orderers on Kafka goes on alone, and that none of them leads", () => {
    const [first, second] = three as [string, string];
    expect(rollOf([first, second], nodes(...peers, first, second), "kafka")).toEqual({
      order: [first, second],
      leaderLast: false,
      outages: [],
    });
    expect(rollOf([first], nodes(...peers, first), "kafka").outages).toEqual([
      "there is one orderer: nothing is ordered while it restarts",
    ]);
  });

  it("tells which organizations endorse nothing while their only peer restarts", () => {
    const all = nodes(...three, "peer0-org1", "peer0-org2", "peer1-org2", "peer0-org3");
    expect(rollOf(["peer0-org1", "peer0-org2"], all).outages).toEqual([
      "org1 has one peer: it endorses nothing while that one restarts",
    ]);
  });

  it("tells of Kafka's servers which leaders are last, and what one or two ZooKeepers cannot do without an outage", () => {
    const servers = (count: number): OrderedNode[] => [
      ...["kafka0", "kafka1", "kafka2", "kafka3"].map((name) => ({
        name,
        role: "kafka" as const,
        organization: "platform",
      })),
      ...["zookeeper0", "zookeeper1", "zookeeper2"]
        .slice(0, count)
        .map((name) => ({ name, role: "zookeeper" as const, organization: "platform" })),
    ];
    expect(rollOf(["kafka0", "kafka1", "zookeeper2"], servers(3))).toEqual({
      order: ["zookeeper2", "kafka0", "kafka1"],
      leaderLast: true,
      isKafka: true,
      outages: [],
    });
    expect(rollOf(["kafka0"], servers(1))).toMatchObject({ leaderLast: false, outages: [] });
    expect(rollOf(["zookeeper0"], servers(1)).outages).toEqual([
      "there is one ZooKeeper: while it restarts, no broker takes over from another, and no topic is made",
    ]);
    expect(rollOf(["zookeeper0"], servers(2)).outages).toEqual([
      "one of two ZooKeepers is no majority: while the other one restarts, no broker takes over from another, and no topic is made",
    ]);
  });

  it("tells of no outage for certificate authorities", () => {
    expect(rollOf(["ca-org1"], nodes("ca-org1", "orderer0-orderer", "peer0-org1")).outages).toEqual([]);
  });
});
