/** The brokers of a platform's Kafka. */
import * as pulumi from "@pulumi/pulumi";

import { kafkaBootstrapName, kafkaPrincipalRules, kafkaSuperUsers } from "../../model/contracts/kafka";
import { labels } from "../../model/contracts/labels";
import { controllerName } from "../../model/contracts/names";
import { kafkaPort, kafkaServerPorts } from "../../model/contracts/ports";
import type { RolloutNode } from "../../model/customResources/rollout";
import type { KafkaPlan, KafkaServerPlan } from "../../model/platform/planKafka";
import { serviceFamilies } from "../kubernetes/addressFamily";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { allowFrom, allowTo, controllerIn, pods, podsOfAnyNetwork } from "../kubernetes/networkAccess";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import { service, tcpPort } from "../kubernetes/service";
import { brokerCommand, brokerConfiguration, brokerProbe } from "./brokerConfiguration";
import { configurationDir, dataDir, type KafkaContext, kafkaServer, pemFiles, scriptProbes } from "./kafkaServer";

/** Arguments of {@link Kafka}. */
export interface KafkaArgs extends KafkaContext {
  plan: KafkaPlan;
}

const propertiesName = "server.properties";
const probeName = "probe.sh";

/** The brokers, each a StatefulSet of its own, and the one Service that leads to any of them. */
export class Kafka extends pulumi.ComponentResource {
  /** The brokers as the platform's Rollout names them. */
  readonly rolled: RolloutNode[];

  constructor(name: string, args: KafkaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:Kafka", name, {}, opts);
    const { plan, surroundings } = args;
    const { namespace, ipFamilies } = surroundings;
    const child = { parent: this };
    this.rolled = plan.brokers.map((server) => broker(server, args, child));
    const metadata = { name, namespace, labels: labels({ role: "kafka" }) };
    service(
      kafkaBootstrapName,
      { ...metadata, name: kafkaBootstrapName },
      { type: "ClusterIP", ports: [tcpPort("kafka", kafkaPort)], ...serviceFamilies(ipFamilies) },
      child,
    );
    disruptionBudget(name, metadata, plan.brokers.length, child);
    this.registerOutputs({});
  }
}

function broker(server: KafkaServerPlan, args: KafkaArgs, opts: pulumi.CustomResourceOptions): RolloutNode {
  const { plan, size, surroundings } = args;
  const { namespace, ipFamilies } = surroundings;
  const probe = [`${configurationDir}/${probeName}`];
  const configuration = brokerConfiguration({
    server,
    zooKeepers: plan.zooKeepers,
    dataDir: dataDir("kafka"),
    certificate: pemFiles,
    principalRules: kafkaPrincipalRules(namespace, controllerName),
    superUsers: kafkaSuperUsers,
    size,
    ipFamilies,
  });
  return kafkaServer(
    server.name,
    {
      ...args,
      ...allowedTraffic(namespace),
      server,
      role: "kafka",
      ports: { kafka: kafkaPort },
      configuration: { [propertiesName]: configuration, [probeName]: brokerProbe },
      command: brokerCommand(`${configurationDir}/${propertiesName}`),
      environment: rackEnvironment,
      // Logs that were not closed are checked first.
      probes: scriptProbes({ healthy: probe, alive: probe, startSeconds: 600 }),
      // It hands its partitions over first.
      stopSeconds: 120,
    },
    opts,
  );
}

/** Clusters from Kubernetes 1.35 on give pods the zone of their node as a label. */
const rackEnvironment = [
  { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
  { name: "ZONE", valueFrom: { fieldRef: { fieldPath: "metadata.labels['topology.kubernetes.io/zone']" } } },
];

function allowedTraffic(namespace: string): AllowedTraffic {
  const brokers = pods({ role: "kafka" });
  const orderers = podsOfAnyNetwork({ role: "orderer" });
  return {
    ingress: [allowFrom([...brokers, ...orderers, ...controllerIn(namespace)], kafkaPort)],
    egress: [allowTo(brokers, kafkaPort), allowTo(pods({ role: "zookeeper" }), kafkaServerPorts.zooKeeper)],
  };
}
