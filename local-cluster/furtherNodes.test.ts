/** A cluster of three nodes: what is spread, reached, refused, bound, drained and lost between nodes. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { whyUnsupported } from "./host";
import { describeInstance, firstNodes, nodeAddress } from "./instance";
import { down, restartNode, status, stopNode, up } from "./localCluster";
import { processTable } from "./node";
import { importStandIn } from "./ownImages";
import { run, tryRun } from "./run";
import type { LocalCluster } from "./runningCluster";
import { pod, podSpec, tryImage, TryNamespace } from "./testing/tryPods";

const name = "test-nodes";
const instance = describeInstance(name);
const places = firstNodes(instance, 3);
const [first, second, third] = places.map(({ nodeName }) => nodeName);

let skipReason: string | undefined;
let cluster: LocalCluster;
let pods: TryNamespace;

const progress = (line: string) => console.log(line);
const until = (check: () => unknown, timeout = 60_000) => vi.waitFor(check, { timeout, interval: 300 });
const on = (node: string) => ({ nodeSelector: { "kubernetes.io/hostname": node } });
const kubectl = (...args: string[]) => pods.kubectl(args);
const inTry = (...args: string[]) => pods.kubectl(["--namespace=try", ...args]);

async function items(kind: string, ...args: string[]): Promise<any[]> {
  return JSON.parse(await inTry("get", kind, "--output=json", ...args)).items;
}

/** The pods of an app that are not being deleted. */
async function podsOf(app: string): Promise<any[]> {
  const found = await items("pods", `--selector=app=${app}`);
  return found.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

const nodesOfApp = async (app: string) => (await podsOf(app)).map(({ spec }) => spec.nodeName as string).sort();

/** How many volumes each node has. */
const volumes = () => places.map(({ dataDir }) => readdirSync(join(dataDir, "volumes")).length);

function isReady({ status }: any): boolean {
  return status.conditions?.some((each: any) => each.type === "Ready" && each.status === "True") ?? false;
}

/** Web servers, on as many nodes as possible of those that take pods. They leave a lost node after a second. */
function deployment(app: string, replicas: number, spec: object = {}): object {
  const matchLabels = { app };
  const topologySpreadConstraints = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    ...{ topologyKey, maxSkew: 1, whenUnsatisfiable: "DoNotSchedule", nodeTaintsPolicy: "Honor" },
    labelSelector: { matchLabels },
    // Pods of an earlier template do not count.
    matchLabelKeys: ["pod-template-hash"],
  }));
  const tolerations = ["unreachable", "not-ready"].map((taint) => ({
    ...{ key: `node.kubernetes.io/${taint}`, operator: "Exists", effect: "NoExecute", tolerationSeconds: 1 },
  }));
  const serve = ["sh", "-c", "hostname > /tmp/index.html && exec httpd -f -p 8080 -h /tmp"];
  const container = { readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: app, namespace: "try" },
    spec: {
      replicas,
      selector: { matchLabels },
      template: {
        metadata: { labels: matchLabels },
        spec: podSpec(serve, { topologySpreadConstraints, tolerations, ...spec }, container),
      },
    },
  };
}

const rolledOut = (app: string) => inTry("rollout", "status", `deployment/${app}`, "--timeout=60s");

function budget(app: string, minAvailable: number): object {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: app, namespace: "try" },
    spec: { minAvailable, selector: { matchLabels: { app } } },
  };
}

beforeAll(async () => {
  skipReason = await whyUnsupported();
  if (skipReason !== undefined) return;
  await down({ name, purge: true });
  cluster = await up({ type: "debian", name, progress });
  pods = new TryNamespace(cluster);
  await importStandIn(cluster, tryImage);
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await pods.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "try", labels } });
  await pods.apply(pod("early", ["sleep", "10000"]));
  await pods.waitForPod("early");
});

beforeEach(({ skip }) => skip(skipReason !== undefined, skipReason));

afterAll(async () => {
  if (skipReason === undefined) await down({ name, purge: true });
});

