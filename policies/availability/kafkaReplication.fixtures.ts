import { container, type Fixtures, object, podSpec, type Resource, workload } from "../testing/fixtures";
import { kafkaReplication } from "./kafkaReplication";

const brokers = (
  replicas: number,
  variables: Record<string, string>,
  spec: Record<string, unknown> = {},
  name = "log",
): Resource => {
  const env = Object.entries(variables).map(([name, value]) => ({ name, value }));
  return workload("StatefulSet", { name, role: "kafka" }, podSpec(spec, [container({ env })]), { replicas });
};

const file = (text: string): Resource =>
  object({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "log", namespace: "trade" },
    data: { "server.properties": text },
  });

const volumes = { volumes: [{ name: "config", configMap: { name: "log" } }] };
const right = { KAFKA_DEFAULT_REPLICATION_FACTOR: "3", KAFKA_MIN_INSYNC_REPLICAS: "2" };
const place = "stacks/Pulumi.trade.yaml: baas:network: StatefulSet trade/log:";

export const fixtures: Fixtures = {
  policy: kafkaReplication,
  bad: [
    {
      title: "Kafka as it comes",
      objects: [brokers(4, {})],
      messages: [
        `${place} default.replication.factor is 1, of 4 brokers. Write 3`,
        `${place} min.insync.replicas is 1, of 1 replica. Write 2`,
      ],
    },
    {
      title: "as many replicas as there are brokers",
      objects: [brokers(3, right)],
      messages: [`${place} default.replication.factor is 3, of 3 brokers. Write 3, for at least 4 brokers`],
    },
    {
      title: "all replicas in sync",
      objects: [brokers(5, { ...right, KAFKA_MIN_INSYNC_REPLICAS: "3" })],
      messages: [`${place} min.insync.replicas is 3, of 3 replicas. Write 2`],
    },
    {
      title: "a file that lets a broker lead that missed blocks",
      objects: [
        brokers(4, right, volumes),
        file("# brokers\nunclean.leader.election.enable = true\nmin.insync.replicas=1\n"),
      ],
      messages: [`${place} unclean.leader.election.enable is true: a broker that missed blocks may lead. Write false`],
    },
    {
      title: "a command line that overrides what the file says",
      objects: [
        workload(
          "StatefulSet",
          { name: "log", role: "kafka" },
          podSpec(volumes, [container({ args: ["config/server.properties", "--override", "min.insync.replicas=1"] })]),
          { replicas: 4 },
        ),
        file("default.replication.factor=3\nmin.insync.replicas=2\n"),
      ],
      messages: [`${place} min.insync.replicas is 1, of 3 replicas. Write 2`],
    },
    {
      title: "numbers that are filled in later",
      objects: [
        brokers(3, {
          ...right,
          KAFKA_DEFAULT_REPLICATION_FACTOR: "$(RF)",
          KAFKA_UNCLEAN_LEADER_ELECTION_ENABLE: "$(UNCLEAN)",
        }),
        brokers(1, { ...right, KAFKA_MIN_INSYNC_REPLICAS: "$(ISR)" }, {}, "other"),
      ],
      messages: [
        `${place} default.replication.factor is "$(RF)", which cannot be read here. Write a number`,
        `${place} unclean.leader.election.enable is "$(UNCLEAN)", which cannot be read here. Write false`,
        `${place.replace("log:", "other:")} min.insync.replicas is "$(ISR)", which cannot be read here. Write a number`,
      ],
    },
  ],
  good: [
    { title: "four brokers, three replicas, two in sync", objects: [brokers(4, right)], messages: [] },
    {
      title: "four brokers, each by itself",
      objects: [0, 1, 2, 3].map((i) => brokers(1, right, {}, `log${i}`)),
      messages: [],
    },
    {
      title: "the same in a file",
      objects: [brokers(4, {}, volumes), file("default.replication.factor=3\nmin.insync.replicas=2\n")],
      messages: [],
    },
  ],
};
