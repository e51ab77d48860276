/** Cases of the alerts on the platform's Kafka. */
import type { AlertCase, Series } from "./alertCase";

const figures = (kind: "brokers" | "zookeepers" | "partitions", values: Series): Series =>
  Object.fromEntries(Object.entries(values).map(([state, value]) => [`baas_kafka_${kind}{state="${state}"}`, value]));
const brokers = (values: Series): Series =>
  figures("brokers", { wanted: "4x60", there: "4x60", controlling: "1x60", ...values });
const zooKeepers = (values: Series): Series =>
  figures("zookeepers", { wanted: "3x60", serving: "3x60", leading: "1x60", ...values });

function both(alert: string, loud: Series, quiet: [when: string, series: Series], at = 8): AlertCase[] {
  return [
    { alert, when: "it lasts", series: loud, at, fires: [{}] },
    { alert, when: quiet[0], series: quiet[1], at, fires: [] },
  ];
}

export const kafkaCases: AlertCase[] = [
  ...both("KafkaDown", brokers({ there: "4 0x60" }), ["it answers again", brokers({ there: "4 0 4x60" })]),
  ...both("KafkaBrokerDown", brokers({ there: "4 3x60" }), ["one restarts", brokers({ there: "4 3 3 4x60" })]),
  {
    alert: "KafkaBrokerDown",
    when: "all are down, which KafkaDown says",
    series: brokers({ there: "0x60" }),
    at: 8,
    fires: [],
  },
  ...both("KafkaWithoutController", brokers({ controlling: "1 0x60" }), [
    "one takes over",
    brokers({ controlling: "1 0 1x60" }),
  ]),
  ...both("KafkaPartitionsBelowMinimum", figures("partitions", { below_minimum: "0 2x60" }), [
    "a replica is back",
    figures("partitions", { below_minimum: "0 2 0x60" }),
  ]),
  ...both(
    "KafkaPartitionsOutOfSync",
    figures("partitions", { out_of_sync: "0 2x60" }),
    ["brokers roll", figures("partitions", { out_of_sync: "0 5 5 0 5 5 0 5 5 0x60" })],
    20,
  ),
  ...both("ZooKeeperQuorumLost", zooKeepers({ leading: "1 0x60" }), [
    "one is elected",
    zooKeepers({ leading: "1 0 1x60" }),
  ]),
  ...both("ZooKeeperDown", zooKeepers({ serving: "3 2x60" }), ["one restarts", zooKeepers({ serving: "3 2 2 3x60" })]),
];
