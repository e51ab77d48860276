/**
 * apply and destroy on the local Kubernetes, with a project whose objects each test declares, and with the project's
 * own stacks.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { plain } from "../../cli/common/colors";
import { diffText } from "../../cli/diff/diffText";
import { diff } from "../../cli/diff/stackDiff";
import { apply, type ApplyOptions, type ApplyResult } from "../../cli/engine/apply/apply";
import { applySummary } from "../../cli/engine/apply/applyText";
import { applyWaves, desiredObjects } from "../../cli/engine/apply/desiredObjects";
import { destroy, type DestroyOptions } from "../../cli/engine/apply/destroy";
import { decideAction, takeAction } from "../../cli/engine/apply/objectAction";
import {
  configMap,
  type Declared,
  definition,
  deployment,
  group,
  image,
  job,
  ledger,
  namespace,
  namespaceObject,
  network,
  scaled,
  scaledNamespace,
  service,
  settings,
  thing,
} from "../../cli/engine/apply/testdata/objects";
import { connect } from "../../cli/engine/cluster/clusterConnection";
import { Discovery } from "../../cli/engine/cluster/discovery";
import type { TypedObject } from "../../cli/engine/cluster/kubernetesObject";
import { waitUntilReady } from "../../cli/engine/cluster/waitUntil";
import { runProgram } from "../../cli/engine/program/programs";
import { readRecord } from "../../cli/engine/record/stackRecord";
import { whyUnsupported } from "../../local-cluster/host";
import { down, up } from "../../local-cluster/localCluster";
import { importStandIn } from "../../local-cluster/ownImages";
import type { Progress } from "../../local-cluster/progress";
import { run } from "../../local-cluster/run";
import type { LocalCluster } from "../../local-cluster/runningCluster";
import { ProjectCopy } from "../projectCopy";

const repository = join(__dirname, "../..");
const fixture = join(repository, "cli/engine/apply/testdata/project");

// Using an instance that runs already saves its start while one writes tests.
const instance = process.env.BAAS_TEST_INSTANCE ?? "test";

let skipReason: string | undefined;
let cluster: LocalCluster;
let projectDir: string;
/** All output since the beginning of the file. */
const shown: string[] = [];
let lines: string[] = [];

const progress: Progress = {
  line: (text) => void lines.push(text),
  waiting: (text, details = []) => void shown.push(text, ...details),
  done: () => undefined,
};

function kubectl(args: string[], input?: string): Promise<string> {
  return run(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, ...args], { input });
}

async function exists(kind: string, name: string, inside = namespace): Promise<boolean> {
  return (await kubectl(["get", kind, name, "-n", inside, "--ignore-not-found", "-o", "name"])) !== "";
}

/** Writes the stack file that declares these objects. */
function declare(stack: string, objects: Declared[], settings: Record<string, unknown> = {}): void {
  const config = { context: cluster.context, objects, ...settings };
  const keys = Object.entries(config).map(([key, value]) => [`apply-fixture:${key}`, value]);
  // JSON is YAML.
  writeFileSync(
    join(projectDir, "stacks", `Pulumi.${stack}.yaml`),
    JSON.stringify({ config: Object.fromEntries(keys) }),
  );
}

async function applied(stack: string, options: Partial<ApplyOptions> = {}): Promise<ApplyResult> {
  lines = [];
  try {
    const result = await apply({ projectDir, stack, policies: undefined, timeoutMs: 120_000, progress, ...options });
    shown.push(applySummary(result));
    return result;
  } finally {
    shown.push(...lines);
  }
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: Error = await work.then(
    () => Promise.reject(new Error("was not refused")),
    (reason) => reason,
  );
  expect(error.name).toBe("UserError");
  shown.push(error.message);
  return error.message;
}

function destroyed(stack: string, options: Partial<DestroyOptions> = {}) {
  return destroy({ projectDir, stack, timeoutMs: 120_000, progress, ...options });
}

