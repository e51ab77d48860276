import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { addonManifests } from "./addons";
import { builtBinaries, kubernetesVersion } from "./binaries";
import { hierarchies } from "./cgroups";
import { components, type NodeContext } from "./nodeComponents";
import { packagesToFetch, parseOsRelease } from "./debianPackages";
import { requireDiskSpace } from "./machineResources";
import { describeInstance, linkAt } from "./instance";
import { planCertificates } from "./pki";
import { describeProcess, isAlive, parseStat, ProcessTable } from "./processes";
import { readFileSync } from "node:fs";

const instance = describeInstance("local", "/somewhere/baas");
const link = linkAt(0);
const context: NodeContext = {
  instance,
  link,
  binaries: builtBinaries(),
  packages: { root: "/prefix", env: {}, program: (name) => `/prefix/${name}`, file: (file) => `/prefix${file}` },
};

describe("the components", () => {
  const flags = (name: string) =>
    components(context)
      .find((each) => each.name === name)
      ?.argv.slice(1) ?? [];

  it("authorize by node and role, and check what nodes change", () => {
    expect(flags("kube-apiserver")).toContain("--authorization-mode=Node,RBAC");
    expect(flags("kube-apiserver")).toContain("--enable-admission-plugins=NodeRestriction");
    expect(flags("kube-apiserver").join(" ")).not.toContain("anonymous-auth=true");
  });

  it("reach etcd by TLS with a certificate of its own authority", () => {
    expect(flags("etcd")).toContain("--client-cert-auth=true");
    expect(flags("kube-apiserver").filter((flag) => flag.startsWith("--etcd"))).toEqual([
      "--etcd-servers=https://127.0.0.1:2379",
      "--etcd-cafile=/somewhere/baas/.baas/local/local/pki/etcd-ca.crt",
      "--etcd-certfile=/somewhere/baas/.baas/local/local/pki/etcd-client.crt",
      "--etcd-keyfile=/somewhere/baas/.baas/local/local/pki/etcd-client.key",
    ]);
  });

  it("keep their sockets and data apart from those of any other instance", () => {
    const text = JSON.stringify(components(context));
    expect(text).not.toMatch(/\/run\/containerd|\/var\/lib|\/etc\/cni|\/opt\/cni/);
    expect(text).toContain(instance.runtimeDir);
  });

  it("do not collect images, which could not be pulled again", () => {
    const kubelet = components(context).find((each) => each.name === "kubelet");
    expect(Object.values(kubelet?.files ?? {}).join()).toContain('"imageGCHighThresholdPercent": 100');
  });

  it("are built from the release that they say", () => {
    const gomod = readFileSync(join(__dirname, "go/kubernetes/go.mod"), "utf8");
    expect(gomod).toContain(`k8s.io/kubernetes ${kubernetesVersion} `);
  });
});

describe("the certificates", () => {
  const { certificates } = planCertificates(instance, link);

  it("make nobody but the user an administrator", () => {
    const administrators = certificates.filter(({ organizations }) => organizations.includes("system:masters"));
    expect(administrators.map(({ name }) => name)).toEqual(["admin"]);
  });

  it("let no Kubernetes certificate into etcd", () => {
    const etcd = certificates.filter(({ authority }) => authority === "etcd-ca");
    expect(etcd.map(({ name }) => name)).toEqual(["etcd", "etcd-client"]);
  });

  it("name the API server by the address that the host reaches it at", () => {
    expect(certificates.find(({ name }) => name === "apiserver")?.addresses).toContain(link.nodeAddress);
  });
});

describe("the addons", () => {
  it("have all their values, and pull nothing", () => {
    const text = addonManifests(instance, { coredns: "localhost/c:1", provisioner: "localhost/p:1" });
    expect(text).not.toMatch(/\$\{/);
    expect(text.match(/imagePullPolicy: (\w+)/g)).toEqual(Array(3).fill("imagePullPolicy: Never"));
  });
});

describe("what the system tells", () => {
  it("is read from /etc/os-release", () => {
    const text = 'PRETTY_NAME="X"\nID=ubuntu\nID_LIKE="debian other"\nVERSION_CODENAME=noble\n';
    expect(parseOsRelease(text)).toEqual({ id: "ubuntu", codename: "noble", like: ["debian", "other"] });
    expect(parseOsRelease("")).toEqual({ id: "", codename: "", like: [""] });
  });

  it("is read from apt's simulation, but never the C library", () => {
    const simulation = [
      "Reading package lists...",
      "Inst libip4tc2:amd64 (1.8.9-2 Debian:12/stable [amd64])",
      "Inst libc6 [2.36-9] (2.36-10 Debian:12/stable [amd64])",
      "Inst runc [1.0] (1.1.5+ds1-1+b5 Debian:12/stable [amd64])",
      "Conf runc (1.1.5+ds1-1+b5 Debian:12/stable [amd64])",
    ].join("\n");
    expect(packagesToFetch(simulation)).toEqual(["libip4tc2=1.8.9-2", "runc=1.1.5+ds1-1+b5"]);
  });

  it("is read from the table of mounts", () => {
    const table =
      "30 24 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n" +
      "31 24 0:27 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n" +
      "32 1 8:1 / / rw - ext4 /dev/sda rw";
    expect(hierarchies(table)).toEqual([
      { mountPoint: "/sys/fs/cgroup/memory", unified: false },
      { mountPoint: "/sys/fs/cgroup/unified", unified: true },
    ]);
  });
});

describe("a process record", () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "baas-test-"))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it("holds for the process that was recorded", () => {
    const table = new ProcessTable(directory);
    expect(isAlive(table.write("self", process.pid, "mark"))).toBe(true);
    expect(isAlive(table.read("self"))).toBe(true);
    expect(table.names()).toEqual(["self"]);
  });

  it("does not hold for a later process with the same number, nor after a restart of the machine", () => {
    const record = { ...describeProcess(process.pid)!, recordedAt: 0, fingerprint: "" };
    expect(isAlive({ ...record, startTime: "1" })).toBe(false);
    expect(isAlive({ ...record, bootId: "another" })).toBe(false);
    expect(isAlive({ ...record, pid: 2 ** 22 + 1 })).toBe(false);
  });

  it("counts for nothing when it was cut off by a crash", () => {
    writeFileSync(join(directory, "etcd.json"), '{"pid": 1');
    expect(new ProcessTable(directory).read("etcd")).toBeUndefined();
  });

  it("reads the start time behind any process name", () => {
    const stat = "42 (a b) c)) S 7 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1 1";
    expect(parseStat(stat)).toEqual({ state: "S", parent: 7, exiting: false, startTime: "98765" });
  });

  it("knows a process that is about to be gone", () => {
    expect(parseStat("42 (init) S 7 1 1 0 -1 4194564 1 2 3 4 5 6 7 8 20 0 1 0 98765").exiting).toBe(true);
  });
});

describe("a full disk", () => {
  it("is refused with what is free and what is needed, also where the directory is not made yet", async () => {
    await expect(requireDiskSpace("/tmp/not/there/yet", 1e9, "a test")).rejects.toThrow(
      /GiB free; a test needs 1000000000/,
    );
    await expect(requireDiskSpace("/tmp", 0, "a test")).resolves.toBeUndefined();
  });
});
