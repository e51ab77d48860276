/** The ZooKeepers of a platform's Kafka. */
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import { kafkaServerPorts as ports } from "../../model/contracts/ports";
import type { KafkaPlan, KafkaServerPlan } from "../../model/platform/planKafka";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { allowFrom, allowTo, pods } from "../kubernetes/networkAccess";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import { configurationDir, data, type KafkaContext, kafkaServer, scriptProbes } from "./kafkaServer";
import { zooKeeperConfiguration, zooKeeperProbe } from "./zooKeeperConfiguration";

/** Arguments of {@link ZooKeeper}. */
export interface ZooKeeperArgs extends KafkaContext {
  servers: KafkaPlan["zooKeepers"];
}

const propertiesName = "zookeeper.properties";
const probeName = "probe.sh";

/** An ensemble of ZooKeepers, each a StatefulSet of its own. Their number never changes. */
export class ZooKeeper extends pulumi.ComponentResource {
  constructor(name: string, args: ZooKeeperArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:ZooKeeper", name, {}, opts);
    const child = { parent: this };
    for (const server of args.servers) zooKeeperServer(server, args, child);
    const metadata = { name, namespace: args.namespace, labels: labels({ role: "zookeeper" }) };
    disruptionBudget(name, metadata, args.servers.length, child);
    this.registerOutputs({});
  }
}

function zooKeeperServer(server: KafkaServerPlan, args: ZooKeeperArgs, opts: pulumi.CustomResourceOptions): void {
  const certificate = args.certificateOf(server, opts);
  const dataDir = `${data.mountPath}/zookeeper`;
  const probe = `${configurationDir}/${probeName}`;
  // A ZooKeeper finds its own number in its data.
  const start = [
    `mkdir -p ${dataDir}`,
    `echo ${server.id} >${dataDir}/myid`,
    `exec /opt/kafka/bin/zookeeper-server-start.sh ${configurationDir}/${propertiesName}`,
  ].join(" && ");
  const { servers: ensemble, ipFamilies } = args;
  kafkaServer(
    server.name,
    {
      ...args,
      ...allowedTraffic(certificate.egress),
      server,
      role: "zookeeper",
      certificate,
      ports: { client: ports.zooKeeper, quorum: ports.zooKeeperQuorum, election: ports.zooKeeperElection },
      configuration: {
        [propertiesName]: zooKeeperConfiguration({
          server,
          ensemble,
          dataDir,
          certificate: certificate.files,
          ipFamilies,
        }),
        [probeName]: zooKeeperProbe,
      },
      command: ["bash", "-c", start],
      probes: scriptProbes({ healthy: [probe, "srvr"], alive: [probe, "ruok"], startSeconds: 180 }),
      stopSeconds: 30,
    },
    opts,
  );
}

function allowedTraffic(egress: AllowedTraffic["egress"]): AllowedTraffic {
  const brokers = pods({ role: "kafka" });
  const zooKeepers = pods({ role: "zookeeper" });
  const amongThem = [ports.zooKeeperQuorum, ports.zooKeeperElection];
  return {
    // Any certificate of the CA would do for ZooKeeper, those of tenants too: only brokers may reach it.
    ingress: [allowFrom(brokers, ports.zooKeeper), allowFrom(zooKeepers, ...amongThem)],
    egress: [allowTo(zooKeepers, ...amongThem), ...egress],
  };
}