describe("a local cluster of several nodes", () => {
  it("grows from one node to three, and what runs goes on", async () => {
    const pids = () =>
      processTable(instance)
        .names()
        .map((each) => processTable(instance).read(each)?.pid);
    const before = pids();
    cluster = await up({ name, nodes: 3, progress });
    expect(pids()).toEqual(before);
    const [early] = await podsOf("early");
    expect(early.status.containerStatuses[0]).toMatchObject({ ready: true, restartCount: 0 });
    const { items: nodes } = JSON.parse(await kubectl("get", "nodes", "--output=json"));
    expect(nodes.every(isReady)).toBe(true);
    const labels = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"];
    expect(nodes.map(({ metadata }: any) => labels.map((label) => metadata.labels[label]))).toEqual([
      [first, "zone-1"],
      [second, "zone-2"],
      [third, "zone-3"],
    ]);
    expect(await status({ name })).toMatchObject({
      state: "running",
      nodes: places.map(({ nodeName }) => ({ name: nodeName, isRunning: true })),
    });
  });

  it("has the images of the first node on all others, and spreads pods over them", async () => {
    await pods.apply(deployment("web", 3), {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "try" },
      spec: { type: "NodePort", selector: { app: "web" }, ports: [{ port: 8080, nodePort: 30123 }] },
    });
    await rolledOut("web");
    expect(await nodesOfApp("web")).toEqual([first, second, third]);
  });

  it("leads to pods and Services from every node, and to NodePorts of every node from this machine", async () => {
    await pods.apply(pod("friend", ["sleep", "10000"], on(second)), pod("stranger", ["sleep", "10000"], on(third)));
    for (const each of ["friend", "stranger"]) await pods.waitForPod(each);
    const servers = await podsOf("web");
    for (const { status } of servers) expect(await pods.reaches("friend", status.podIP, true)).toBe(true);
    const answered = new Set<string>();
    await until(async () => {
      const { stdout } = await pods.exec("stranger", "timeout", "2", "wget", "-q", "-O", "-", "http://web:8080/");
      answered.add(stdout.trim());
      expect([...answered].sort()).toEqual(servers.map(({ metadata }) => metadata.name).sort());
    });
    const { nodeAddress: host } = cluster;
    const link = { hostAddress: "", nodeAddress: host, prefixLength: 29 };
    for (const place of places) {
      const response = await fetch(`http://${nodeAddress(link, place)}:30123/`);
      expect(response.status).toBe(200);
    }
    expect(await inTry("logs", "stranger")).toBe("");
    expect((await pods.exec("stranger", "nc", "-w", "2", "192.0.2.1", "80")).code).not.toBe(0);
  });

  it("enforces NetworkPolicies between nodes", async () => {
    await pods.apply({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "web", namespace: "try" },
      spec: {
        podSelector: { matchLabels: { app: "web" } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: "friend" } } }], ports: [{ port: 8080 }] }],
      },
    });
    for (const { spec, status } of await podsOf("web")) {
      expect([spec.nodeName, await pods.reaches("stranger", status.podIP, false)]).toEqual([spec.nodeName, false]);
      expect([spec.nodeName, await pods.reaches("friend", status.podIP, true)]).toEqual([spec.nodeName, true]);
    }
    await inTry("delete", "networkpolicy", "web");
    await inTry("delete", "pod", "friend", "stranger", "--now");
  });

  it("makes a volume on the node of its first pod, and binds later pods to that node", async () => {
    await pods.apply({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "keeper", namespace: "try" },
      spec: {
        serviceName: "keeper",
        selector: { matchLabels: { app: "keeper" } },
        template: {
          metadata: { labels: { app: "keeper" } },
          spec: podSpec(["sh", "-c", "echo $(hostname) >> /data/starts && exec sleep 10000"], on(third), {
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          }),
        },
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
          },
        ],
      },
    });
    await inTry("rollout", "status", "statefulset/keeper", "--timeout=60s");
    expect(volumes()).toEqual([0, 0, 1]);
    const patch = [{ op: "remove", path: "/spec/template/spec/nodeSelector" }];
    await inTry("patch", "statefulset", "keeper", "--type=json", "--patch", JSON.stringify(patch));
    await inTry("rollout", "status", "statefulset/keeper", "--timeout=60s");
    expect(await nodesOfApp("keeper")).toEqual([third]);
    expect((await pods.exec("keeper-0", "cat", "/data/starts")).stdout).toBe("keeper-0\nkeeper-0\n");
  });

  it("is drained through one PodDisruptionBudget while another one holds, and then through both", async () => {
    await pods.apply(deployment("single", 1, on(second)), budget("single", 1), budget("web", 2));
    await rolledOut("single");
    await until(async () => expect((await items("pdb")).map((each) => each.status.currentHealthy)).toEqual([1, 3]));
    const drain = (timeout: string) => {
      const args = ["drain", second, "--ignore-daemonsets", "--delete-emptydir-data", "--force", timeout];
      return tryRun(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, ...args]);
    };
    const held = await drain("--timeout=8s");
    expect(held.stderr).toMatch(/Cannot evict pod as it would violate the pod's disruption budget/);
    expect(held.code).not.toBe(0);
    expect(await nodesOfApp("single")).toEqual([second]);
    await until(async () => expect((await podsOf("web")).filter(isReady)).toHaveLength(3));
    expect(await nodesOfApp("web")).not.toContain(second);

    await inTry("delete", "pdb", "single");
    expect(await drain("--timeout=30s")).toMatchObject({ code: 0 });
    expect((await podsOf("single")).map(isReady)).toEqual([false]);
    await kubectl("uncordon", second);
    await rolledOut("single");
    expect(await nodesOfApp("single")).toEqual([second]);
  });

  it("loses a node: Kubernetes marks its pods and replaces them elsewhere; with the node, its volume is back", async () => {
    // One of them must be on the node that is lost.
    await inTry("rollout", "restart", "deployment/web");
    await rolledOut("web");
    await until(async () => expect(await nodesOfApp("web")).toEqual([first, second, third]));
    await stopNode({ name, node: third });
    expect(existsSync(places[2].runtimeDir)).toBe(false);
    expect(await status({ name })).toMatchObject({ state: "running", nodes: [{}, {}, { isRunning: false }] });
    await until(async () => {
      const [{ reason }] = JSON.parse(await kubectl("get", "node", third, "--output=json")).status.conditions.filter(
        (each: any) => each.type === "Ready",
      );
      expect(reason).toBe("NodeStatusUnknown");
      const [keeper] = await podsOf("keeper");
      expect(isReady(keeper)).toBe(false);
    }, 90_000);
    await until(async () => {
      const ready = (await podsOf("web")).filter(isReady);
      expect(ready.map(({ spec }) => spec.nodeName)).toHaveLength(3);
      expect(ready.map(({ spec }) => spec.nodeName)).not.toContain(third);
    });

    await restartNode({ name, node: third });
    expect(await status({ name })).toMatchObject({ state: "running", nodes: [{}, {}, { isRunning: true }] });
    await until(async () => {
      const [keeper] = await podsOf("keeper");
      expect([keeper?.spec.nodeName, keeper && isReady(keeper)]).toEqual([third, true]);
    });
    expect((await pods.exec("keeper-0", "cat", "/data/starts")).stdout).toBe("keeper-0\n".repeat(3));
  });

  it("removes a volume from its node with its claim", async () => {
    await inTry("delete", "statefulset", "keeper");
    await inTry("delete", "pvc", "data-keeper-0");
    await until(() => expect(volumes()).toEqual([0, 0, 0]));
  });

  it("does not stop the node of the control plane, or one that it does not have", async () => {
    await expect(stopNode({ name, node: first })).rejects.toThrow(/runs the control plane/);
    await expect(stopNode({ name, node: "other" })).rejects.toThrow(`Its nodes are ${first}, ${second}, ${third}.`);
  });

  it("has as many nodes as before when it starts again, and cannot have fewer", async () => {
    await down({ name });
    for (const { runtimeDir } of places) expect(existsSync(runtimeDir)).toBe(false);
    cluster = await up({ name, progress });
    expect((await status({ name })).nodes.map(({ isRunning }) => isRunning)).toEqual([true, true, true]);
    await until(async () => expect((await podsOf("web")).filter(isReady)).toHaveLength(3));
    await expect(up({ name, nodes: 2 })).rejects.toThrow(/has 3 nodes, and cannot shrink to 2/);
  });

  it("is gone without a trace after a purge", async () => {
    await down({ name, purge: true });
    const processes = await run("ps", ["-eo", "args"]);
    expect(processes.split("\n").filter((line) => line.includes(instance.runtimeDir))).toEqual([]);
    for (const { runtimeDir, cgroup } of places) {
      expect(existsSync(runtimeDir)).toBe(false);
      expect(existsSync(`/sys/fs/cgroup/memory/${cgroup}`)).toBe(false);
      expect(existsSync(`/sys/fs/cgroup/${cgroup}`)).toBe(false);
    }
    expect(existsSync(instance.stateDir)).toBe(false);
    expect(await run("ip", ["route"])).not.toContain(instance.link);
  });
});
