/**
 * The upgrade of an environment and its network from the previous release, on the local Kubernetes: what that release declared is
 * there, with pods that run; then this release is applied over it. Fabric's programs are stand-ins that are ready and do nothing.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { apply, type ApplyResult } from "../../cli/engine/apply/apply";
import { applyWaves, type DesiredObject, desiredObjects } from "../../cli/engine/apply/desiredObjects";
import { podImages } from "../../cli/engine/apply/provideImages";
import { connect, type Connection } from "../../cli/engine/cluster/clusterConnection";
import { Discovery } from "../../cli/engine/cluster/discovery";
import { runProgram } from "../../cli/engine/program/programs";
import { whyUnsupported } from "../../local-cluster/host";
import { down, up } from "../../local-cluster/localCluster";
import { run } from "../../local-cluster/run";
import type { LocalCluster } from "../../local-cluster/runningCluster";
import { caNamesOf, registrarKeys, rootKeyOf, rootKeys } from "../../model/contracts/certificateAuthority";
import { enrolmentKeys } from "../../model/contracts/enrolment";
import { rootsConfigMapName } from "../../model/contracts/names";
import { platformCaName } from "../../model/contracts/platformCa";
import { definitionName, definitionSpec, type Version } from "../../model/customResources/definition";
import { identityDefinition } from "../../model/customResources/identity";
import { policyPackIn } from "../../policies/pack";
import { TestCa } from "../../services/common/testing/testCa";
import { ProjectCopy } from "../projectCopy";
import { previousProgram } from "../upgrade/previousRelease";
import { writeControllerKubeconfig } from "./controllerPlatform";
import { buildController, ControllerProcess } from "./controllerProcess";
import { importStandIns } from "./upgrade/standInImages";

const instance = "test-upgrade";
const platform = "platform-local";
const network = "dev";

let skipReason: string | undefined;
let cluster: LocalCluster;
let connection: Connection;
let project: ProjectCopy;
let folder: string;
let controller: ControllerProcess | undefined;
/** What `apply` says, for a test that fails. */
const said: string[] = [];
const progress = {
  line: (text: string) => void said.push(text),
  waiting: (text: string) => void (said.at(-1) === text || said.push(text)),
  done: () => undefined,
};

/** kubectl with a cache of its own: what it remembers of this server's versions would mislead it in another cluster. */
const kubectlWith = (input: string, ...args: string[]) =>
  run(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, "--cache-dir", join(folder, "cache"), ...args], { input });
const kubectl = (...args: string[]) => kubectlWith("", ...args);
const list = async (...args: string[]): Promise<any[]> => JSON.parse(await kubectl("get", ...args, "-o", "json")).items;
const until = (check: () => unknown, timeout = 120_000) => vi.waitFor(check, { timeout, interval: 500 });

beforeAll(async () => {
  skipReason = await whyUnsupported();
  if (skipReason !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), "baas-upgrade-"));
  project = new ProjectCopy();
  [cluster] = await Promise.all([up({ type: "debian", name: instance }), buildController()]);
  connection = await connect(cluster.context);
  await importStandIns(cluster, await images(), progress);
  await bringUpPrevious();
});

