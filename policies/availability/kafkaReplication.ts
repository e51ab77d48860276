import { byNamespace, containersOf, type KubernetesObject, namespaceOf, podCount, podOf, roleOf } from "../kit/objects";
import { stackPolicy, type Violation } from "../kit/policy";

/** A channel on Kafka survives the loss of a broker. */
export const kafkaReplication = stackPolicy({
  name: "availability-kafka-replication",
  level: "mandatory",
  description: "Kafka keeps each topic more than once, and goes on without one of its brokers.",
  why:
    "The logs of Kafka are the channels: with a replication factor above the number of brokers none can be made, with one replica in " +
    "sync an acknowledged transaction is lost with a broker, and with as many as there are replicas any broker's restart stops ordering.",
  limits:
    "Sees what brokers are given as KAFKA_... variables, as the image apache/kafka takes them, as a .properties file in a ConfigMap, or " +
    "as --override of their command; " +
    "topics that exist keep what they were made with.",
  checkStack(objects, { stackFile }) {
    const workloads = objects.filter((object) => podOf(object) !== undefined && roleOf(object) === "kafka");
    const brokersIn = byNamespace(workloads);
    return workloads.flatMap((object) => {
      const given = brokerProperties(object, objects);
      // Each broker may be a workload of its own.
      const brokers = podCount(brokersIn.get(namespaceOf(object))!);
      const found: Violation[] = [];
      const add = (property: string, message: string): void => {
        found.push({ place: stackFile.place(object), message: `${property} ${message}`, urn: object.urn });
      };
      const number = (property: string): number | undefined => {
        const value = given.get(property) ?? "1";
        if (/^\d+$/.test(value)) return Number(value);
        add(property, `is "${value}", which cannot be read here. Write a number`);
        return undefined;
      };
      const replicas = number("default.replication.factor");
      const inSync = number("min.insync.replicas");
      // 1 < M < N < K of Fabric's documentation: "Bringing up a Kafka-based Ordering Service".
      if (replicas !== undefined && (replicas >= brokers || replicas < 3)) {
        const write = brokers > 3 ? "Write 3" : "Write 3, for at least 4 brokers";
        add("default.replication.factor", `is ${replicas}, of ${brokers} broker${brokers === 1 ? "" : "s"}. ${write}`);
      }
      if (inSync !== undefined && (inSync < 2 || inSync >= Math.max(replicas ?? 3, 3))) {
        const of = replicas === undefined ? "" : `, of ${replicas} replica${replicas === 1 ? "" : "s"}`;
        add("min.insync.replicas", `is ${inSync}${of}. Write 2`);
      }
      const unclean = given.get("unclean.leader.election.enable") ?? "false";
      if (/^true$/i.test(unclean)) {
        add("unclean.leader.election.enable", "is true: a broker that missed blocks may lead. Write false");
      } else if (!/^false$/i.test(unclean)) {
        add("unclean.leader.election.enable", `is "${unclean}", which cannot be read here. Write false`);
      }
      return found;
    });
  },
});

/** Properties that a broker starts with. A variable overrides a file, as in the image, and its command line overrides both. */
function brokerProperties(object: KubernetesObject, objects: readonly KubernetesObject[]): Map<string, string> {
  const pod = podOf(object)!;
  const mounted = (pod.spec.volumes ?? []).map(({ configMap }: any) => configMap?.name);
  const files = objects
    .filter(
      (each) => each.kind === "ConfigMap" && namespaceOf(each) === namespaceOf(object) && mounted.includes(each.name),
    )
    .flatMap(({ body }) => Object.entries<string>(body.data ?? {}))
    .filter(([file]) => file.endsWith(".properties"));
  const lines = files.flatMap(([, text]) => [...text.matchAll(/^\s*([\w.]+)\s*[=:]\s*(.*?)\s*$/gm)]);
  const containers = containersOf(pod).map(({ container }) => container);
  const variables = containers.flatMap(({ env }) => env ?? []);
  const commands = containers.map(({ command = [], args = [] }) => [...command, ...args].join(" "));
  const overrides = commands.flatMap((text) => [...text.matchAll(/--override[\s=]+([\w.]+)\s*=\s*([^\s"']*)/g)]);
  return new Map([
    ...lines.map(([, property, value]): [string, string] => [property!, value!]),
    ...variables
      .filter(({ name, value }: any) => name.startsWith("KAFKA_") && value !== undefined)
      .map(({ name, value }: any): [string, string] => [
        name.slice("KAFKA_".length).toLowerCase().replaceAll("_", "."),
        value,
      ]),
    ...overrides.map(([, property, value]): [string, string] => [property!, value!]),
  ]);
}
