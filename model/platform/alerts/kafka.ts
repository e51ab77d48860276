/** Alerts on the platform's Kafka and its ZooKeepers, as the network controller sees them. */
import { type AlertGroup, type AlertRule, restartTime } from "./alertRule";

const brokers = (state: string): string => `max(baas_kafka_brokers{state="${state}"})`;
const zooKeepers = (state: string): string => `max(baas_kafka_zookeepers{state="${state}"})`;
const partitions = (state: string): string => `max(baas_kafka_partitions{state="${state}"})`;

const rules: AlertRule[] = [
  {
    alert: "KafkaDown",
    expr: `${brokers("there")} == 0`,
    for: "1m",
    severity: "critical",
    summary: "Kafka is down",
    description: "No broker answers the network controller. Networks that order on it commit nothing.",
  },
  {
    alert: "KafkaBrokerDown",
    expr: `${brokers("wanted")} - ${brokers("there")} > 0 and ${brokers("there")} > 0`,
    for: restartTime,
    severity: "warning",
    summary: "Brokers of Kafka are down",
    description: `{{ $value }} of them have been away for ${restartTime}. A restart takes less.`,
  },
  {
    alert: "KafkaWithoutController",
    expr: `${brokers("controlling")} == 0 and ${brokers("there")} > 0`,
    for: "2m",
    severity: "critical",
    summary: "No broker of Kafka controls the others",
    description: "A broker that fails now is not replaced as leader, and no topics are made.",
  },
  {
    alert: "KafkaPartitionsBelowMinimum",
    expr: `${partitions("below_minimum")} > 0`,
    for: "2m",
    severity: "critical",
    summary: "Kafka takes no messages for some channels",
    description: "{{ $value }} partitions have fewer replicas in sync than a message needs. Nothing is ordered there.",
  },
  {
    alert: "KafkaPartitionsOutOfSync",
    expr: `${partitions("out_of_sync")} > 0`,
    for: "15m",
    severity: "warning",
    summary: "Replicas of Kafka stay behind",
    description: "{{ $value }} partitions have replicas that are not in sync. No broker restarts until they are.",
  },
  {
    alert: "ZooKeeperQuorumLost",
    expr: `${zooKeepers("leading")} == 0`,
    for: "2m",
    severity: "critical",
    summary: "No ZooKeeper leads the others",
    description: "Kafka goes on with what it knows. It elects no leaders and makes no topics.",
  },
  {
    alert: "ZooKeeperDown",
    expr: `${zooKeepers("wanted")} - ${zooKeepers("serving")} > 0 and ${zooKeepers("leading")} > 0`,
    for: restartTime,
    severity: "warning",
    summary: "ZooKeepers are down",
    description: `{{ $value }} of them have been away for ${restartTime}. A restart takes less.`,
  },
];

/** The rules. */
export const kafkaAlerts: AlertGroup = { name: "kafka", rules: rules.map((rule) => ({ ...rule, ofPlatform: true })) };