beforeAll(async () => {
  skipReason = await whyUnsupported();
  if (skipReason !== undefined) return;
  cluster = await up({ type: "debian", name: instance });
  await importStandIn(cluster, image);
  projectDir = mkdtempSync(join(tmpdir(), "baas-apply-"));
  cpSync(fixture, projectDir, { recursive: true });
  mkdirSync(join(projectDir, "stacks"));
  symlinkSync(join(repository, "node_modules"), join(projectDir, "node_modules"));
  await removeAll();
  declare("plat", [namespaceObject("apply-plat"), definition], { namespace: "apply-plat" });
  declare("net", network(), settings);
});

afterAll(async () => {
  if (cluster === undefined) return;
  if (process.env.BAAS_TEST_INSTANCE === undefined) await down({ name: instance, purge: true });
  else await removeAll();
  rmSync(projectDir, { recursive: true, force: true });
});

async function removeAll(): Promise<void> {
  const names = [namespace, "apply-plat", "apply-pulumi", "apply-other", scaledNamespace];
  await kubectl(["delete", "namespace", ...names, "--ignore-not-found"]);
  await kubectl(["delete", "crd", `things.${group}`, "--ignore-not-found"]);
}

beforeEach(({ skip }) => skip(skipReason !== undefined, skipReason));

describe("a cluster that cannot be used", () => {
  it("is named with its server when it does not answer", async () => {
    const kubeconfig = join(projectDir, "kubeconfig");
    const content = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "far", cluster: { server: "https://127.0.0.1:1" } }],
      contexts: [{ name: "far-away", context: { cluster: "far", user: "nobody" } }],
      users: [{ name: "nobody", user: { token: "none" } }],
      "current-context": "far-away",
    };
    writeFileSync(kubeconfig, JSON.stringify(content));
    const before = process.env.KUBECONFIG;
    process.env.KUBECONFIG = kubeconfig;
    try {
      const unreachable = await refusal(applied("net", { context: "far-away" }));
      expect(unreachable).toMatch(
        /context "far-away" does not answer at https:\/\/127\.0\.0\.1:1: .*connection refused/,
      );
      expect(unreachable).toContain("-> Nothing was changed. Check: kubectl --context far-away");
      // The current context of the kubeconfig is never a substitute.
      const unknown = await refusal(applied("net", { context: "elsewhere" }));
      expect(unknown).toContain(
        `there is no context "elsewhere" in your kubeconfig (${kubeconfig}). It holds: far-away.`,
      );
      expect(await refusal(applied("net", { context: "baas-local-none" }))).toContain("./baas local up --name none");
    } finally {
      if (before === undefined) delete process.env.KUBECONFIG;
      else process.env.KUBECONFIG = before;
    }
  });

  it("is refused while the platform is missing, and nothing is touched", async () => {
    declare("net", network(thing), settings);
    expect(await refusal(applied("net"))).toBe(
      `stack "net" needs "plat" to be applied first: context "${cluster.context}" lacks kinds Thing (${group}/v1) and ` +
        `namespace apply-plat\n  -> Nothing was changed. Run: ./baas apply plat --context ${cluster.context}`,
    );
    expect(await exists("namespace", namespace)).toBe(false);
  });
});

describe("a workload with an autoscaler", () => {
  it("is applied with it", async () => {
    declare("scaled", scaled());
    expect(await applied("scaled")).toMatchObject({ created: 3, end: "ready" });
  });
});

