import { beforeEach, describe, expect, it } from "vitest";

import type { NetworkPlan } from "../../model/network/networkPlan";
import { planNetwork } from "../../model/network/planNetwork";
import { environmentSchema, networkSchema } from "../../model/stackFile/schema";
import { environment } from "../../model/testing";
import { ApiError } from "../engine/cluster/api";
import type { WaitContext } from "../engine/cluster/waitUntil";
import { interruptionByNewKeys, nodesForNewKeys, renewableNodes, renewableOfPlatform, renewNodes } from "./renewNodes";

const requested = Date.UTC(2030, 0, 1);
let network: NetworkPlan;
let cluster: ClusterDouble;

/** A cluster with the pods of a network, whose controller restarts what is asked for. */
class ClusterDouble {
  readonly patches: string[] = [];
  /** When pods were made, by node. */
  readonly pods = new Map<string, number>();
  readonly logs = new Map<string, string>();
  /** What pods say of their keys, by node. */
  readonly keys = new Map<string, string>();
  missing: string | undefined;
  mayReadLogs = true;
  /** What the controller does with a request. */
  onRequest: (node: string, at: number) => void = (node, at) => this.pods.set(node, at + 5000);

  get context(): WaitContext {
    const api = {
      patch: async (type: { kind: string }, namespace: string, name: string, patch: any) => {
        if (name === this.missing) throw new ApiError(404, "not found");
        const [[annotation, at]] = Object.entries<string>(patch.metadata.annotations) as [[string, string]];
        this.patches.push(`${type.kind} ${namespace}/${name} ${annotation} ${at}`);
        this.onRequest(name, Date.parse(at));
      },
      list: async () => ({
        items: [...this.pods].map(([node, at]) => ({
          metadata: {
            name: `${node}-0`,
            namespace: "net",
            creationTimestamp: new Date(at).toISOString(),
            labels: { "app.kubernetes.io/instance": node },
          },
          status: {
            phase: "Running",
            conditions: [{ type: "Ready", status: "True" }],
            initContainerStatuses: [{ name: "enrol", state: { terminated: { message: this.keys.get(node) } } }],
          },
        })),
      }),
      log: async (_: string, pod: string) => {
        if (!this.mayReadLogs) throw new ApiError(403, "forbidden");
        return this.logs.get(pod) ?? "";
      },
    };
    const discovery = { get: (_: string, kind: string) => ({ kind }) };
    const progress = { line() {}, waiting() {}, done() {} };
    return { api, discovery, progress, signal: new AbortController().signal } as unknown as WaitContext;
  }
}

const nodes = (...names: string[]) => renewableNodes(network, names);
const renew = (names: string[], timeoutMs = 60_000, newKeys = false) =>
  renewNodes(cluster.context, network.namespace, nodes(...names), { timeoutMs, newKeys, now: () => requested + 400 });

beforeEach(() => {
  const config = networkSchema.parse({
    environment: "local",
    domain: "net.example.com",
    ordering: { nodes: 1 },
    organizations: [{ name: "org1" }],
    channels: [{ name: "main" }],
    chaincodes: [{ name: "asset", channel: "main", source: "chaincode/asset-transfer", version: "1.0" }],
  });
  network = planNetwork("net", config, environmentSchema.parse(environment));
  cluster = new ClusterDouble();
  for (const { name } of nodes()) cluster.pods.set(name, requested - 1000);
});

describe("the nodes to renew", () => {
  it("are all that get certificates at their start, CAs first", () => {
    const names = nodes().map(({ kind, name }) => `${kind} ${name}`);
    expect(names).toEqual([
      "CertificateAuthority ca-org1",
      "CertificateAuthority ca-orderer",
      "Identity peer0-org1",
      "Identity orderer0-orderer",
      "Identity asset-1-0-org1",
    ]);
    expect(nodes("peer0-org1")).toEqual([{ kind: "Identity", name: "peer0-org1", keepsKeys: true }]);
  });

  it("exist", () => {
    expect(() => nodes("peer0-org2")).toThrow(
      'network "net" has no node "peer0-org2". Did you mean "peer0-org1"?\n  -> There are: ca-org1, ',
    );
  });
});

