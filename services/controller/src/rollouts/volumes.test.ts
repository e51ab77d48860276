import { beforeEach, describe, expect, it } from "vitest";

import type { CallOptions } from "../../../common/kubernetes/kubernetesApi";
import { ApiError } from "../../../common/kubernetes/request";
import type { Result } from "../reconciler";
import type { PersistentVolumeClaim, Rollout } from "../resources";
import { Rollouts } from "./rollouts";
import { NodesDouble, testNode } from "./testing/nodesDouble";
import { Volumes } from "./volumes";

const namespace = "dev";
const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;

let claims: Map<string, PersistentVolumeClaim>;
/** Claims that were edited, with their new sizes. */
let edits: string[];
/** What the API server refuses edits with. */
let refusal: ApiError | undefined;

/** Kubernetes as far as claims go. */
const api = {
  call: async (method: string, called: string, { body }: CallOptions = {}): Promise<any> => {
    if (method === "GET" && called === path) return { items: [...claims.values()] };
    const name = called.slice(path.length + 1);
    const size = (body as PersistentVolumeClaim).spec!.resources!.requests!.storage!;
    if (refusal !== undefined) throw refusal;
    edits.push(`${name} ${size}`);
    claims.get(name)!.spec!.resources!.requests!.storage = size;
  },
};

function claim(node: string, asked: string, more: PersistentVolumeClaim["status"] = {}): void {
  const name = `data-${node}-0`;
  claims.set(name, {
    metadata: { name, namespace },
    spec: { storageClassName: "fast", resources: { requests: { storage: asked } } },
    status: { phase: "Bound", capacity: { storage: asked }, ...more },
  });
}

/** A Rollout of nodes with sizes of volumes. */
function rollout(sizes: Record<string, string | undefined>): Rollout {
  const nodes = Object.entries(sizes).map(([name, storage]) => ({
    ...testNode(name),
    template: "0123456789abcdef",
    ...(storage !== undefined && { storage }),
  }));
  return { metadata: { name: "nodes", namespace }, spec: { nodes } };
}

const grow = (sizes: Record<string, string | undefined>) => new Volumes(api).grow(rollout(sizes));

beforeEach(() => {
  claims = new Map();
  edits = [];
  refusal = undefined;
});

describe("volumes of nodes", () => {
  it("grow to the sizes that their Rollout names, which is ready when they have", async () => {
    claim("kafka0", "10Gi");
    claim("kafka1", "10Gi");
    claim("zookeeper0", "1Gi");
    const sizes = { kafka0: "20Gi", kafka1: "20Gi", zookeeper0: "1Gi" };
    const growing = {
      ...{ ready: false, reason: "VolumeGrows", isNormal: true, retry: true, soon: true },
      message: "The volume of kafka0 grows from 10Gi to 20Gi. The volume of kafka1 grows from 10Gi to 20Gi.",
    };
    expect(await grow(sizes)).toEqual(growing);
    expect(edits).toEqual(["data-kafka0-0 20Gi", "data-kafka1-0 20Gi"]);
    claims.get("data-kafka0-0")!.status!.capacity!.storage = "20Gi";
    const message = "Waiting for user to (re-)start a pod to finish file system resize of volume on node.";
    claims.get("data-kafka1-0")!.status!.conditions = [{ type: "FileSystemResizePending", status: "True", message }];
    expect(await grow(sizes)).toMatchObject({ message: `The volume of kafka1 grows from 10Gi to 20Gi. ${message}` });
    expect(edits).toHaveLength(2);
    // Drivers may give more, and count otherwise.
    claims.get("data-kafka1-0")!.status!.capacity!.storage = "21474836480";
    expect(await grow(sizes)).toBeUndefined();
  });

  it("that are larger than their Rollout says, or of which it says nothing, stay as they are", async () => {
    claim("peer0-org1", "20Gi");
    claim("peer1-org1", "1Gi");
    expect(await grow({ "peer0-org1": "10Gi", "peer1-org1": undefined })).toBeUndefined();
    expect(edits).toEqual([]);
  });

  it("grow once they are there, also those that were made anew from an older template", async () => {
    expect(await grow({ "peer0-org1": "20Gi" })).toBeUndefined();
    claim("peer0-org1", "10Gi", { phase: "Pending" });
    expect(await grow({ "peer0-org1": "20Gi" })).toBeUndefined();
    expect(edits).toEqual([]);
    claim("peer0-org1", "10Gi");
    expect(await grow({ "peer0-org1": "20Gi" })).toMatchObject({ reason: "VolumeGrows" });
  });

  it("that their class cannot enlarge stay as they are, with what to do", async () => {
    for (const node of ["kafka0", "kafka1", "kafka2"]) claim(node, "10Gi");
    const why =
      "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
    refusal = new ApiError(403, why);
    expect(await grow({ kafka0: "20Gi", kafka1: "20Gi", kafka2: "20Gi" })).toEqual({
      ...{ ready: false, reason: "VolumeCannotGrow", retry: true },
      message:
        `The volume of kafka0 stays 10Gi, and does not become 20Gi: ${why}. (So do those of kafka1, kafka2.) Set ` +
        "allowVolumeExpansion in StorageClass fast, if its driver can enlarge volumes. Otherwise write the size that they have, and " +
        "before you apply that: kubectl -n dev delete rollout nodes, which restarts nothing.",
    });
    expect(edits).toEqual([]);
    refusal = new ApiError(503, "try again");
    await expect(grow({ kafka0: "20Gi" })).rejects.toThrow("try again");
  });

  it("grow while a node is not ready, and keep no other node from restarting", async () => {
    const cluster = new NodesDouble(["peer0-org1", "peer1-org1"].map(testNode));
    const reconciled = (growing: Result | undefined): Promise<Result> => {
      const seen = cluster.seen();
      return new Rollouts({
        ...{ api: cluster.api, objects: seen, platformNamespace: "baas-platform", reasons: [] },
        health: { look: async () => ({ leads: () => 0 }) },
        volumes: { grow: async () => growing } as unknown as Volumes,
      }).reconcile(seen.rollout);
    };
    const growing = (await (claim("peer0-org1", "10Gi"), grow({ "peer0-org1": "20Gi" })))!;
    expect(await reconciled(undefined)).toMatchObject({ reason: "RolledOut" });
    expect(await reconciled(growing)).toEqual(growing);
    cluster.break("peer0-org1");
    expect(await reconciled(growing)).toMatchObject({
      ...{ reason: "NodeNotReady", retry: true, soon: true },
      message:
        "Waits for peer0-org1 to be ready. If that takes long: kubectl describe pod -n dev -l app.kubernetes.io/instance=peer0-org1 " +
        growing.message,
    });
  });
});