describe("the life of a network", () => {
  it("waits until custom resources are ready, and tells why they are not", async () => {
    expect(await applied("plat")).toMatchObject({ created: 2, changed: 0, end: "ready" });
    declare("net", network(thing, configMap("settings", { color: "red" }), configMap("extra", {})), settings);
    const since = shown.length;
    const running = applied("net");
    // The test acts as the controller as soon as apply waits for it.
    await expect
      .poll(() => shown.slice(since).join("\n"), { timeout: 60_000 })
      .toContain("no controller has processed it");
    await setReady("False", "NotRegistered", "the authority does not answer");
    await expect
      .poll(() => shown.slice(since).join("\n"), { timeout: 60_000 })
      .toContain("the authority does not answer");
    await setReady("True", "Registered", "done");
    const result = await running;
    expect(result).toMatchObject({ created: 7, changed: 0, unchanged: 0, deleted: 0, notReady: [], end: "ready" });
    expect(applySummary(result)).toMatch(/^net in .*: 7 created; all ready/);
    expect(readRecord(projectDir, "net")?.resources.length).toBeGreaterThan(7);
  });

  it("changes nothing the second time and says so", async () => {
    const before = await versions();
    const result = await applied("net");
    expect(result).toMatchObject({ created: 0, changed: 0, replaced: 0, deleted: 0, unchanged: 7 });
    expect(applySummary(result)).toMatch(/: nothing changed \(7 objects\); all ready/);
    expect(lines).toEqual([]);
    expect(await versions()).toEqual(before);
  });

  it("is compared by the server itself, and nothing is touched", async () => {
    const before = await versions();
    const compared = async () => diffText(await diff({ projectDir, stacks: ["net"], live: true }), plain);
    const title = `net, compared with the cluster of context "${cluster.context}":`;
    const notes = "Notes:\n  not compared, as only an apply creates their data: Secret password\n";
    expect(await compared()).toBe(`${title}\nNothing changes.\n\n${notes}`);
    const moved = [namespaceObject(namespace), service, ledger({ serviceName: "other" }), thing];
    declare("net", [...moved, configMap("settings", { color: "blue" }), configMap("new", {})], settings);
    const text = await compared();
    expect(text).toContain(`${title}

Errors:
  StatefulSet ${namespace}/ledger: an immutable field was changed
    spec.serviceName
`);
    expect(text).toContain(`
${notes}
Objects: 1 to create, 2 to update, 1 to delete
  -  ConfigMap extra
  ~  ConfigMap settings
       data.color: red -> blue
  ~  StatefulSet ledger
  +  ConfigMap new
`);
    expect(await versions()).toEqual(before);
  });

  it("changes what differs, deletes what is no longer declared, and keeps volumes as they are", async () => {
    const grown = [namespaceObject(namespace), service, ledger({ storage: "20Mi" })];
    declare("net", [...grown, thing, configMap("settings", { color: "blue" })], settings);
    expect(await applied("net")).toMatchObject({ created: 0, changed: 1, deleted: 1, unchanged: 5, end: "ready" });
    expect(lines).toEqual([
      `changed ConfigMap ${namespace}/settings`,
      `deleted ConfigMap ${namespace}/extra: no longer declared`,
    ]);
    expect(await applied("net")).toMatchObject({ changed: 0, deleted: 0, unchanged: 6 });
  });

  it("waits for a rollout, and tells the pod's own reason when it does not come about", async () => {
    const broken = ledger({ container: { envFrom: [{ secretRef: { name: "not-there" } }] } });
    declare("net", [namespaceObject(namespace), service, broken, thing, configMap("settings", {})], settings);
    const failed = await applied("net", { timeoutMs: 15_000 });
    expect(failed.end).toBe("timeout");
    expect(failed.notReady.map(({ reason }) => reason).join()).toMatch(/pod ledger-0: .*secret "not-there" not found/);
    expect(applySummary(failed)).toContain("stopped waiting at the timeout");

    // Kubernetes waits for the broken pod to become ready before it replaces it.
    declare("net", [namespaceObject(namespace), service, ledger(), thing, configMap("settings", {})], settings);
    const stuck = await applied("net", { timeoutMs: 8_000 });
    expect(applySummary(stuck)).toContain(`kubectl delete pod ledger-0 -n ${namespace}`);
    await kubectl(["delete", "pod", "ledger-0", "-n", namespace]);
    expect(await applied("net")).toMatchObject({ changed: 0, end: "ready" });
  });

  it("keeps namespace and volumes when destroyed, and uses them again", async () => {
    const before = await log();
    const { deleted, kept } = await destroyed("net");
    expect(deleted).toBe(5);
    expect(kept).toEqual([`Namespace ${namespace}`, `1 volume claims in ${namespace}: data-ledger-0`]);
    expect(await exists("statefulset", "ledger")).toBe(false);
    expect(await kubectl(["get", "pods", "-n", namespace, "-o", "name"])).toBe("");
    expect(readRecord(projectDir, "net")).toBeUndefined();
    expect((await destroyed("net")).deleted).toBe(0);

    const again = applied("net");
    await expect.poll(() => exists("thing", "one"), { timeout: 60_000 }).toBe(true);
    await setReady("True", "Registered", "done");
    expect(await again).toMatchObject({ created: 5, unchanged: 1, end: "ready" });
    expect(await log()).toBe(`${before}started\n`);
  });
});

