/**
 * The project under the real Pulumi CLI and its Kubernetes provider, on the local Kubernetes. With FABRIC_ARCHIVES the network is
 * real; without, a double says for the network controller that a channel is ready, as soon as all that it needs is started.
 */
import { type ChildProcess, execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { dump, load } from "js-yaml";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { provideStackImages } from "../../cli/engine/apply/stackImages";
import { preview } from "../../cli/engine/preview/preview";
import { previewDigest } from "../../cli/engine/preview/previewJson";
import { whyUnsupported } from "../../local-cluster/host";
import { down, up } from "../../local-cluster/localCluster";
import { loadArchive } from "../../local-cluster/releaseArchive";
import { run } from "../../local-cluster/run";
import type { LocalCluster } from "../../local-cluster/runningCluster";
import { policyPackIn } from "../../policies/pack";
import { ProjectCopy } from "../projectCopy";
import { type Ended, ended, PulumiCli, whyNoPulumi } from "../pulumi/pulumiCli";
import { ReadinessDouble } from "../pulumi/readinessDouble";

const archives = process.env.FABRIC_ARCHIVES?.split(":");
const policies = ["--policy-pack", "policies"];
const manySlots = "--parallel=16";
const repository = join(__dirname, "../..");

let skipReason: string | undefined;
let cluster: LocalCluster;
let project: ProjectCopy;
let pulumi: PulumiCli;
let controller: ReadinessDouble | undefined;

beforeAll(async () => {
  skipReason = (await whyUnsupported()) ?? (await whyNoPulumi());
  if (skipReason !== undefined) return;
  cluster = await up({ type: "debian", name: "test-pulumi" });
  for (const archive of archives ?? []) await loadArchive(cluster, archive);
  project = new ProjectCopy();
  project.edit("stacks/environments/local.yaml", "context: baas-local", `context: ${cluster.context}`);
  pulumi = PulumiCli.for(project.dir, { KUBECONFIG: cluster.kubeconfig });
  for (const stack of ["platform-local", "dev"]) await succeeds("stack", "init", stack);
});

beforeEach(({ skip }) => skip(skipReason !== undefined, skipReason));

afterAll(async () => {
  if (skipReason !== undefined) return;
  controller?.stop();
  pulumi?.remove();
  project?.remove();
  await down({ name: "test-pulumi", purge: true });
});

async function succeeds(...args: string[]): Promise<Ended> {
  const result = await pulumi.run(...args);
  expect(result.status, result.output).toBe(0);
  return result;
}

const upOf = (stack: string, ...more: string[]) => ["up", "-s", stack, "--yes", "--skip-preview", ...more];
const kubectl = (...args: string[]) => run(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, ...args]);

/** Does what `baas images` does. */
async function provide(stack: string): Promise<void> {
  const progress = { line: () => undefined, waiting: () => undefined, done: () => undefined };
  const { signal } = new AbortController();
  await provideStackImages({ projectDir: project.dir, stack, context: cluster.context, progress, signal });
}

const offline = (stack: string) => preview(project.dir, stack, { policies: policyPackIn(project.dir) });

describe("a network without its platform", () => {
  it("is refused, with what comes first", async () => {
    const { status, output } = await pulumi.run("preview", "-s", "dev");
    expect(status).not.toBe(0);
    expect(output).toContain("pulumi up -s platform-local");
    expect(output).not.toMatch(/^ +at /m);
  });
});

describe("the platform", () => {
  it("is previewed, brought up, and unchanged after that", async () => {
    await provide("platform-local");
    const { create } = (await offline("platform-local")).changes!.counts;
    const previewed = await succeeds("preview", "-s", "platform-local", ...policies);
    expect(previewed.output).toContain(`${create} to create`);
    expect((await succeeds(...upOf("platform-local", ...policies))).output).toContain(`${create} created`);
    await succeeds("preview", "-s", "platform-local", "--expect-no-changes", ...policies);
  });
});