afterAll(async () => {
  if (skipReason !== undefined) return;
  await controller?.stop();
  connection?.close();
  project?.remove();
  await down({ name: instance, purge: true });
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(({ skip, onTestFailed }) => {
  skip(skipReason !== undefined, skipReason);
  onTestFailed(() => console.log(said.join("\n")));
});

/** The objects of this release's stack. */
const declared = async (stack: string) =>
  desiredObjects(await runProgram({ projectDir: project.dir, stack, dryRun: false }));

/** Images of both releases. */
async function images(): Promise<string[]> {
  const stacks = [platform, network];
  const all = [
    ...stacks.map((stack) => desiredObjects(previousProgram(stack))),
    ...(await Promise.all(stacks.map(declared))),
  ];
  return [...new Set(all.flat().flatMap(({ object }) => podImages(object)))];
}

/** Brings up what the previous release declared, and waits until its pods are ready. */
async function bringUpPrevious(): Promise<void> {
  for (const stack of [platform, network]) await applyPrevious(stack);
  await until(async () => {
    const pods = [...(await list("pods", "-n", network)), ...(await list("pods", "-n", "baas-platform"))];
    expect(pods.length).toBe(12);
    for (const pod of pods) expect(isWell(pod), pod.metadata.name).toBe(true);
  });
}

/** Applies what the previous release declared, as its `apply` did. */
async function applyPrevious(stack: string): Promise<void> {
  const desired = desiredObjects(previousProgram(stack));
  for (const wave of applyWaves(desired)) {
    // A kind is served a moment after its definition is there.
    await until(async () => {
      const { api } = connection;
      const discovery = await Discovery.load(api);
      const put = ({ object }: DesiredObject) => api.apply(discovery.get(object.apiVersion, object.kind), object);
      await Promise.all(wave.map(put));
    });
    if (stack === network && wave.some(({ object }) => object.kind === "Namespace")) await makeMounted(desired);
  }
}

const isWell = ({ status }: any): boolean =>
  status.phase === "Succeeded" || status.conditions?.some((one: any) => one.type === "Ready" && one.status === "True");

/** Makes the Secrets and ConfigMaps that pods mount and programs of the previous release made. */
async function makeMounted(desired: readonly DesiredObject[]): Promise<void> {
  const volumes = desired.flatMap(({ object }) => object.spec?.template?.spec?.volumes ?? []);
  const sources = volumes.flatMap((volume: any) => [volume, ...(volume.projected?.sources ?? [])]);
  const secrets: string[] = sources.flatMap(({ secret }: any) => secret?.secretName ?? secret?.name ?? []);
  const roots: string[] = sources.flatMap(({ configMap }: any) => configMap?.name ?? []);
  const { pem } = await TestCa.make("roots");
  for (const name of new Set(secrets)) {
    const values = [...Object.values(registrarKeys), ...Object.values(enrolmentKeys)].map(
      (key) => `--from-literal=${key}=${key}`,
    );
    await ensure("secret", "generic", name, ...values);
  }
  for (const name of new Set(roots.filter((each) => each.endsWith("-roots")))) {
    const values = Object.values(rootKeys).map((key) => `--from-literal=${key}=${pem}`);
    await ensure("configmap", name, ...values);
  }
  // What this release's controller copies from a real CA of the platform.
  const platformRoots = caNamesOf.platform.map((caName) => `--from-literal=${rootKeyOf(caName)}=${pem}`);
  await ensure("configmap", rootsConfigMapName(platformCaName), ...platformRoots);
}

async function ensure(...object: string[]): Promise<void> {
  const manifest = await kubectl("create", ...object, "-n", network, "--dry-run=client", "-o", "yaml");
  await kubectlWith(manifest, "apply", "-f", "-");
}

/** What must not be made anew, by its UID. */
async function kept(): Promise<Record<string, string>> {
  const inNetwork =
    "statefulsets,deployments,persistentvolumeclaims,services,certificateauthorities,identities,channels,chaincodes";
  const items = [
    ...(await list(inNetwork, "-n", network)),
    ...(await list("customresourcedefinitions,persistentvolumes,namespaces")),
    ...(await list("deployments", "-n", "baas-platform")),
  ];
  return Object.fromEntries(items.map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.uid]));
}

/** The pods of nodes by name, and what tells whether they were restarted. */
async function nodes(): Promise<Record<string, unknown>> {
  const pods = await list(
    "pods",
    "-n",
    network,
    "-l",
    "app.kubernetes.io/component in (certificate-authority,orderer,peer)",
  );
  const state = ({ metadata, status }: any) => [
    metadata.uid,
    ...status.containerStatuses.map(({ containerID, restartCount }: any) => [containerID, restartCount]),
  ];
  return Object.fromEntries(pods.map((pod) => [pod.metadata.name, state(pod)]));
}

/** What the apply of a stack has done, sorted. */
async function upgraded(stack: string, timeoutMs: number): Promise<{ result: ApplyResult; changes: string[] }> {
  said.length = 0;
  const { dir } = project;
  const how = { policies: policyPackIn(dir), context: cluster.context, timeoutMs, progress };
  const result = await apply({ projectDir: dir, stack, ...how });
  return { result, changes: said.filter((line) => /^(created|changed|replaced|deleted) /.test(line)).sort() };
}

