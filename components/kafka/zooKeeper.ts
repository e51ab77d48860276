/** The ZooKeepers of a platform's Kafka. */
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import { kafkaServerPorts as ports } from "../../model/contracts/ports";
import type { RolloutNode } from "../../model/customResources/rollout";
import type { KafkaPlan, KafkaServerPlan } from "../../model/platform/planKafka";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { allowFrom, allowTo, controllerIn, pods } from "../kubernetes/networkAccess";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import { configurationDir, dataDir, type KafkaContext, kafkaServer, pemFiles, scriptProbes } from "./kafkaServer";
import { zooKeeperConfiguration, zooKeeperProbe } from "./zooKeeperConfiguration";

/** Arguments of {@link ZooKeeper}. */
export interface ZooKeeperArgs extends KafkaContext {
  servers: KafkaPlan["zooKeepers"];
}

const propertiesName = "zookeeper.properties";
const probeName = "probe.sh";

/** An ensemble of ZooKeepers, each a StatefulSet of its own. Their number never changes. */
export class ZooKeeper extends pulumi.ComponentResource {
  /** The ZooKeepers as the platform's Rollout names them. */
  readonly rolled: RolloutNode[];

  constructor(name: string, args: ZooKeeperArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:ZooKeeper", name, {}, opts);
    const child = { parent: this };
    this.rolled = args.servers.map((server) => zooKeeperServer(server, args, child));
    const metadata = { name, namespace: args.surroundings.namespace, labels: labels({ role: "zookeeper" }) };
    disruptionBudget(name, metadata, args.servers.length, child);
    this.registerOutputs({});
  }
}

function zooKeeperServer(
  server: KafkaServerPlan,
  args: ZooKeeperArgs,
  opts: pulumi.CustomResourceOptions,
): RolloutNode {
  const folder = dataDir("zookeeper");
  const probe = `${configurationDir}/${probeName}`;
  // A ZooKeeper finds its own number in its data.
  const start = [
    `mkdir -p ${folder}`,
    `echo ${server.number} >${folder}/myid`,
    `exec /opt/kafka/bin/zookeeper-server-start.sh ${configurationDir}/${propertiesName}`,
  ].join(" && ");
  const { servers: ensemble, surroundings } = args;
  const { ipFamilies } = surroundings;
  const configuration = zooKeeperConfiguration({
    server,
    ensemble,
    dataDir: folder,
    certificate: pemFiles,
    ipFamilies,
  });
  return kafkaServer(
    server.name,
    {
      ...args,
      ...allowedTraffic(surroundings.namespace),
      server,
      role: "zookeeper",
      ports: { client: ports.zooKeeper, quorum: ports.zooKeeperQuorum, election: ports.zooKeeperElection },
      configuration: { [propertiesName]: configuration, [probeName]: zooKeeperProbe },
      command: ["bash", "-c", start],
      probes: scriptProbes({ healthy: [probe, "srvr"], alive: [probe, "ruok"], startSeconds: 180 }),
      stopSeconds: 30,
    },
    opts,
  );
}

const zooKeepers = pods({ role: "zookeeper" });
const amongThem = [ports.zooKeeperQuorum, ports.zooKeeperElection];

function allowedTraffic(namespace: string): AllowedTraffic {
  // Any certificate of the CA would do for ZooKeeper, those of tenants too: only brokers may reach it, and the controller, who asks
  // which of them leads.
  const clients = [...pods({ role: "kafka" }), ...controllerIn(namespace)];
  return {
    ingress: [allowFrom(clients, ports.zooKeeper), allowFrom(zooKeepers, ...amongThem)],
    egress: [allowTo(zooKeepers, ...amongThem)],
  };
}