describe("a renewal", () => {
  it("of the platform is that of its CA server, in the platform's namespace", async () => {
    const options = { timeoutMs: 60_000, now: () => requested + 400 };
    const done = await renewNodes(cluster.context, "baas-platform", renewableOfPlatform([]), options);
    expect(done).toEqual([{ name: "platform-ca" }]);
    expect(cluster.patches).toEqual([
      "CertificateAuthority baas-platform/platform-ca baas.io/renew-requested 2030-01-01T00:00:00.000Z",
    ]);
    expect(() => renewableOfPlatform(["kafka0"])).toThrow('the platform has no node "kafka0"');
    expect(() => nodesForNewKeys(renewableOfPlatform([]), true)).toThrow("does not replace the keys of CA servers");
  });

  it("asks for each node by an annotation, and tells how long the new certificates last", async () => {
    cluster.logs.set("peer0-org1-0", "TLS certificate of peer0: issued, until 2031-01-01T00:00:00.000Z\n");
    expect(await renew(["ca-org1", "peer0-org1"])).toEqual([
      { name: "ca-org1" },
      { name: "peer0-org1", until: "2031-01-01T00:00:00.000Z" },
    ]);
    expect(cluster.patches).toEqual([
      `CertificateAuthority ${network.namespace}/ca-org1 baas.io/renew-requested 2030-01-01T00:00:00.000Z`,
      `Identity ${network.namespace}/peer0-org1 baas.io/renew-requested 2030-01-01T00:00:00.000Z`,
    ]);
  });

  it("says which nodes were not restarted in time, and that the controller goes on", async () => {
    cluster.onRequest = (node, at) => {
      if (node !== "peer0-org1") cluster.pods.set(node, at + 5000);
    };
    await expect(renew(["ca-org1", "peer0-org1"], -1)).rejects.toThrow(
      "not restarted in time: peer0-org1\n  -> The controller goes on by itself.",
    );
  });

  it("of a network that is not there says to apply it", async () => {
    cluster.missing = "peer0-org1";
    await expect(renew(["peer0-org1"])).rejects.toThrow("there is no Identity peer0-org1 in namespace");
  });

  it("is done for somebody who may not read logs", async () => {
    cluster.mayReadLogs = false;
    expect(await renew(["peer0-org1"])).toEqual([{ name: "peer0-org1" }]);
  });
});

describe("a renewal with new keys", () => {
  const request = "2030-01-01T00:00:00.000Z";
  const replaced = JSON.stringify({ answered: request, tls: "new" });

  it("asks nodes that keep their keys for new ones, and waits until they use them", async () => {
    const said: string[] = [];
    cluster.onRequest = (node, at) => {
      cluster.pods.set(node, at + 5000);
      if (node !== "orderer0-orderer") return void cluster.keys.set(node, replaced);
      cluster.keys.set(node, JSON.stringify({ tls: "old", next: "new" }));
      setTimeout(() => {
        said.push("switched");
        cluster.keys.set(node, replaced);
      }, 100);
    };
    expect(await renew(["peer0-org1", "orderer0-orderer", "asset-1-0-org1"], 60_000, true)).toHaveLength(3);
    expect(said).toEqual(["switched"]);
    expect(cluster.patches).toEqual([
      `Identity ${network.namespace}/peer0-org1 baas.io/new-keys-requested ${request}`,
      `Identity ${network.namespace}/orderer0-orderer baas.io/new-keys-requested ${request}`,
      `Identity ${network.namespace}/asset-1-0-org1 baas.io/renew-requested ${request}`,
    ]);
  });

  it("is done, too, if the node has answered somebody who has asked again since", async () => {
    cluster.onRequest = (node, at) => {
      cluster.pods.set(node, at + 5000);
      cluster.keys.set(node, JSON.stringify({ answered: "2030-01-01T00:00:03.000Z", tls: "newer" }));
    };
    expect(await renew(["peer0-org1"], 5_000, true)).toHaveLength(1);
  });

  it.each([
    ["has restarted and kept its keys", JSON.stringify({ tls: "old" })],
    ["uses keys of an earlier request", JSON.stringify({ answered: "2029-01-01T00:00:00.000Z", tls: "old" })],
    ["says nothing of its keys", "the end of a log"],
  ])("is not done for a node that %s", async (_, keys) => {
    cluster.keys.set("peer0-org1", keys);
    await expect(renew(["peer0-org1"], -1, true)).rejects.toThrow("not restarted in time: peer0-org1");
  });

  it("is for no CA server", () => {
    expect(() => nodesForNewKeys(nodes("ca-org1", "peer0-org1"), true)).toThrow(
      "--new-keys does not replace the keys of CA servers: ca-org1\n  -> Name peers and orderers. What it takes",
    );
    const names = nodesForNewKeys(nodes(), false).map(({ name }) => name);
    expect(names).toEqual(["peer0-org1", "orderer0-orderer", "asset-1-0-org1"]);
  });

  it("says that a lone orderer is missed while it restarts", () => {
    expect(interruptionByNewKeys(network, nodes())).toBe(
      "orderer0-orderer is the only orderer: no transaction is ordered while it restarts, twice, to get a new key",
    );
    expect(interruptionByNewKeys(network, nodes("peer0-org1"))).toBeUndefined();
  });
});
