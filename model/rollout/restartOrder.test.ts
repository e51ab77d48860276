import { describe, expect, it } from "vitest";

import { inRestartOrder, type OrderedNode } from "./restartOrder";

const node = (name: string, role: OrderedNode["role"]): OrderedNode => ({
  name,
  role,
  organization: name.split("-")[1]!,
});

const all = [
  node("ca-orderer", "certificate-authority"),
  ...[0, 1, 2].map((n) => node(`orderer${n}-orderer`, "orderer")),
  ...["org1", "org2"].flatMap((organization) => [
    node(`ca-${organization}`, "certificate-authority"),
    node(`peer0-${organization}`, "peer"),
    node(`peer1-${organization}`, "peer"),
  ]),
];
const namesOf = (nodes: OrderedNode[]) => nodes.map(({ name }) => name);

describe("the order in which nodes restart", () => {
  it("is certificate authorities, orderers, and peers by turns of their organizations", () => {
    expect(namesOf(inRestartOrder(all, all))).toEqual([
      ...["ca-orderer", "ca-org1", "ca-org2"],
      ...["orderer0-orderer", "orderer1-orderer", "orderer2-orderer"],
      ...["peer0-org1", "peer0-org2", "peer1-org1", "peer1-org2"],
    ]);
  });

  it("has the orderer that leads most channels last", () => {
    const leads = (name: string) => ({ "orderer0-orderer": 2, "orderer1-orderer": 1 })[name] ?? 0;
    const orderers = all.filter(({ role }) => role === "orderer");
    expect(namesOf(inRestartOrder(orderers, all, leads))).toEqual([
      "orderer2-orderer",
      "orderer1-orderer",
      "orderer0-orderer",
    ]);
  });

  it("has ZooKeepers before brokers, and of each the one that leads last", () => {
    const servers = [
      ...["kafka0", "kafka1", "kafka2"].map((name) => node(name, "kafka")),
      ...["zookeeper0", "zookeeper1", "zookeeper2"].map((name) => node(name, "zookeeper")),
      node("platform-ca", "certificate-authority"),
    ].map((one) => ({ ...one, organization: "platform" }));
    const leads = (name: string) => (["kafka1", "zookeeper0"].includes(name) ? 1 : 0);
    expect(namesOf(inRestartOrder(servers, servers, leads))).toEqual([
      ...["platform-ca", "zookeeper1", "zookeeper2", "zookeeper0"],
      ...["kafka0", "kafka2", "kafka1"],
    ]);
  });

  it("stays the same while its nodes restart", () => {
    let left = all;
    for (const name of namesOf(inRestartOrder(all, all))) {
      expect(inRestartOrder(left, all)[0]!.name).toBe(name);
      left = left.filter((one) => one.name !== name);
    }
  });
});
