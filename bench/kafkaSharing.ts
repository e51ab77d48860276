/** The benchmark `kafka-sharing`: what one Kafka for several networks takes, against one for each of them. */
import { setTimeout as sleep } from "node:timers/promises";

import { down, up } from "../local-cluster/localCluster";
import { run } from "../local-cluster/run";
import type { LocalCluster } from "../local-cluster/runningCluster";
import { KafkaCluster } from "../tests/cluster/kafka/kafkaCluster";

/** Numbers of networks to measure. */
const networks = [1, 2, 5, 10];
/** Time after which Java has settled, and over which CPU is measured; in milliseconds. */
const settling = 30_000;
const idle = 60_000;

/** What pods take. */
interface Usage {
  pods: number;
  /** Working set, in MiB. */
  memory: number;
  /** CPU while idle, in thousandths of a core. */
  cpu: number;
}

/**
 * Measures memory and idle CPU of the platform's ZooKeepers and brokers with the topics of 1, 2, 5 and 10 networks, a system channel and
 * one channel each: `bench/run kafka-sharing`. Networks with a Kafka of their own take that of one network, times their number. It creates
 * a local cluster of its own. Orderers are not part of it: they are the same in both cases.
 */
export async function measureKafkaSharing(): Promise<void> {
  const cluster = await up({ type: "debian", name: "bench" });
  try {
    const kafka = await KafkaCluster.install(cluster);
    await kafka.ready();
    const administrator = await kafka.administrator();
    console.log("networks  one Kafka: pods, MiB, CPU (m)  one each: pods, MiB, CPU (m)");
    let made = 0;
    let one: Usage | undefined;
    for (const count of networks) {
      for (; made < count; made++) {
        for (const topic of [`net${made}-system`, `net${made}`]) {
          await kafka.ask(administrator, "create", { topic });
          await kafka.ask(administrator, "grant", { topic, principal: `User:net${made}` });
        }
      }
      const shared = await usageOf(cluster, kafka.servers);
      one ??= shared;
      const own = { pods: one.pods * count, memory: one.memory * count, cpu: one.cpu * count };
      console.log(`${String(count).padStart(8)}  ${usageText(shared)}  ${usageText(own)}`);
    }
  } finally {
    await down({ name: "bench", purge: true });
  }
}

const usageText = ({ pods, memory, cpu }: Usage): string => `${pods}, ${memory}, ${cpu}`;

async function usageOf(cluster: LocalCluster, servers: readonly string[]): Promise<Usage> {
  await sleep(settling);
  const before = await statsOf(cluster, servers);
  await sleep(idle);
  const after = await statsOf(cluster, servers);
  const sum = (values: readonly number[]): number => Math.round(values.reduce((all, each) => all + each, 0));
  return {
    pods: after.length,
    memory: sum(after.map(({ memory }) => memory.workingSetBytes / 2 ** 20)),
    cpu: sum(
      after.map(({ podRef, cpu }) => {
        const first = before.find((one) => one.podRef.name === podRef.name)!.cpu;
        // Nanoseconds in each millisecond are millionths of a core.
        return (cpu.usageCoreNanoSeconds - first.usageCoreNanoSeconds) / (cpu.at - first.at) / 1000;
      }),
    ),
  };
}

/** The figures of the kubelet about the pods of servers. */
async function statsOf(cluster: LocalCluster, servers: readonly string[]) {
  const path = `/api/v1/nodes/${cluster.nodeName}/proxy/stats/summary`;
  const { pods } = JSON.parse(await run(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, "get", "--raw", path]));
  const names = servers.map((server) => `${server}-0`);
  return (pods as any[])
    .filter(({ podRef }) => names.includes(podRef.name))
    .map(({ podRef, memory, cpu }) => ({
      podRef: podRef as { name: string },
      memory: memory as { workingSetBytes: number },
      cpu: { usageCoreNanoSeconds: cpu.usageCoreNanoSeconds as number, at: Date.parse(cpu.time) },
    }));
}