describe("what is refused", () => {
  it("a field of a StatefulSet that cannot change", async () => {
    declare(
      "net",
      [namespaceObject(namespace), service, ledger({ serviceName: "other" }), thing, configMap("settings", { a: "b" })],
      settings,
    );
    const before = await versions();
    const message = await refusal(applied("net"));
    expect(message).toContain(`StatefulSet ${namespace}/ledger: an immutable field was changed\n  spec.serviceName\n`);
    expect(message).toContain(`kubectl delete statefulset ledger -n ${namespace} --cascade=orphan`);
    expect(await versions()).toEqual(before);
  });

  it("but kinds without data are made anew", async () => {
    declare("net", network(thing, deployment("web", "first")), settings);
    await applied("net");
    declare("net", network(thing, deployment("web", "second")), settings);
    expect(await applied("net")).toMatchObject({ replaced: 1, created: 0, end: "ready" });
    expect(lines).toEqual([`replaced Deployment ${namespace}/web`]);
  });

  it("nor a Job whose pods change, nor one that has failed and is to run again", async () => {
    declare("net", network(thing, job("test", "bad-luck", 1)), settings);
    const failed = await applied("net");
    expect(failed).toMatchObject({ created: 1, end: "failed" });
    expect(applySummary(failed)).toMatch(
      /Job .*\/test: pod test-\w+: container main: ended with Error \(1\): bad-luck/,
    );
    expect(await applied("net")).toMatchObject({ replaced: 1, end: "failed" });
    declare("net", network(thing, job("test", "well", 0)), settings);
    expect(await applied("net")).toMatchObject({ replaced: 1, end: "ready" });
    expect(lines).toContain(`replaced Job ${namespace}/test`);
    expect(await applied("net")).toMatchObject({ replaced: 0, changed: 0, created: 0, end: "ready" });
  });

  it("fields that another program manages, unless they are to be taken over", async () => {
    const other = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "shared", namespace },
      data: { color: "green" },
    };
    declare("net", network(thing, configMap("shared", { color: "red" })), settings);
    await kubectl(["apply", "--server-side", "--field-manager=gardener", "-f", "-"], JSON.stringify(other));
    const message = await refusal(applied("net"));
    expect(message).toContain(`ConfigMap ${namespace}/shared`);
    expect(message).toContain('data.color is set by "gardener"');
    expect(await kubectl(["get", "configmap", "shared", "-n", namespace, "-o", "jsonpath={.data.color}"])).toBe(
      "green",
    );
    expect(await applied("net", { forceConflicts: true })).toMatchObject({ changed: 1 });
    expect(await kubectl(["get", "configmap", "shared", "-n", namespace, "-o", "jsonpath={.data.color}"])).toBe("red");
  });

  it("an object that the API server does not accept, before anything else is applied", async () => {
    const typo = deployment("typo", "typo", { imge: image });
    const port = deployment("port", "port", { ports: [{ containerPort: 70_000 }] });
    declare("net", network(thing, configMap("good", {}), typo), settings);
    expect(await refusal(applied("net"))).toMatch(
      /Deployment apply-net\/typo: the cluster refuses it\n.*imge: field not declared in schema/,
    );
    declare("net", network(thing, configMap("good", {}), port), settings);
    expect(await refusal(applied("net"))).toMatch(
      /Deployment apply-net\/port: .*\n.*containerPort: .*between 1 and 65535/,
    );
    expect(await exists("configmap", "good")).toBe(false);
  });

  it("deleting what is protected", async () => {
    declare("net", network(thing, configMap("precious", {}, { protect: true })), settings);
    await applied("net");
    declare("net", network(thing), settings);
    expect(await refusal(applied("net"))).toContain(
      `no longer declared, but protected:\n  ConfigMap ${namespace}/precious`,
    );
    expect(await refusal(destroyed("net"))).toContain("precious");
    declare("net", network(thing, configMap("precious", {})), settings);
    await applied("net");
    declare("net", network(thing), settings);
    expect(await applied("net")).toMatchObject({ deleted: 1 });
  });

  it("an object of another stack", async () => {
    declare("other", [configMap("settings", {}), service]);
    expect(await refusal(applied("other"))).toContain(`Service ${namespace}/ledger belongs to stack "net"`);
    expect(await exists("configmap", "settings")).toBe(false);
  });

  it("a network that the Pulumi CLI manages", async () => {
    const inside = { name: "settings", namespace: "apply-pulumi" };
    declare("theirs", [
      namespaceObject("apply-pulumi"),
      { object: { apiVersion: "v1", kind: "ConfigMap", metadata: inside } },
    ]);
    await kubectl(["create", "namespace", "apply-pulumi", "--field-manager=pulumi-kubernetes-12ab"]);
    const theirs = { apiVersion: "v1", kind: "ConfigMap", metadata: inside, data: { by: "pulumi" } };
    await kubectl(
      ["apply", "--server-side", "--field-manager=pulumi-kubernetes-12ab", "-f", "-"],
      JSON.stringify(theirs),
    );
    for (const work of [applied, destroyed]) {
      const message = await refusal(work("theirs"));
      expect(message).toContain(
        'stack "theirs" is managed by the Pulumi CLI in this cluster: ConfigMap apply-pulumi/settings',
      );
      expect(message).toContain('"pulumi up -s theirs"');
    }
    // Any stack may adopt objects that `pulumi destroy` retains.
    await kubectl(["delete", "configmap", "settings", "-n", "apply-pulumi"]);
    expect(await applied("theirs")).toMatchObject({ created: 1, changed: 1 });
    await destroyed("theirs", { purge: true });
    expect(await exists("namespace", "apply-pulumi")).toBe(false);
  });

  it("a second command on the same stack, while an interrupted one leaves the way free", async () => {
    declare(
      "net",
      network(thing, deployment("web", "web", { readinessProbe: { exec: { command: ["false"] } } })),
      settings,
    );
    const controller = new AbortController();
    const since = shown.length;
    const first = applied("net", { signal: controller.signal });
    await expect
      .poll(() => shown.slice(since).join("\n"), { timeout: 60_000 })
      .toMatch(/is not ready|Readiness probe failed/);
    expect(await refusal(applied("net"))).toMatch(/apply of stack "net" by .* \(process \d+\) is running since /);
    expect(await refusal(destroyed("net"))).toContain("is running since");
    controller.abort();
    expect(await refusal(first)).toMatch(/^interrupted\.\nSo far 6 of 6 objects are applied/);
    declare("net", network(thing, deployment("web", "web")), settings);
    expect(await applied("net")).toMatchObject({ changed: 1, end: "ready" });
  });

  it("destroying a platform that networks use", async () => {
    expect(await refusal(destroyed("plat"))).toBe(
      'stack "plat" is the platform of networks in this cluster: net\n' +
        "  -> Nothing was changed. Destroy them first: ./baas destroy net",
    );
  });
});

