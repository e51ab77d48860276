/** The definitions of the Prometheus operator's kinds, from its own Go module: nothing of it is part of this repository. */
import { tmpdir } from "node:os";
import { join } from "node:path";

import { desiredObjects } from "../../../cli/engine/apply/desiredObjects";
import type { KubernetesObject } from "../../../cli/engine/cluster/kubernetesObject";
import { runProgram } from "../../../cli/engine/program/programs";
import { requireGo } from "../../../local-cluster/machineResources";
import { run, tryRun } from "../../../local-cluster/run";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { ProjectCopy } from "../../projectCopy";
import { kubectl } from "../kubectl";

const source = { path: "github.com/prometheus-operator/prometheus-operator", version: "v0.93.0" };
const sum = "h1:AohlYJT+En8TmNpAcEUJ3GsaJTAqfEBwHmGTVpRm/Io=";
const kinds = ["alertmanagerconfigs", "podmonitors", "prometheusrules", "scrapeconfigs", "servicemonitors"];

/** Installs the definitions; returns why they could not be had, if so. */
export async function installOperatorDefinitions(cluster: LocalCluster): Promise<string | undefined> {
  await requireGo();
  const args = ["mod", "download", "-json", `${source.path}@${source.version}`];
  const { code, stdout, stderr } = await tryRun("go", args, { cwd: tmpdir(), env: { GOFLAGS: "", GOWORK: "off" } });
  if (code !== 0) return `Go does not get ${source.path}: ${stderr.trim() || stdout.trim()}`;
  const { Dir: folder, Sum: found } = JSON.parse(stdout);
  if (found !== sum) throw new Error(`${source.path} ${source.version} has the hash ${found}, not ${sum}`);
  const file = (kind: string) =>
    join(folder, "example", "prometheus-operator-crd", `monitoring.coreos.com_${kind}.yaml`);
  await kubectl(cluster, "apply", "--server-side", ...kinds.map((kind) => `--filename=${file(kind)}`));
  await kubectl(cluster, "wait", "--for=condition=Established", "--timeout=60s", ...definitions);
  return undefined;
}

const definitions = kinds.map((kind) => `customresourcedefinition/${kind}.monitoring.coreos.com`);

/** Takes them away again. */
export async function removeOperatorDefinitions(cluster: LocalCluster): Promise<void> {
  await kubectl(cluster, "delete", "--ignore-not-found", ...definitions);
}

/** The objects for the operator that the stack platform-operated declares. */
export async function operatorObjects(): Promise<KubernetesObject[]> {
  const project = new ProjectCopy();
  try {
    const result = await runProgram({ projectDir: project.dir, stack: "platform-operated", dryRun: false });
    return desiredObjects(result)
      .map(({ object }) => object)
      .filter(({ apiVersion }) => apiVersion.startsWith("monitoring.coreos.com/"));
  } finally {
    project.remove();
  }
}

/** Has the API server check objects; it refuses fields that it does not know. Nothing is stored. */
export async function validated(cluster: LocalCluster, items: readonly KubernetesObject[]): Promise<string[]> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  const args = ["create", "--dry-run=server", "--validate=strict", "--output=name", "--filename=-"];
  const names = await run(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, ...args], { input });
  return names.trim().split("\n").sort();
}
