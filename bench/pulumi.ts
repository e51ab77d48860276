/** The benchmark `pulumi`: the Pulumi CLI beside `apply`, on real Fabric. */
import { apply } from "../cli/engine/apply/apply";
import { destroy } from "../cli/engine/apply/destroy";
import { progressTo } from "../local-cluster/progress";
import { policyPackIn } from "../policies/pack";
import { PulumiCli, whyNoPulumi } from "../tests/pulumi/pulumiCli";
import { onFabric } from "./fabricOnCluster";

const progress = progressTo(() => undefined);
const platform = "platform-local";
const runs = Number(process.env.RUNS ?? 2);

/**
 * Measures in turn `apply` and `pulumi up` of the platform and of networks, from the command to its end, and what the CLI needs to see
 * that nothing has changed: `bench/run pulumi [dev] [trade]`, each RUNS times (2). All images are there before. The CLI is built with
 * BAAS_TEST_PULUMI=build.
 */
export async function measurePulumi(stacks: readonly string[]): Promise<void> {
  const missing = await whyNoPulumi();
  if (missing !== undefined) throw new Error(missing);
  await onFabric(async (cluster, project) => {
    const pulumi = PulumiCli.for(project.dir, { KUBECONFIG: cluster.kubeconfig });
    const policies = policyPackIn(project.dir);
    const options = (stack: string) => ({ projectDir: project.dir, stack, progress });
    const applied = async (stack: string) => {
      const { end } = await apply({ ...options(stack), policies });
      if (end !== "ready") throw new Error(`${stack} ended ${end}`);
    };
    const networks = stacks.length > 0 ? stacks : ["dev", "trade"];
    try {
      for (const stack of [platform, ...networks]) await succeeds(pulumi, "stack", "init", stack);
      // Builds and loads the images.
      for (const stack of [platform, ...networks]) await applied(stack);
      for (const stack of [...networks, platform]) await destroy({ ...options(stack), purge: true });

      await row(`${platform}: apply`, () => applied(platform));
      await destroy({ ...options(platform), purge: true });
      await row(`${platform}: up`, () => upOf(pulumi, platform));
      for (const stack of networks) {
        for (let run = 0; run < runs; run++) {
          await row(`${stack}: apply`, () => applied(stack));
          await destroy({ ...options(stack), purge: true });
          await row(`${stack}: up`, () => upOf(pulumi, stack));
          await row(`${stack}: up again, without a change`, () => upOf(pulumi, stack, "--expect-no-changes"));
          await removed(pulumi, stack, () => destroy({ ...options(stack), purge: true }));
        }
        await row(`${stack}: up --parallel 1`, () => upOf(pulumi, stack, "--parallel=1"));
        await removed(pulumi, stack, () => destroy({ ...options(stack), purge: true }));
      }
    } finally {
      pulumi.remove();
    }
  });
}

async function succeeds(pulumi: PulumiCli, ...args: string[]): Promise<void> {
  const { status, output } = await pulumi.run(...args);
  if (status !== 0) throw new Error(`pulumi ${args.join(" ")}: exit code ${status}\n${output}`);
}

function upOf(pulumi: PulumiCli, stack: string, ...more: string[]): Promise<void> {
  return succeeds(pulumi, "up", "-s", stack, "--yes", "--skip-preview", "--policy-pack", "policies", ...more);
}

async function removed(pulumi: PulumiCli, stack: string, purge: () => Promise<unknown>): Promise<void> {
  await succeeds(pulumi, "destroy", "-s", stack, "--yes", "--skip-preview");
  await purge();
}

async function row(name: string, work: () => Promise<void>): Promise<void> {
  const started = Date.now();
  await work();
  console.log(`${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
