import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { KubernetesDouble } from "../testing/kubernetesDouble";
import { KubernetesApi, type WatchEvent } from "./kubernetesApi";
import { PodApi, serviceAccountDir } from "./podApi";
import { unlessMissing } from "./request";

const collection = "/api/v1/namespaces/dev/configmaps";
const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "dev" } });
let kubernetes: KubernetesDouble;
let root: string;
let serviceAccount: string;
let api: KubernetesApi;

/** Signed in by a kubeconfig, as a controller outside the cluster. */
function byKubeconfig(): KubernetesApi {
  const config = new KubeConfig();
  config.loadFromString(kubernetes.kubeconfig);
  return new KubernetesApi(config);
}

/** Signed in by the files that the kubelet mounts, as a controller in a pod. */
function byServiceAccount(): KubernetesApi {
  const config = new KubeConfig();
  config.loadFromCluster(root);
  return new KubernetesApi(config);
}

function inPod(): PodApi {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  return new PodApi({ host: host!, port: port!, serviceAccount });
}

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  root = mkdtempSync(join(tmpdir(), "pod-"));
  serviceAccount = join(root, serviceAccountDir);
  Object.assign(process.env, kubernetes.environment(serviceAccount));
});
afterEach(async () => {
  for (const name of Object.keys(kubernetes.environment(serviceAccount))) delete process.env[name];
  api?.close();
  await kubernetes.stop();
  rmSync(root, { recursive: true });
});

describe.each([
  ["by a kubeconfig", byKubeconfig],
  ["by a pod's service account", byServiceAccount],
])("who has signed in %s", (_, signIn) => {
  beforeEach(() => void (api = signIn()));

  it("deletes an object only as it was seen", async () => {
    const path = `${collection}/a`;
    const { metadata } = await api.call<any>("POST", collection, { body: configMap("a") });
    kubernetes.setStatus(path, { phase: "Changed" });
    const { uid, resourceVersion } = metadata;
    const outdated = api.call("DELETE", path, { body: { preconditions: { uid, resourceVersion } } });
    await expect(outdated).rejects.toMatchObject({ status: 409 });
    await api.call("DELETE", path, { body: { preconditions: { uid } } });
    expect(kubernetes.objects.has(path)).toBe(false);
    await api.call("GET", collection);
  });

  it("creates, reads and changes objects", async () => {
    await api.call("POST", collection, { body: configMap("a") });
    const status = { phase: "Ready" };
    await api.call("PATCH", `${collection}/a/status`, {
      contentType: "application/merge-patch+json",
      body: { status },
    });
    expect(await api.call("GET", `${collection}/a`)).toMatchObject({ metadata: { name: "a" }, status });
  });

  it("watches until the server ends the watch", async () => {
    const seen: string[] = [];
    const look = ({ type, object }: WatchEvent<{ metadata: { name: string } }>) => {
      seen.push(`${type} ${object.metadata.name}`);
      kubernetes.breakWatches();
    };
    kubernetes.apply(collection, configMap("a"));
    const watching = api.watch("/api/v1/configmaps", { resourceVersion: "0" }, 60, AbortSignal.timeout(5000), look);
    await expect(watching).rejects.toThrow();
    expect(seen).toEqual(["ADDED a"]);
  });

  it("ends a watch when the listener throws, with what it threw", async () => {
    kubernetes.apply(collection, configMap("a"));
    const look = () => {
      throw new Error("cannot be dealt with");
    };
    const watching = api.watch("/api/v1/configmaps", { resourceVersion: "0" }, 60, AbortSignal.timeout(5000), look);
    await expect(watching).rejects.toThrow("cannot be dealt with");
  });

  it("is told what the server refuses", async () => {
    await expect(api.call("GET", `${collection}/a`)).rejects.toMatchObject({ status: 404, message: "not found" });
    expect(await unlessMissing(api.call("GET", `${collection}/a`))).toBeUndefined();
    kubernetes.intercept = () => 403;
    await expect(unlessMissing(api.call("GET", `${collection}/a`))).rejects.toMatchObject({ status: 403 });
    const watching = api.watch(collection, {}, 60, AbortSignal.timeout(5000), () => {});
    await expect(watching).rejects.toMatchObject({ status: 403 });
  });
});

describe("a container that makes a few requests", () => {
  it("creates and reads objects", async () => {
    await inPod().call("POST", collection, configMap("a"));
    expect(await inPod().call("GET", `${collection}/a`)).toMatchObject({ metadata: { name: "a" } });
    await expect(inPod().call("POST", collection, configMap("a"))).rejects.toMatchObject({ status: 409 });
  });

  it("takes the token that the kubelet has renewed", async () => {
    const pod = inPod();
    writeFileSync(join(serviceAccount, "token"), "of yesterday");
    await expect(pod.call("GET", collection)).rejects.toMatchObject({ status: 401 });
    kubernetes.environment(serviceAccount);
    expect(await pod.call("GET", collection)).toMatchObject({ items: [] });
  });
});