describe("a network", () => {
  beforeAll(async () => {
    if (skipReason !== undefined) return;
    if (archives !== undefined) return provide("dev");
    // Without Fabric, nothing gets as far as a gateway and transactions.
    await withoutController();
    changeNetwork((network) => {
      delete network.gateway;
      delete network.chaincodes[0].smokeTest;
    });
    controller = new ReadinessDouble(kubectl, "dev");
  });

  it("has the same objects in a preview of the CLI as in one of baas", async () => {
    const { stdout } = await succeeds("preview", "-s", "dev", "--json", ...policies);
    const ours = JSON.parse(JSON.stringify(previewDigest(await offline("dev"), 0)));
    expect(comparable(JSON.parse(stdout))).toEqual(comparable(ours));
  });

  it("comes up, and goes, with a single slot", async () => {
    await succeeds(...upOf("dev", "--parallel=1", ...policies));
    await succeeds(...upOf("dev", "--expect-no-changes", ...policies));
    await succeeds("destroy", "-s", "dev", "--yes", "--skip-preview");
  });

  it("is taken up by the next up after an interrupt, with many slots", async () => {
    for (const [signals, steps] of [
      [1, 3],
      [1, 10],
      [2, 12],
      [2, 15],
    ] as const) {
      const interrupted = pulumi.start(...upOf("dev", manySlots));
      const end = ended(interrupted);
      await stepsOf(interrupted, steps);
      for (let sent = 0; sent < signals; sent++) {
        interrupted.kill("SIGINT");
        await sleep(300);
      }
      const { status, output } = await end;
      expect(status).not.toBe(0);
      expect(output).not.toContain("currently locked");
      // While the CLI saves its state it listens to no signal: one that comes then ends it at once, and the stack stays locked.
      await succeeds("cancel", "-s", "dev", "--yes");
    }
    await succeeds(...upOf("dev", manySlots, ...policies));
    await succeeds(...upOf("dev", "--expect-no-changes", ...policies));
    const managers = await fieldManagers();
    expect(managers.filter((manager) => manager.startsWith("pulumi"))).toEqual(["pulumi-baas"]);
  });

  it("is changed by an edit, and only there", async () => {
    changeNetwork((network) => (network.channels[0].batch = { timeout: "1s" }));
    const { output } = await succeeds(...upOf("dev", ...policies));
    expect(output).toMatch(/~ 2 updated/);
  });

  it("is the same through another kubeconfig, and after a refresh", async () => {
    const other = join(project.dir, "kubeconfig");
    copyFileSync(cluster.kubeconfig, other);
    const elsewhere = pulumi.with({ KUBECONFIG: other });
    for (const command of [["preview"], ["refresh", "--yes", "--skip-preview"]]) {
      const { status, output } = await elsewhere.run(...command, "-s", "dev", "--expect-no-changes");
      expect(status, output).toBe(0);
    }
  });

  it("has no key and no password in its state", async () => {
    const { stdout } = await succeeds("stack", "export", "-s", "dev");
    expect(stdout).not.toMatch(/PRIVATE KEY/);
    const secrets: any[] = JSON.parse(await kubectl("-n", "dev", "get", "secrets", "-o", "json")).items;
    const texts = secrets.flatMap(({ data = {} }) =>
      Object.entries<string>(data).flatMap(([key, value]) =>
        /password|secret/i.test(key) ? [value, Buffer.from(value, "base64").toString()] : [],
      ),
    );
    if (archives !== undefined) expect(texts.length).toBeGreaterThan(10);
    for (const text of texts) expect(stdout).not.toContain(text);
  });

  it.each([
    ["preview", "dev", "resources-budget", { enforcementLevel: "mandatory", cpu: "1m" }],
    ["up", "platform-local", "resources-bounds", { roles: { controller: { mostMemory: "1Mi" } } }],
  ])("is refused by a policy before anything changes: %s of %s, %s %o", async (command, stack, policy, settings) => {
    const before = await generations();
    changeStack(stack, (config) => (config.policies = { [policy]: settings }));
    const { violations } = await offline(stack);
    expect(violations.map((violation) => violation.policy)).toEqual([policy]);
    const args = command === "up" ? upOf(stack) : [command, "-s", stack];
    const { status, output } = await pulumi.run(...args, ...policies);
    expect(status, output).not.toBe(0);
    for (const line of violations[0]!.message.split("\n")) expect(output).toContain(line);
    expect(await generations()).toBe(before);
    changeStack(stack, (config) => delete config.policies);
  });

  it("has a stack file that passes lint after the CLI wrote into it", () => {
    expect(project.read("stacks/Pulumi.dev.yaml")).toContain("encryptionsalt: ");
    const prettier = join(repository, "node_modules/prettier/bin/prettier.cjs");
    const args = [prettier, "--check", "--ignore-path", ".prettierignore", "stacks"];
    copyFileSync(join(repository, ".prettierignore"), join(project.dir, ".prettierignore"));
    execFileSync(process.execPath, args, { cwd: project.dir, stdio: "pipe" });
  });
});

