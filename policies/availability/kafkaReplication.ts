import { stackPolicy, type Violation } from "../kit/definition";
import { containersOf, podOf, roleOf, type KubernetesObject } from "../kit/objects";

/** A channel on Kafka survives the loss of a broker. */
export const kafkaReplication = stackPolicy({
  name: "availability-kafka-replication",
  level: "mandatory",
  description: "Kafka keeps each topic more than once, and goes on without one of its brokers.",
  why:
    "The logs of Kafka are the channels: with a replication factor above the number of brokers none can be made, with one replica in " +
    "sync an acknowledged transaction is lost with a broker, and with as many as there are replicas any broker's restart stops ordering.",
  limits:
    "Sees what brokers are given as KAFKA_... variables, as the image apache/kafka takes them, or as a .properties file in a ConfigMap; " +
    "topics that exist keep what they were made with.",
  checkStack(objects, { stackFile }) {
    return objects.flatMap((object) => {
      const pod = podOf(object);
      if (pod === undefined || roleOf(object) !== "kafka") return [];
      const given = brokerProperties(object, objects);
      const brokers = pod.count;
      const replicas = Number(given.get("default.replication.factor") ?? 1);
      const inSync = Number(given.get("min.insync.replicas") ?? 1);
      const found: Violation[] = [];
      const add = (property: string, message: string): void => {
        found.push({ place: stackFile.place(object), message: `${property} ${message}`, urn: object.urn });
      };
      // 1 < M < N < K of Fabric's documentation: "Bringing up a Kafka-based Ordering Service".
      if (replicas >= brokers || replicas < 3) {
        const write = brokers > 3 ? "Write 3" : "Write 3, for at least 4 brokers";
        add("default.replication.factor", `is ${replicas}, of ${brokers} broker${brokers === 1 ? "" : "s"}. ${write}`);
      }
      if (inSync < 2 || inSync >= Math.max(replicas, 3)) {
        add("min.insync.replicas", `is ${inSync}, of ${replicas} replica${replicas === 1 ? "" : "s"}. Write 2`);
      }
      if (given.get("unclean.leader.election.enable") === "true") {
        add("unclean.leader.election.enable", "is true: a broker that missed blocks may lead. Write false");
      }
      return found;
    });
  },
});

/** Properties that a broker is started with: a variable outdoes a file, as it does in the image. */
function brokerProperties(object: KubernetesObject, objects: readonly KubernetesObject[]): Map<string, string> {
  const pod = podOf(object)!;
  const mounted = (pod.spec.volumes ?? []).map(({ configMap }: any) => configMap?.name);
  const files = objects
    .filter(
      ({ kind, name, namespace }) => kind === "ConfigMap" && namespace === object.namespace && mounted.includes(name),
    )
    .flatMap(({ body }) => Object.entries<string>(body.data ?? {}))
    .filter(([file]) => file.endsWith(".properties"));
  const lines = files.flatMap(([, text]) => [...text.matchAll(/^\s*([\w.]+)\s*[=:]\s*(.*?)\s*$/gm)]);
  const variables = containersOf(pod).flatMap(({ container }) => container.env ?? []);
  return new Map([
    ...lines.map(([, property, value]): [string, string] => [property!, value!]),
    ...variables
      .filter(({ name, value }: any) => name.startsWith("KAFKA_") && value !== undefined)
      .map(({ name, value }: any): [string, string] => [
        name.slice("KAFKA_".length).toLowerCase().replaceAll("_", "."),
        value,
      ]),
  ]);
}
