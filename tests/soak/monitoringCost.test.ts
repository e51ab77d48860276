/**
 * What the monitoring of a platform costs on real Fabric, with one network, two, and ten; see fabricCluster.ts. It prints figures for
 * people to judge.
 */
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect } from "vitest";

import { run } from "../../local-cluster/run";
import { FabricCluster } from "../cluster/fabricCluster";

const minutes = 60_000;
const fabric = new FabricCluster("test-watch-cost");
const test = fabric.test.bind(fabric);
/** That there are. */
let networks = 0;

/** Of a pod. */
interface Usage {
  /** Working set, in MiB. */
  memory: number;
  /** Seconds of processor time since its start. */
  cpu: number;
}

/** What the pods of monitoring have used, by pod, as the kubelet measures it. */
async function usage(): Promise<Map<string, Usage>> {
  const { kubectl, kubeconfig, nodeName } = fabric.cluster;
  const path = `/api/v1/nodes/${nodeName}/proxy/stats/summary`;
  const { pods } = JSON.parse(await run(kubectl, ["--kubeconfig", kubeconfig, "get", "--raw", path]));
  return new Map(
    pods
      .filter(({ podRef }: any) => /^(prometheus|alertmanager)/.test(podRef.name))
      .map(({ podRef, memory, cpu }: any) => [
        podRef.name,
        { memory: memory.workingSetBytes / 2 ** 20, cpu: cpu.usageCoreNanoSeconds / 1e9 },
      ]),
  );
}

/** Prints what each pod of monitoring uses over some minutes. */
async function measure(what: string): Promise<void> {
  // What has just come up settles first.
  await sleep(2 * minutes);
  const began = performance.now();
  const before = await usage();
  await sleep(3 * minutes);
  const after = await usage();
  const seconds = (performance.now() - began) / 1000;
  for (const [pod, { memory, cpu }] of [...after].sort()) {
    const share = (100 * (cpu - before.get(pod)!.cpu)) / seconds;
    console.log(`${what}: ${pod} ${memory.toFixed(0)} MiB, ${share.toFixed(2)} % of a core`);
  }
  console.log(`${what}: load ${loadavg()[0]!.toFixed(1)}`);
}

/** Adds networks like the stack `dev`, until there are so many. */
async function grow(count: number): Promise<void> {
  const { project } = fabric;
  const dev = project.read("stacks/Pulumi.dev.yaml");
  for (; networks < count; networks++) {
    const name = networks === 0 ? "dev" : `dev${networks}`;
    if (networks > 0) {
      const file = dev.replaceAll("dev.example.com", `${name}.example.com`).replaceAll("30443", `${30_450 + networks}`);
      project.write(`stacks/Pulumi.${name}.yaml`, file);
    }
    expect(await fabric.apply(name, 10 * minutes)).toMatchObject({ end: "ready", notReady: [] });
  }
}

describe("monitoring on real Fabric", () => {
  test("comes up", async () => {
    fabric.project.edit(
      "stacks/Pulumi.platform-local.yaml",
      "environment: local",
      `environment: local
    monitoring:
      storage: 2Gi
      retention: 1d
      receivers: [{ name: hook, webhook: { url: "https://hook.example.com" } }]
      teams: [{ name: operators, receiver: hook }]`,
    );
    // Ten networks ask for more than two cores, and use less while nobody calls them.
    fabric.project.edit("components/kubernetes/sizes.ts", "requests: { cpu, memory,", 'requests: { cpu: "2m", memory,');
    expect(await fabric.apply("platform-local")).toMatchObject({ end: "ready", notReady: [] });
  });

  for (const count of [1, 2, 10]) {
    test(
      `costs so much with ${count}`,
      async () => {
        await grow(count);
        await measure(`networks: ${count}`);
      },
      60 * minutes,
    );
  }
});