describe("images", () => {
  it("that cannot be had are reported; what needs them is applied and not waited for", async () => {
    const missing = "registry.invalid/nowhere/none:1";
    declare("net", network(thing, deployment("imageless", "imageless", { image: missing })), settings);
    const result = await applied("net");
    expect(result).toMatchObject({ created: 1, end: "blocked", missingImages: [missing] });
    expect(result.notReady).toMatchObject([
      { object: { metadata: { name: "imageless" } }, reason: `not running: image ${missing} is missing` },
    ]);
    expect(applySummary(result)).toContain("./baas local load ARCHIVE");
    declare("net", network(thing), settings);
    await applied("net");
  });

  // A broker that the stack file has no more is emptied by a Rollout first, which is not ready.
  it("that cannot be had keep everything that the stack no longer has, where a part of it still runs", async () => {
    declare("net", network(thing, deployment("web", "web")), settings);
    expect(await applied("net")).toMatchObject({ end: "ready" });
    const imageless = deployment("imageless", "imageless", { image: "registry.invalid/nowhere/none:1" });
    declare("net", network(imageless), settings);
    const stillRunning = [`Deployment ${namespace}/web`];
    expect(await applied("net")).toMatchObject({ created: 1, deleted: 0, end: "blocked", stillRunning });
    declare("net", network(thing), settings);
    expect(await applied("net")).toMatchObject({ deleted: 2, end: "ready", stillRunning: [] });
  });
});

