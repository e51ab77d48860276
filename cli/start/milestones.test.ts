import { describe, expect, it } from "vitest";

import type { SmokeTestResult } from "../../model/contracts/smokeTest";
import type { KubernetesObject } from "../engine/cluster/kubernetesObject";
import { committedText, milestones, type NetworkObjects, smokeTestResults, timeline } from "./milestones";

const began = Date.parse("2026-11-24T12:00:00.700Z");
const time = (second: number): string => `2026-11-24T12:00:${String(second).padStart(2, "0")}Z`;

function object(kind: string, spec: object, ready?: string, labels: Record<string, string> = {}): KubernetesObject {
  const condition = { type: "Ready", status: ready === undefined ? "False" : "True", lastTransitionTime: ready };
  const metadata = { name: kind, creationTimestamp: time(2), labels };
  return { apiVersion: "v1", kind, metadata, spec, status: { conditions: [condition] } };
}

const pod = (role: string, ready?: string) => object("Pod", {}, ready, { "app.kubernetes.io/component": role });

const result: SmokeTestResult = {
  channel: "main",
  chaincode: "asset",
  version: "1.0",
  transactions: [
    { function: "CreateAsset", transactionId: "aa", blockNumber: 3, milliseconds: 600, committedAt: time(41) },
    { function: "TransferAsset", transactionId: "bb", blockNumber: 4, milliseconds: 600, committedAt: time(42) },
  ],
  readBack: [
    { organization: "org1", peer: "peer0-org1" },
    { organization: "org2", peer: "peer0-org2" },
  ],
  readAt: time(42),
  answer: '{"owner":"bob"}',
};

function testPod(terminated: object): KubernetesObject {
  return { ...pod("client"), status: { containerStatuses: [{ name: "smoke-test", state: { terminated } }] } };
}

const network: NetworkObjects = {
  certificateAuthorities: [object("CertificateAuthority", {}, time(15)), object("CertificateAuthority", {}, time(12))],
  channels: [object("Channel", { name: "main" }, time(33))],
  chaincodes: [object("Chaincode", { name: "asset", version: "1.0" }, time(39))],
  pods: [
    pod("peer", time(30)),
    pod("orderer", time(28)),
    pod("certificate-authority", time(10)),
    pod("chaincode", time(50)),
    testPod({ exitCode: 0, message: JSON.stringify(result) }),
  ],
};

describe("the milestones of a network", () => {
  it("are told with the seconds that each took from the beginning on", () => {
    expect(`\n${timeline(milestones(network), began)}\n`).toBe(`
     2 s  images built, objects created
    15 s  certificate authorities available
    30 s  all 3 nodes ready
    33 s  channel main joined
    39 s  chaincode asset 1.0 committed
    41 s  CreateAsset committed in block 3
          txID aa
    42 s  TransferAsset committed in block 4
          txID bb
    42 s  read back from peer0-org2 of org2
          {"owner":"bob"}
`);
  });

  it("are called earlier when they came before", () => {
    const lines = timeline(milestones(network), Date.parse(time(35))).split("\n");
    expect(lines.slice(0, 5)).toEqual([
      " earlier  images built, objects created",
      " earlier  certificate authorities available",
      " earlier  all 3 nodes ready",
      " earlier  channel main joined",
      "     4 s  chaincode asset 1.0 committed",
    ]);
  });

  it("are left out while they have not come", () => {
    const waiting = {
      ...network,
      channels: [object("Channel", { name: "main" })],
      chaincodes: [],
      pods: [pod("peer")],
    };
    expect(milestones(waiting).map(({ what }) => what)).toEqual([
      "images built, objects created",
      "certificate authorities available",
    ]);
  });
});

describe("the results of smoke tests", () => {
  it("are those of pods that have ended well", () => {
    const failed = testPod({ exitCode: 1, message: "CreateAsset failed" });
    const running = {
      ...pod("client"),
      status: { containerStatuses: [{ name: "smoke-test", state: { running: {} } }] },
    };
    expect(smokeTestResults({ pods: [failed, running, ...network.pods] })).toEqual([result]);
  });

  it("are told with dates when nothing is new", () => {
    expect(`\n${committedText([result])}\n`).toBe(`
  CreateAsset was committed in block 3 on 2026-11-24 12:00:41 UTC
    txID aa
  TransferAsset was committed in block 4 on 2026-11-24 12:00:42 UTC
    txID bb
  and read back from peer0-org2 of org2
    {"owner":"bob"}
`);
  });

  it("name the own organization's peer where there is no other organization", () => {
    const alone = { ...result, readBack: result.readBack.slice(0, 1) };
    expect(committedText([alone])).toContain("read back from peer0-org1 of org1");
  });
});
