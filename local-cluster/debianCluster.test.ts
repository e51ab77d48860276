import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { buildImage } from "./buildImages";
import { whyUnsupported } from "./host";
import { hasImage } from "./imageStore";
import { describeInstance } from "./instance";
import { down, requireRunning, status, up } from "./localCluster";
import { processTable } from "./node";
import { importStandIn } from "./ownImages";
import { loadArchive } from "./releaseArchive";
import { run, tryRun } from "./run";
import type { LocalCluster } from "./runningCluster";
import { pod, tryImage, TryNamespace } from "./testing/tryPods";

const instanceName = "test-cluster";
const instance = describeInstance(instanceName);

let skipReason: string | undefined;
let cluster: LocalCluster;

const kubectl = (args: string[], input?: string) => new TryNamespace(cluster).kubectl(args, input);
const apply = (...objects: object[]) => new TryNamespace(cluster).apply(...objects);
const waitForPod = (name: string, condition?: string) => new TryNamespace(cluster).waitForPod(name, condition);
const exec = (name: string, ...command: string[]) => new TryNamespace(cluster).exec(name, ...command);
const reaches = (from: string, address: string, expected: boolean) =>
  new TryNamespace(cluster).reaches(from, address, expected);

const volume = {
  spec: { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] },
  container: { volumeMounts: [{ name: "data", mountPath: "/data" }] },
};

async function expectNothingLeft(): Promise<void> {
  const mounts = readFileSync("/proc/self/mounts", "utf8");
  expect(mounts).not.toContain(instance.runtimeDir);
  expect(mounts).not.toContain(instance.stateDir);
  expect(existsSync(instance.runtimeDir)).toBe(false);
  expect(existsSync(`/sys/fs/cgroup/memory/${instance.cgroup}`)).toBe(false);
  expect(existsSync(`/sys/fs/cgroup/${instance.cgroup}`)).toBe(false);
  expect((await tryRun("ip", ["link", "show", instance.link])).code).not.toBe(0);
  const processes = await run("ps", ["-eo", "pid,args"]);
  expect(processes.split("\n").filter((line) => line.includes(instance.runtimeDir))).toEqual([]);
}

beforeAll(async () => {
  skipReason = await whyUnsupported();
  if (skipReason) return;
  await down({ name: instanceName, purge: true });
  cluster = await up({ type: "debian", name: instanceName, progress: (line) => console.log(line) });
  await importStandIn(cluster, tryImage);
});

beforeEach((context) => {
  if (skipReason) context.skip(`skipped: ${skipReason}`);
});

afterAll(async () => {
  if (!skipReason) await down({ name: instanceName, purge: true });
});