describe("secrets", () => {
  it("reach the cluster and no output, and lie in one file that only the owner reads", async () => {
    const encoded = await kubectl(["get", "secret", "password", "-n", namespace, "-o", "jsonpath={.data.password}"]);
    const password = Buffer.from(encoded, "base64").toString();
    expect(password).toHaveLength(24);
    const file = join(projectDir, ".baas/random/net.json");
    expect(readFileSync(file, "utf8")).toContain(password);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const text of [shown.join("\n"), readFileSync(join(projectDir, ".baas/state/net.json"), "utf8")]) {
      expect(text).not.toContain(password);
      expect(text).not.toContain(encoded);
    }
  });
});

describe("purge", () => {
  it("deletes everything of a network, its volumes included", async () => {
    const volume = await kubectl(["get", "pvc", "data-ledger-0", "-n", namespace, "-o", "jsonpath={.spec.volumeName}"]);
    await kubectl(["patch", "pv", volume, "-p", '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}']);
    const { kept } = await destroyed("net", { purge: true });
    expect(kept).toEqual([]);
    expect(await exists("namespace", namespace)).toBe(false);
    expect(await exists("pv", volume)).toBe(false);
    expect(existsSync(join(projectDir, ".baas/random/net.json"))).toBe(false);
    expect(readRecord(projectDir, "net")).toBeUndefined();
    await destroyed("plat", { purge: true });
    expect(await exists("crd", `things.${group}`)).toBe(false);
  });
});

describe("purge of a stack in whose namespace others have objects", () => {
  it.each([
    ["a network", { "baas.io/network": "shared" }],
    ["a platform", { "app.kubernetes.io/part-of": "baas" }],
  ])("deletes what carries the labels of %s, and leaves the rest and the namespace", async (_, labels) => {
    const inside = { name: "declared", namespace: "apply-shared", labels };
    declare("shared", [
      { object: { apiVersion: "v1", kind: "Namespace", metadata: { name: "apply-shared", labels } } },
      { object: { apiVersion: "v1", kind: "ConfigMap", metadata: inside } },
    ]);
    await applied("shared");
    const genesis = { apiVersion: "v1", kind: "Secret", metadata: { ...inside, name: "genesis" } };
    const theirs = [
      { apiVersion: "v1", kind: "Secret", metadata: { name: "theirs", namespace: "apply-shared" } },
      { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "leader", namespace: "apply-shared" } },
    ];
    for (const object of [genesis, ...theirs]) await kubectl(["apply", "-f", "-"], JSON.stringify(object));
    const { kept } = await destroyed("shared", { purge: true });
    expect(kept).toEqual([
      "Namespace apply-shared, because others have objects in it: " +
        "Secret apply-shared/theirs, Lease apply-shared/leader",
    ]);
    const left = await kubectl(["get", "secrets,configmaps,leases", "-n", "apply-shared", "-o", "name"]);
    const names = left.split("\n").filter((name) => !/kube-root-ca|^$/.test(name));
    expect(names.sort()).toEqual(["lease.coordination.k8s.io/leader", "secret/theirs"]);
    await kubectl(["delete", "namespace", "apply-shared"]);
  });
});