describe("a preview without the cluster's kubeconfig", () => {
  it("says that it compares with no cluster, and how to name it", async () => {
    const { status, output } = await pulumi.with({ KUBECONFIG: "/nowhere" }).run("preview", "-s", "dev");
    expect(output).toContain(`no kubeconfig has the context "${cluster.context}" (/nowhere)`);
    expect(output).toContain("export KUBECONFIG=$PWD/.baas/local/local/kubeconfig");
    expect(output).toContain("./baas images dev brings them to the cluster");
    expect(status, output).toBe(0);
  });
});

describe("a network in a namespace that was there before", () => {
  it("is refused by preview and up, with nothing touched", async () => {
    await kubectl("create", "namespace", "payments");
    await kubectl("create", "configmap", "settings", "-n", "payments");
    const organizations = [{ name: "org1" }];
    const network = { environment: "local", domain: "intruder.example.com", namespace: "payments", organizations };
    project.write("stacks/Pulumi.intruder.yaml", dump({ config: { "baas:network": network } }));
    await succeeds("stack", "init", "intruder");
    const before = await contentsOf("payments");
    for (const command of [["preview", "-s", "intruder"], upOf("intruder")]) {
      const { status, output } = await pulumi.run(...command);
      expect(status, output).not.toBe(0);
      expect(output).toContain("Namespace payments was there before, and does not belong to network intruder");
    }
    expect(await contentsOf("payments")).toBe(before);
  });
});

/** Waits until a command has reported so many steps, or has ended. */
function stepsOf(child: ChildProcess, count: number): Promise<void> {
  let output = "";
  return new Promise((resolve) => {
    child.on("close", () => resolve());
    child.stdout!.on("data", (text: string) => {
      output += text;
      if ((output.match(/^ [+~] /gm) ?? []).length >= count) resolve();
    });
  });
}

/** Everything in a namespace, with its labels and the namespace's own. */
async function contentsOf(namespace: string): Promise<string> {
  const kinds = "configmaps,secrets,services,serviceaccounts,networkpolicies,rolebindings,statefulsets";
  const labels = "jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.labels}{'\\n'}{end}";
  const parts = await Promise.all([
    kubectl("get", kinds, "-n", namespace, "-o", labels),
    kubectl("get", "namespace", namespace, "-o", "jsonpath={.metadata.labels}"),
  ]);
  return parts.join("\n");
}

function withoutController(): Promise<string> {
  return kubectl("-n", "baas-platform", "scale", "deployment", "baas-controller", "--replicas=0");
}

/** What the documents of the CLI and of baas have in common: all but where a resource is in the source, and providers. */
function comparable({ steps, changeSummary }: any): object {
  const of = ({ op, urn, newState }: any) => {
    const { stackTrace: _trace, sourcePosition: _position, provider: _provider, dependencies, ...state } = newState;
    // The provider leaves out empty fields.
    if (/NetworkPolicy|providers/.test(state.type)) delete state.inputs;
    return [urn, { op, ...state, dependencies: dependencies?.toSorted() }];
  };
  return { changeSummary, steps: Object.fromEntries(steps.map(of)) };
}

function generations(): Promise<string> {
  const path = "{range .items[*]}{.kind}/{.metadata.name} {.metadata.generation}{'\\n'}{end}";
  return kubectl("get", "deployments,statefulsets,channels,chaincodes", "-A", "-o", `jsonpath=${path}`);
}

/** Edits a stack file: what stands under its one key. */
function changeStack(stack: string, edit: (config: any) => unknown): void {
  const file = `stacks/Pulumi.${stack}.yaml`;
  const content: any = load(project.read(file));
  edit(Object.values(content.config)[0]);
  project.write(file, dump(content));
}

const changeNetwork = (edit: (network: any) => unknown): void => changeStack("dev", edit);

/** Names under which programs wrote fields of the network's objects. */
async function fieldManagers(): Promise<string[]> {
  const kinds = "statefulsets,deployments,services,configmaps,channels,chaincodes,identities,networkpolicies";
  const { items } = JSON.parse(await kubectl("-n", "dev", "get", kinds, "-o", "json", "--show-managed-fields"));
  const managers = items.flatMap(({ metadata }: any) => metadata.managedFields.map(({ manager }: any) => manager));
  return [...new Set<string>(managers)].sort();
}