describe("the local cluster", () => {
  it("has a ready node, and says so", async () => {
    expect(await kubectl(["get", "node", cluster.nodeName])).toContain(" Ready ");
    const found = await status({ name: instanceName });
    expect(found.state).toBe("running");
    expect(Object.values(found.components)).not.toContain(false);
    expect(cluster.context).toBe("baas-local-test-cluster");
  });

  it("is found at once when it runs already", async () => {
    const since = Date.now();
    expect(await up({ type: "debian", name: instanceName })).toEqual(cluster);
    expect(Date.now() - since).toBeLessThan(3000);
  });

  it("keeps keys and kubeconfigs to their owner", async () => {
    const listing = await run("find", [
      instance.stateDir,
      "-name",
      "*.key",
      "-o",
      "-name",
      "*kubeconfig",
      "-type",
      "f",
    ]);
    const files = listing.trim().split("\n");
    expect(files.length).toBeGreaterThan(10);
    const modes = await run("stat", ["--format=%a", ...files]);
    expect(new Set(modes.trim().split("\n"))).toEqual(new Set(["600"]));
  });

  it("gives a pod that is not root a volume it can write, under Pod Security restricted", async () => {
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "try", labels } });
    await apply(
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "data", namespace: "try" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Mi" } } },
      },
      pod("writer", ["sh", "-c", "echo kept > /data/file && sync && sleep 1000"], volume.spec, volume.container),
    );
    await waitForPod("writer");
    expect((await exec("writer", "stat", "-c", "%u %g", "/data/file")).stdout.trim()).toBe("1000 2000");
  });

  it("refuses a pod that Pod Security restricted forbids", async () => {
    const forbidden = pod("root", ["sleep", "1"], { securityContext: { runAsUser: 0 } });
    await expect(apply(forbidden)).rejects.toThrow(/violates PodSecurity/);
  });

  it("resolves the names of Services, and no others", async () => {
    expect((await exec("writer", "nslookup", "kubernetes.default.svc.cluster.local")).stdout).toContain("10.96.0.1");
    expect((await exec("writer", "nslookup", "example.com")).code).not.toBe(0);
  });

  it("enforces NetworkPolicies: what is allowed passes, all else does not", async () => {
    const serve = ["sh", "-c", "echo hello > /tmp/index.html && httpd -f -p 8080 -h /tmp"];
    await apply(pod("server", serve), pod("friend", ["sleep", "1000"]), pod("stranger", ["sleep", "1000"]), {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "server", namespace: "try" },
      spec: { selector: { app: "server" }, ports: [{ port: 8080 }] },
    });
    for (const name of ["server", "friend", "stranger"]) await waitForPod(name);
    expect(await reaches("friend", "server", true)).toBe(true);
    expect(await reaches("stranger", "server", true)).toBe(true);

    await apply(
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "default-deny", namespace: "try" },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      },
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "server", namespace: "try" },
        spec: {
          podSelector: { matchLabels: { app: "server" } },
          ingress: [{ from: [{ podSelector: { matchLabels: { app: "friend" } } }], ports: [{ port: 8080 }] }],
        },
      },
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "out", namespace: "try" },
        spec: {
          podSelector: { matchExpressions: [{ key: "app", operator: "In", values: ["friend", "stranger"] }] },
          policyTypes: ["Egress"],
          egress: [
            { to: [{ podSelector: { matchLabels: { app: "server" } } }] },
            {
              to: [
                {
                  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
                  podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
                },
              ],
              ports: [{ port: 53, protocol: "UDP" }],
            },
          ],
        },
      },
    );
    expect(await reaches("stranger", "server", false)).toBe(false);
    expect(await reaches("friend", "server", true)).toBe(true);
    const address = (
      await kubectl(["--namespace=try", "get", "pod", "server", "-o", "jsonpath={.status.podIP}"])
    ).trim();
    expect(await reaches("stranger", address, false)).toBe(false);
    expect(await reaches("friend", address, true)).toBe(true);
  });

  it("lets nothing out of the machine", async () => {
    await kubectl(["--namespace=try", "delete", "networkpolicy", "--all"]);
    const attempt = await exec("stranger", "nc", "-w", "2", "192.0.2.1", "80");
    expect(attempt.code).not.toBe(0);
    expect(await kubectl(["--namespace=try", "logs", "server"])).toBe("");
  });

  it("heals when a component was killed", async () => {
    const scheduler = processTable(instance).read("kube-scheduler");
    process.kill(scheduler?.pid ?? 0, "SIGKILL");
    await expect.poll(async () => (await status({ name: instanceName })).state).toBe("broken");
    await up({ type: "debian", name: instanceName });
    expect((await status({ name: instanceName })).state).toBe("running");
    expect(processTable(instance).read("kube-scheduler")?.pid).not.toBe(scheduler?.pid);
  });

  it("keeps its data over a stop, and leaves nothing running or mounted", async () => {
    await kubectl(["--namespace=try", "create", "configmap", "note", "--from-literal=text=kept"]);
    await down({ name: instanceName });
    await expectNothingLeft();
    await expect(requireRunning(instanceName)).rejects.toThrow(/not running.*up --name test-cluster/s);

    cluster = await up({ type: "debian", name: instanceName });
    expect(await kubectl(["--namespace=try", "get", "configmap", "note", "-o", "jsonpath={.data.text}"])).toBe("kept");
    await kubectl(["--namespace=try", "delete", "pod", "writer", "--ignore-not-found"]);
    await apply(pod("reader", ["cat", "/data/file"], volume.spec, volume.container));
    await waitForPod("reader", "jsonpath={.status.phase}=Succeeded");
    expect(await kubectl(["--namespace=try", "logs", "reader"])).toBe("kept\n");
  });

  it("starts again after its processes were all killed at once", async () => {
    process.kill(processTable(instance).read("init")?.pid ?? 0, "SIGKILL");
    // On a busy machine they do not die at once.
    await expect.poll(async () => (await status({ name: instanceName })).state, { timeout: 10_000 }).toBe("stopped");
    cluster = await up({ type: "debian", name: instanceName });
    expect(await kubectl(["--namespace=try", "get", "configmap", "note", "-o", "name"])).toContain("note");
  });

  it("builds an image from a Dockerfile and runs it", async () => {
    const context = mkdtempSync(join(tmpdir(), "baas-test-"));
    const major = process.versions.node.split(".")[0];
    writeFileSync(
      join(context, "Dockerfile"),
      `FROM node:${major}-bookworm-slim AS build\nRUN echo "console.log(6 * 7)" > /main.js\n` +
        `FROM node:${major}-bookworm-slim\nCOPY --from=build /main.js /app/\nUSER 1000:1000\nENTRYPOINT ["node", "/app/main.js"]\n`,
    );
    try {
      await buildImage(cluster, { context, reference: "example.com/test/answer:1" });
    } finally {
      rmSync(context, { recursive: true });
    }
    expect(await hasImage(cluster, "example.com/test/answer:1")).toBe(true);
    await apply(pod("answer", ["node", "/app/main.js"], {}, { image: "example.com/test/answer:1" }));
    await waitForPod("answer", "jsonpath={.status.phase}=Succeeded");
    expect(await kubectl(["--namespace=try", "logs", "answer"])).toBe("42\n");
  });

  it("refuses archives that are no Fabric release, and says what to take", async () => {
    const directory = mkdtempSync(join(tmpdir(), "baas-test-"));
    const archive = join(directory, "release.tar.gz");
    const pack = async (program: Buffer) => {
      await run("mkdir", ["-p", join(directory, "bin")]);
      writeFileSync(join(directory, "bin/fabric-ca-server"), program);
      writeFileSync(join(directory, "bin/fabric-ca-client"), program);
      await run("tar", ["-czf", archive, "-C", directory, "bin"]);
    };
    try {
      await expect(loadArchive(cluster, join(directory, "absent"))).rejects.toThrow(/does not exist/);
      writeFileSync(archive, "no archive");
      await expect(loadArchive(cluster, archive)).rejects.toThrow(/not an archive.*hyperledger-fabric/s);
      await run("tar", ["-czf", archive, "-C", "/etc", "hostname"]);
      await expect(loadArchive(cluster, archive)).rejects.toThrow(/has none of bin\/peer/);
      const foreign = Buffer.alloc(64);
      foreign.write("\x7fELF", "latin1");
      foreign[5] = 1;
      foreign.writeUInt16LE(0xf3, 18);
      await pack(foreign);
      await expect(loadArchive(cluster, archive)).rejects.toThrow(/is for riscv64/);
      await pack(Buffer.from("#!/bin/sh\n"));
      await expect(loadArchive(cluster, archive)).rejects.toThrow(/no Linux program/);
      expect((await status({ name: instanceName })).images.filter((each) => each.includes("fabric"))).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("removes a volume's directory with its claim, and no other directory", async () => {
    // As the node sees it, which has mounts of its own.
    const volumes = join(`/proc/${processTable(instance).read("volumes")?.pid}/root`, instance.nodeDir, "volumes");
    mkdirSync(join(volumes, "somebody-elses"));
    expect(readdirSync(volumes).filter((each) => each.endsWith("_try_data"))).toHaveLength(1);
    await kubectl(["--namespace=try", "delete", "pod", "--all", "--now"]);
    await kubectl(["--namespace=try", "delete", "pvc", "data"]);
    await expect.poll(() => readdirSync(volumes), { timeout: 20_000 }).toEqual(["somebody-elses"]);
  });

  it("is gone without a trace after a purge", async () => {
    await down({ name: instanceName, purge: true });
    await expectNothingLeft();
    expect(existsSync(instance.stateDir)).toBe(false);
    expect((await status({ name: instanceName })).state).toBe("absent");
  });
});
