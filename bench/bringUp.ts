/** The benchmark `bring-up`: the time from `apply` to the first transaction on real Fabric, and the memory of the pods then. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { apply } from "../cli/engine/apply/apply";
import { destroy } from "../cli/engine/apply/destroy";
import { connect } from "../cli/engine/cluster/clusterConnection";
import { milestones, readNetwork } from "../cli/start/milestones";
import { progressTo } from "../local-cluster/progress";
import type { LocalCluster } from "../local-cluster/runningCluster";
import { policyPackIn } from "../policies/pack";
import { onFabric } from "./fabricOnCluster";
import { memoryOfPods } from "./podMemory";

const runs = Number(process.env.RUNS ?? 3);
const progress = progressTo(() => undefined);

/** Three organizations with three peers each, and five orderers. */
const wide = `config:
  baas:network:
    environment: local
    domain: wide.example.com
    ordering: { nodes: 5 }
    organizations:
      - { name: org1, peers: 3 }
      - { name: org2, peers: 3 }
      - { name: org3, peers: 3 }
    channels:
      - { name: wide }
    chaincodes:
      - name: asset-transfer
        channel: wide
        source: chaincode/asset-transfer
        version: "1.0"
        smokeTest:
          submit: [[CreateAsset, "{id}", alice, a first asset, "100"]]
          evaluate: [ReadAsset, "{id}"]
`;

/**
 * Measures how long networks take from `apply` to their first committed transaction, once all images are there, and how much
 * memory they take then: `bench/run bring-up [dev] [trade] [wide]`, each RUNS times (3). It creates a local cluster of
 * its own, with real Fabric from FABRIC_ARCHIVES.
 */
export async function measureBringUp(stacks: readonly string[]): Promise<void> {
  await onFabric(async (cluster, project) => {
    writeFileSync(join(project.dir, "stacks/Pulumi.wide.yaml"), wide);
    await apply({
      ...{ projectDir: project.dir, stack: "platform-local", progress },
      policies: policyPackIn(project.dir),
    });
    console.log("seconds since apply, and memory of all pods of the network once it is idle");
    for (const stack of stacks.length > 0 ? stacks : ["dev", "trade", "wide"]) {
      for (let run = 0; run <= runs; run++) {
        const line = await once(cluster, project.dir, stack);
        // The first builds the images.
        if (run > 0) console.log(line);
        await destroy({ projectDir: project.dir, stack, purge: true, progress });
      }
    }
  });
}

async function once(cluster: LocalCluster, projectDir: string, stack: string): Promise<string> {
  const started = Date.now();
  const { end } = await apply({ projectDir, stack, policies: policyPackIn(projectDir), progress });
  const whole = (Date.now() - started) / 1000;
  if (end !== "ready") throw new Error(`${stack} ended ${end}`);
  const connection = await connect(cluster.context);
  const network = await readNetwork(connection, stack).finally(() => connection.close());
  const times = milestones(network).map(({ at, what }) => `${what} ${((at - started) / 1000).toFixed(0)}`);
  return `${stack}: ${times.join(", ")}; apply ended ${whole.toFixed(1)}; ${await memoryOf(cluster, stack)} MiB`;
}

/** Working set of all pods of a namespace, in MiB. */
async function memoryOf(cluster: LocalCluster, namespace: string): Promise<number> {
  // The kubelet measures about every ten seconds.
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  const bytes = await memoryOfPods(cluster, namespace);
  return Math.round(bytes / 2 ** 20);
}
