/** A network whose stack file names somebody else's namespace: refused at every door, with nothing touched. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { apply } from "../../cli/engine/apply/apply";
import { destroy } from "../../cli/engine/apply/destroy";
import { runProgram } from "../../cli/engine/program/programs";
import { renderTo } from "../../cli/engine/render/render";
import { whyUnsupported } from "../../local-cluster/host";
import { down, up } from "../../local-cluster/localCluster";
import { run, tryRun } from "../../local-cluster/run";
import type { LocalCluster } from "../../local-cluster/runningCluster";
import { ProjectCopy } from "../projectCopy";
import { ControllerPlatform } from "./controllerPlatform";

const progress = { line: () => undefined, waiting: () => undefined, done: () => undefined };
const refusedByServer =
  "Namespace payments was there before, and does not belong to network dev. Nothing takes it over: choose another namespace";

let skipReason: string | undefined;
let cluster: LocalCluster;
let project: ProjectCopy;
let folder: string;

beforeAll(async () => {
  skipReason = await whyUnsupported();
  if (skipReason !== undefined) return;
  cluster = await up({ type: "debian", name: "test-ownership" });
  await ControllerPlatform.install(cluster);
  project = new ProjectCopy();
  project.edit("stacks/environments/local.yaml", "context: baas-local", `context: ${cluster.context}`);
  folder = mkdtempSync(join(tmpdir(), "baas-rendered-"));
  await kubectl("create", "namespace", "payments");
  await kubectl("create", "configmap", "settings", "-n", "payments");
});

beforeEach(({ skip }) => skip(skipReason !== undefined, skipReason));

afterAll(async () => {
  if (skipReason !== undefined) return;
  project?.remove();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  await down({ name: "test-ownership", purge: true });
});

const kubectlArguments = (...args: string[]) => ["--kubeconfig", cluster.kubeconfig, ...args];
const kubectl = (...args: string[]) => run(cluster.kubectl, kubectlArguments(...args));

/** Everything in the namespace, and its labels. */
async function contents(): Promise<string> {
  const all =
    "configmaps,secrets,leases,services,serviceaccounts,networkpolicies,roles,rolebindings,statefulsets,deployments,identities";
  return `${await kubectl("get", all, "-n", "payments", "-o", "name")}${await kubectl("get", "namespace", "payments", "--show-labels")}`.replace(
    /\d+s +/g,
    "",
  );
}

describe("a namespace that was there before", () => {
  beforeAll(() => {
    if (skipReason !== undefined) return;
    project.edit(
      "stacks/Pulumi.dev.yaml",
      "domain: dev.example.com",
      "domain: dev.example.com\n    namespace: payments",
    );
  });

  it("is refused by apply, before anything is touched", async () => {
    const before = await contents();
    const refused = apply({ projectDir: project.dir, stack: "dev", policies: undefined, progress });
    await expect(refused).rejects.toThrow(
      "Namespace payments was there before, and belongs to something else\n  -> Nothing was changed.",
    );
    expect(await contents()).toBe(before);
  });

  it("is refused by kubectl apply of rendered manifests, with all that goes into it", async () => {
    const before = await contents();
    const result = await runProgram({ projectDir: project.dir, stack: "dev", dryRun: true });
    renderTo(folder, result);
    for (const how of [["--server-side"], []]) {
      const { code, stdout, stderr } = await tryRun(
        cluster.kubectl,
        kubectlArguments("apply", ...how, "--recursive", "-f", folder),
      );
      expect(code).toBe(1);
      expect(stderr).toContain(refusedByServer);
      expect(stderr).toContain("namespace payments does not belong to network dev: choose another namespace");
      expect(stdout).toBe("");
    }
    expect(await contents()).toBe(before);
  });

  it("stays as it is when the network is purged that was never there", async () => {
    const before = await contents();
    await destroy({ projectDir: project.dir, stack: "dev", purge: true, progress });
    expect(await contents()).toBe(before);
  });
});

