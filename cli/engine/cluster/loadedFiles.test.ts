import { describe, expect, it } from "vitest";

import { filesDigest, loadedByAnnotation, loadedLine, toLoadAnnotation } from "../../../model/contracts/loadedFiles";
import { ApiError } from "./api";
import { waitUntilLoaded } from "./loadedFiles";
import type { WaitContext } from "./waitUntil";

const before = { "routes.map": "/a one\n" };
const after = { "routes.map": "/a two\n" };
const pod = (name: string, more: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "dev", uid: name, ...more },
  spec: { volumes: [{ name: "configuration", configMap: { name: "gateway" } }], containers: [{ name: "keeper" }] },
  status: { phase: "Running" },
});
const other = { ...pod("peer0-org1-0"), spec: { volumes: [], containers: [{ name: "peer" }] } };
const configMap = (data: Record<string, string>, annotations = { [loadedByAnnotation]: "keeper" }) => ({
  type: {} as never,
  object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "gateway", namespace: "dev", annotations }, data },
});

/** A cluster whose pods load the new files when they are told to, if they do. */
class ClusterDouble {
  readonly said: string[] = [];
  readonly told: string[] = [];
  readonly logs = new Map<string, string>();
  refuses: number | undefined;

  constructor(
    private readonly pods: object[],
    private readonly loads = true,
  ) {
    for (const { metadata } of pods as ReturnType<typeof pod>[]) {
      this.logs.set(
        metadata.name,
        `waiting for HAProxy\n${loadedLine(filesDigest(before))}\nHAProxy: reloaded its files\n`,
      );
    }
  }

  get context(): WaitContext {
    const api = {
      list: async () => ({ items: this.pods }),
      log: async (_namespace: string, name: string, container: string) => {
        if (this.refuses !== undefined) throw new ApiError(this.refuses, "no");
        expect(container).toBe("keeper");
        return this.logs.get(name);
      },
      patch: async (_type: unknown, _namespace: string, name: string, { metadata }: any) => {
        this.told.push(name);
        expect(metadata.annotations[toLoadAnnotation]).toContain(filesDigest(after));
        if (this.loads) this.logs.set(name, `${this.logs.get(name)}${loadedLine(filesDigest(after))}\n`);
      },
    };
    const say = (text: string, details: readonly string[] = []): void => void this.said.push(text, ...details);
    const progress = { line: say, waiting: say, done: () => undefined };
    const context = { api, discovery: { get: () => ({}) }, progress, signal: new AbortController().signal };
    return context as unknown as WaitContext;
  }
}

describe("the files of a ConfigMap that running pods load", () => {
  it("are waited for, and each kubelet is told of them once", async () => {
    const cluster = new ClusterDouble([pod("gateway-1"), pod("gateway-2"), other]);
    expect(await waitUntilLoaded(cluster.context, [configMap(after)], 5000)).toEqual([]);
    expect(cluster.told).toEqual(["gateway-1", "gateway-2"]);
    expect(cluster.said.join("\n")).toContain(
      "Pod dev/gateway-1: container keeper has not loaded ConfigMap dev/gateway yet",
    );
  });

  it("are not waited for where they are loaded, or a pod is ending, or no container loads them", async () => {
    const cluster = new ClusterDouble([pod("gateway-1")]);
    expect(await waitUntilLoaded(cluster.context, [configMap(before)], 0)).toEqual([]);
    expect(await waitUntilLoaded(cluster.context, [configMap(after, {} as never)], 0)).toEqual([]);
    const ending = new ClusterDouble([pod("gateway-1", { deletionTimestamp: "2026-01-01T00:00:00Z" })]);
    expect(await waitUntilLoaded(ending.context, [configMap(after)], 0)).toEqual([]);
    expect([...cluster.told, ...ending.told]).toEqual([]);
  });

  it("that are not loaded in time are told, with the pod", async () => {
    const cluster = new ClusterDouble([pod("gateway-1")], false);
    expect(await waitUntilLoaded(cluster.context, [configMap(after)], 600)).toMatchObject([
      {
        object: { metadata: { name: "gateway-1" } },
        reason: expect.stringContaining("has not loaded ConfigMap dev/gateway"),
      },
    ]);
    expect(cluster.told).toEqual(["gateway-1"]);
  });

  it("are not waited for by somebody who may not read logs, and that is said", async () => {
    const cluster = new ClusterDouble([pod("gateway-1")]);
    cluster.refuses = 403;
    expect(await waitUntilLoaded(cluster.context, [configMap(after)], 5000)).toEqual([]);
    expect(cluster.said.join("\n")).toContain("warning: it cannot be seen whether running pods have loaded");
  });
});