describe("an upgrade from the previous release", () => {
  let before: Awaited<ReturnType<typeof kept>>;
  let running: Awaited<ReturnType<typeof nodes>>;

  beforeAll(async () => {
    if (skipReason !== undefined) return;
    before = await kept();
    running = await nodes();
  });

  it("needs the platform first", async () => {
    await expect(upgraded(network, 1000)).rejects.toThrow('stack "dev" needs "platform-local" to be applied first');
  });

  it("changes of the platform what this release declares otherwise", async () => {
    // The stand-in of the platform's CA gets never ready.
    const { result, changes } = await upgraded(platform, 1000);
    expect(changes).toEqual([
      "changed ClusterRole baas-controller",
      "changed ClusterRole baas-controller-network",
      "changed CustomResourceDefinition certificateauthorities.baas.io",
      "changed CustomResourceDefinition channels.baas.io",
      "changed CustomResourceDefinition identities.baas.io",
      "changed Deployment baas-platform/baas-controller",
      "changed NetworkPolicy baas-platform/baas-controller",
      "changed Role baas-platform/baas-controller",
      "changed ValidatingAdmissionPolicy ownership.baas.io",
      "created CertificateAuthority baas-platform/platform-ca",
      "created CustomResourceDefinition ethereumnetworks.baas.io",
      "created CustomResourceDefinition kafkatenants.baas.io",
      "created CustomResourceDefinition rollouts.baas.io",
      "created CustomResourceDefinition systemchannels.baas.io",
      "created NetworkPolicy baas-platform/platform-ca",
      "created Role baas-platform/platform-ca",
      "created RoleBinding baas-platform/baas-controller-network",
      "created RoleBinding baas-platform/platform-ca",
      "created Rollout baas-platform/nodes",
      "created Service baas-platform/platform-ca",
      "created Service baas-platform/platform-ca-headless",
      "created ServiceAccount baas-platform/platform-ca",
      "created StatefulSet baas-platform/platform-ca",
    ]);
    expect(result).toMatchObject({ deleted: 0, kept: [] });
    await kubectl("rollout", "status", "deployment/baas-controller", "-n", "baas-platform", "--timeout=120s");
  });

  it("changes the network once the controller has taken over restarts, and restarts no node while its channels are not well", async () => {
    const applying = upgraded(network, 1000);
    await until(() =>
      expect(said).toContain("waiting for the controller of this release to take over restarts of nodes"),
    );
    const kubeconfig = join(folder, "kubeconfig");
    await writeControllerKubeconfig(kubectl, "baas-platform", kubeconfig);
    controller = new ControllerProcess({ kubeconfig, podName: "baas-controller-0", podNamespace: "baas-platform" });
    const { result, changes } = await applying;
    expect(changes).toEqual([
      "changed Channel dev/main",
      "changed ConfigMap dev/gateway",
      "changed ConfigMap dev/orderer0-orderer",
      "changed ConfigMap dev/peer0-org1",
      "changed ConfigMap dev/peer0-org2",
      "changed Deployment dev/asset-transfer-1-0-org1",
      "changed Deployment dev/asset-transfer-1-0-org2",
      "changed Deployment dev/gateway",
      "changed Identity dev/orderer0-orderer",
      "changed Identity dev/peer0-org1",
      "changed Identity dev/peer0-org2",
      "changed NetworkPolicy dev/ca-orderer",
      "changed NetworkPolicy dev/ca-org1",
      "changed NetworkPolicy dev/ca-org2",
      "changed NetworkPolicy dev/gateway",
      "changed NetworkPolicy dev/orderer0-orderer",
      "changed NetworkPolicy dev/peer0-org1",
      "changed NetworkPolicy dev/peer0-org2",
      "changed Service dev/ca-orderer",
      "changed Service dev/ca-orderer-headless",
      "changed Service dev/ca-org1",
      "changed Service dev/ca-org1-headless",
      "changed Service dev/ca-org2",
      "changed Service dev/ca-org2-headless",
      "changed StatefulSet dev/ca-orderer",
      "changed StatefulSet dev/ca-org1",
      "changed StatefulSet dev/ca-org2",
      "changed StatefulSet dev/orderer0-orderer",
      "changed StatefulSet dev/peer0-org1",
      "changed StatefulSet dev/peer0-org2",
      "created Rollout dev/nodes",
      "replaced Job dev/asset-transfer-1-0-smoke-test",
    ]);
    expect(result).toMatchObject({ deleted: 0, kept: [] });
    // Every node is to restart, and none does before its channels are well, which stand-ins of Fabric have none of.
    await until(async () => {
      const [rollout] = await list("rollouts.baas.io", "-n", network);
      const [ready] = rollout.status.conditions;
      expect(ready).toMatchObject({ status: "False", reason: "Rolling" });
      expect(ready.message).toContain("restarts next. Before that: ");
    });
    // New images of this project's own programs: nobody notices, as an old pod goes after the new one is ready.
    for (const deployment of ["asset-transfer-1-0-org1", "asset-transfer-1-0-org2", "gateway"]) {
      await kubectl("rollout", "status", `deployment/${deployment}`, "-n", network, "--timeout=120s");
    }
    expect(await kept()).toMatchObject(before);
    expect(await nodes()).toEqual(running);
  });

  it("is complete after one apply", async () => {
    const { changes } = await upgraded(network, 1000);
    expect(changes).toEqual([]);
  });
});