describe("labels of a network", () => {
  it.each([
    ["on a new object in its namespace are taken", "mine", "network-a", 0],
    ["on a new object in another network's namespace are refused", "other", "network-b", 1],
    ["on a new object in nobody's namespace are refused", "lost", "payments", 1],
  ])("%s", async (_, name, namespace, code) => {
    for (const network of ["network-a", "network-b"]) {
      const own = {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: network, labels: { "baas.io/network": network } },
      };
      await run(cluster.kubectl, kubectlArguments("apply", "-f", "-"), { input: JSON.stringify(own) });
    }
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace, labels: { "baas.io/network": "network-a" } },
    };
    const made = await tryRun(cluster.kubectl, kubectlArguments("create", "-f", "-"), {
      input: JSON.stringify(object),
    });
    expect(made.code, made.stderr).toBe(code);
  });

  it("do not let a CertificateAuthority in a network's namespace pass for the platform's", async () => {
    const labels = { "baas.io/network": "network-a", "app.kubernetes.io/part-of": "baas" };
    const object = {
      apiVersion: "baas.io/v1alpha1",
      kind: "CertificateAuthority",
      metadata: { name: "platform-ca", namespace: "network-a", labels },
      spec: { organization: "platform", domain: "platform-local", scope: "platform", url: "https://thief:7054" },
    };
    const made = await tryRun(cluster.kubectl, kubectlArguments("create", "-f", "-"), {
      input: JSON.stringify(object),
    });
    expect(made.code, made.stderr).toBe(1);
    expect(made.stderr).toContain("scope platform is for the CertificateAuthority in the platform's namespace");
  });

  it("cannot be put on somebody else's object, nor changed", async () => {
    for (const args of [
      ["configmap", "settings", "-n", "payments", "baas.io/network=payments"],
      ["namespace", "network-a", "baas.io/network=network-b", "--overwrite"],
      ["namespace", "payments", "app.kubernetes.io/part-of=baas"],
    ]) {
      const { code, stderr } = await tryRun(cluster.kubectl, kubectlArguments("label", ...args));
      expect(code).toBe(1);
      expect(stderr).toContain("was there before, and does not belong to");
    }
  });

  it("cannot be put on a namespace through a subresource either", async () => {
    const patch = JSON.stringify({ metadata: { labels: { "baas.io/network": "payments" } } });
    const how = ["--subresource=status", "--type=merge", `--patch=${patch}`];
    const { code, stderr } = await tryRun(cluster.kubectl, kubectlArguments("patch", "namespace", "payments", ...how));
    expect(code).toBe(1);
    expect(stderr).toContain("was there before, and does not belong to");
  });

  it("may be those of another product of the same name, in its own namespaces", async () => {
    await kubectl("create", "configmap", "of-another-baas", "-n", "payments");
    await kubectl("label", "configmap", "of-another-baas", "-n", "payments", "app.kubernetes.io/part-of=baas");
    await kubectl("label", "configmap", "of-another-baas", "-n", "payments", "tier=back");
    await kubectl("delete", "configmap", "of-another-baas", "-n", "payments");
  });

  it("keep the state database of a peer's StatefulSet", async () => {
    const labels = { "baas.io/network": "network-a", "app.kubernetes.io/component": "peer", app: "peer" };
    const peer = (...names: string[]) => ({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "peer0-org1", namespace: "network-a", labels },
      spec: {
        replicas: 0,
        serviceName: "peer",
        selector: { matchLabels: { app: "peer" } },
        template: {
          metadata: { labels },
          spec: { containers: names.map((name) => ({ name, image: "example.com/none:1" })) },
        },
      },
    });
    const applied = (object: object) =>
      tryRun(cluster.kubectl, kubectlArguments("apply", "--server-side", "-f", "-"), { input: JSON.stringify(object) });
    expect((await applied(peer("peer"))).code).toBe(0);
    const { code, stderr } = await applied(peer("peer", "couchdb"));
    expect(code).toBe(1);
    expect(stderr).toContain(
      "StatefulSet peer0-org1: stateDatabase cannot be changed: the peer's ledger is bound to it",
    );
    expect((await applied(peer("peer", "proxy"))).code).toBe(0);
  });

  it("cannot be taken off a namespace, which would get no pods any more", async () => {
    const { code, stderr } = await tryRun(
      cluster.kubectl,
      kubectlArguments("label", "namespace", "network-a", "baas.io/network-"),
    );
    expect(code).toBe(1);
    expect(stderr).toContain("Namespace network-a keeps its labels");
    await kubectl("label", "namespace", "network-a", "team=payments");
  });
});