describe("a workload that its autoscaler has given another number of pods", () => {
  const replicas = () =>
    kubectl(["get", "deployment", "scaled", "-n", scaledNamespace, "-o", "jsonpath={.spec.replicas}"]);

  it("keeps it when the stack is applied again, which changes nothing, and when it changes", async () => {
    // The controller manager's own decision: it took some seconds, of which other tests have made use.
    await expect.poll(replicas, { timeout: 60_000 }).toBe("2");
    expect(await applied("scaled")).toMatchObject({ created: 0, changed: 0, unchanged: 3, end: "ready" });
    expect(await replicas()).toBe("2");
    await kubectl(["scale", "deployment", "scaled", "-n", scaledNamespace, "--replicas=3"]);
    declare("scaled", scaled({ changed: "yes" }));
    expect(await applied("scaled")).toMatchObject({ created: 0, changed: 1, unchanged: 2, end: "ready" });
    expect(await replicas()).toBe("3");
  });
});

describe("the project's own stacks", () => {
  it("are accepted by the API server, object by object, CouchDB and autoscalers too", async () => {
    const project = new ProjectCopy();
    project.edit(
      "stacks/Pulumi.dev.yaml",
      "- { name: org1, clients: [app] }",
      "- { name: org1, clients: [app], stateDatabase: couchdb }",
    );
    project.edit("stacks/Pulumi.dev.yaml", 'version: "1.0"', 'version: "1.0"\n        autoscaling: { maxReplicas: 3 }');
    project.edit(
      "stacks/Pulumi.dev.yaml",
      "    gateway:",
      `    api:
      database: postgresql
      databaseSecret: calls
      autoscaling: { maxReplicas: 3 }
      tokens: { issuer: "https://login.example.com", audience: dev }
      roles: { trader: { actions: [submit] } }
    gateway:
      autoscaling: { maxReplicas: 3 }`,
    );
    const connection = await connect(cluster.context);
    const { api } = connection;
    const made: TypedObject[] = [];
    try {
      for (const stack of ["platform-local", "dev", "trade"]) {
        const desired = desiredObjects(await runProgram({ projectDir: project.dir, stack, dryRun: false }));
        const id = { project: "baas", stack };
        const discovery = await Discovery.load(api);
        const context = { api, discovery, stack: id, forceConflicts: false };
        const foundations = ["Namespace", "CustomResourceDefinition"];
        for (const one of desired.filter(({ object }) => foundations.includes(object.kind))) {
          const planned = await decideAction(context, one);
          const { object } = await takeAction(context, planned, () => Promise.resolve());
          if (planned.live === undefined) made.push({ type: planned.type, object });
        }
        const signal = new AbortController().signal;
        const established = await waitUntilReady({ api, discovery, progress, signal }, made, { timeoutMs: 60_000 });
        expect(established.notReady).toEqual([]);
        const known = { ...context, discovery: await Discovery.load(api) };
        const planned = await Promise.all(
          applyWaves(desired)
            .flat()
            .map((one) => decideAction(known, one)),
        );
        expect(planned.length).toBeGreaterThan(10);
        expect(planned.filter(({ action }) => action === undefined)).toEqual([]);
      }
    } finally {
      for (const { type, object } of made.reverse()) await api.delete(type, object.metadata);
      connection.close();
      project.remove();
    }
  });
});

function log(): Promise<string> {
  return kubectl(["exec", "ledger-0", "-n", namespace, "--", "cat", "/data/log"]);
}

/** Versions of all that net has made. */
async function versions(): Promise<string[]> {
  const kinds = "namespaces,configmaps,secrets,services,statefulsets,deployments,things";
  const selector = "baas.io/stack=net";
  const { items } = JSON.parse(await kubectl(["get", kinds, "-n", namespace, "-l", selector, "-o", "json"]));
  return items
    .map(({ kind, metadata }: any) => `${kind} ${metadata.name} ${metadata.generation ?? metadata.resourceVersion}`)
    .sort();
}

async function setReady(status: string, reason: string, message: string): Promise<void> {
  const condition = { type: "Ready", status, reason, message, lastTransitionTime: new Date().toISOString() };
  const patch = JSON.stringify({ status: { observedGeneration: 1, conditions: [condition] } });
  await kubectl(["patch", "thing", "one", "-n", namespace, "--subresource=status", "--type=merge", "-p", patch]);
}
