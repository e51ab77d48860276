/** Cuts pods off from each other as a broken network does: packets get lost, and nobody is told. */
import { ensurePackages, nodePackages } from "../../../local-cluster/debianPackages";
import { progressTo } from "../../../local-cluster/progress";
import { run } from "../../../local-cluster/run";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { nodeProcess } from "../edge/networkNamespaces";

/** Loses all packets between two groups of pods, on the cluster's only node, while something runs. */
export async function whilePartitioned(
  cluster: LocalCluster,
  [some, others]: readonly [addresses: readonly string[], addresses: readonly string[]],
  work: () => Promise<void>,
): Promise<void> {
  const { env, program } = await ensurePackages(
    nodePackages,
    progressTo(() => undefined),
  );
  const pairs = some.flatMap((one) => others.flatMap((other) => [[one, other] as const, [other, one] as const]));
  const change = async (how: "--insert" | "--delete"): Promise<void> => {
    for (const [from, to] of pairs) {
      const rule = ["--wait", how, "FORWARD", "--source", from, "--destination", to, "--jump", "DROP"];
      const enter = [`--target=${nodeProcess(cluster)}`, "--net", "--", program("iptables"), ...rule];
      await run("nsenter", enter, { env });
    }
  };
  await change("--insert");
  await work().finally(() => change("--delete"));
}