describe("the way back to the previous release", () => {
  it("restarts no node and makes nothing anew either", async () => {
    const before = await kept();
    const running = await nodes();
    // That release's controller did not know of restarts.
    await controller?.stop();
    // An apply makes a Job anew whose pods change.
    await kubectl("delete", "jobs", "--all", "-n", network);
    for (const stack of [platform, network]) await applyPrevious(stack);
    // So that Kubernetes itself rolls nothing back.
    const sets = await list("statefulsets", "-n", network);
    expect(sets.map(({ spec }) => spec.updateStrategy)).toEqual(sets.map(() => ({ type: "OnDelete" })));
    expect(await kept()).toMatchObject(before);
    expect(await nodes()).toEqual(running);
  });
});

// The product has one version of each kind; this shows how the next one comes, and the old one goes.
describe("a second version of a kind", () => {
  const v1alpha1 = { name: "v1alpha1", storage: true };
  const v1beta1 = { name: "v1beta1", storage: false };
  const deprecated = { name: "v1alpha1", storage: false, deprecationWarning: "write v1beta1" };
  const name = definitionName(identityDefinition);
  let before: Record<string, any>;

  const identity = async (version: string): Promise<Record<string, any>> =>
    JSON.parse(await kubectl("get", `identities.${version}.baas.io`, "peer0-org1", "-n", network, "-o", "json"));
  const stored = async (): Promise<string[]> =>
    JSON.parse(await kubectl("get", "customresourcedefinition", name, "-o", "json")).status.storedVersions;
  const own = ({ metadata, spec, status }: Record<string, any>) => ({ uid: metadata.uid, spec, status });

  async function serve(versions: Version[], served = versions): Promise<void> {
    const spec = definitionSpec({ ...identityDefinition, versions });
    spec.versions = spec.versions.filter((one) => served.some((version) => version.name === one.name));
    const { discovery, api } = connection;
    const { object } = (await declared(platform)).find(({ object }) => object.metadata.name === name)!;
    await api.apply(discovery.get(object.apiVersion, object.kind), { ...object, spec });
  }

  beforeAll(async () => {
    if (skipReason !== undefined) return;
    // Forward again, with a version that the other one must not lower.
    await upgraded(platform, 1000);
    const patch = JSON.stringify({ spec: { fabricVersion: "2.5.16" } });
    await kubectl("patch", "identity", "peer0-org1", "-n", network, "--type=merge", "-p", patch);
    before = await identity("v1alpha1");
  });

  it("shows the same objects, and what can never change cannot be changed through it either", async () => {
    await serve([v1beta1, v1alpha1]);
    await until(async () => expect(own(await identity("v1beta1"))).toEqual(own(before)));
    const patch = (spec: object) =>
      kubectl(
        "patch",
        "identities.v1beta1.baas.io",
        "peer0-org1",
        "-n",
        network,
        "--type=merge",
        "-p",
        JSON.stringify({ spec }),
      );
    await expect(patch({ fabricVersion: "2.4.0" })).rejects.toThrow("fabricVersion cannot go back");
    await expect(patch({ type: "client" })).rejects.toThrow("type cannot be changed");
    expect(await stored()).toEqual(["v1alpha1"]);
  });

  it("can be taken back while nothing is stored in it", async () => {
    await serve([v1alpha1]);
    await until(() => expect(identity("v1beta1")).rejects.toThrow());
    expect(own(await identity("v1alpha1"))).toEqual(own(before));
  });

  it("takes the place of the old one, which goes when no object is stored in it any more", async () => {
    await serve([{ ...v1beta1, storage: true }, deprecated]);
    expect(await stored()).toEqual(["v1alpha1", "v1beta1"]);
    const alone = () => serve([{ ...v1beta1, storage: true }, deprecated], [v1beta1]);
    await expect(alone()).rejects.toThrow("storedVersions");
    const all = await kubectl("get", "identities.v1beta1.baas.io", "-A", "-o", "json");
    await kubectlWith(all, "replace", "-f", "-");
    const status = JSON.stringify({ status: { storedVersions: ["v1beta1"] } });
    await kubectl("patch", "customresourcedefinition", name, "--subresource=status", "--type=merge", "-p", status);
    await alone();
    await until(() => expect(identity("v1alpha1")).rejects.toThrow());
    expect(own(await identity("v1beta1"))).toEqual(own(before));
  });
});
