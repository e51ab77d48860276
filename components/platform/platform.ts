/** The platform of an environment: the namespace, the custom resource definitions, the controller's Deployment, and its CA. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { kafkaCaName } from "../../model/contracts/certificateAuthority";
import { controllerVariables } from "../../model/contracts/controller";
import { ethereumPorts } from "../../model/contracts/ethereum";
import { kafkaBootstrapName } from "../../model/contracts/kafka";
import { labels } from "../../model/contracts/labels";
import { controllerName, serviceAddress } from "../../model/contracts/names";
import { platformIdentityName } from "../../model/contracts/platformCa";
import { controllerPorts, kafkaPort, kafkaServerPorts, ports } from "../../model/contracts/ports";
import { definitions } from "../../model/customResources";
import { definitionName, definitionSpec } from "../../model/customResources/definition";
import type { NetworkPlan } from "../../model/network/networkPlan";
import { usualCertificateLife } from "../../model/platform/alerts";
import { planKafka } from "../../model/platform/planKafka";
import { type MonitoringPlan, planMonitoring } from "../../model/platform/planMonitoring";
import { byteCount } from "../../model/stackFile/fields";
import type { PodsPlan } from "../../model/stackFile/mergedPods";
import type { ExposureConfig, KafkaConfig, PlatformConfig, Size } from "../../model/stackFile/schema";
import { platformIdentity } from "../enrolment/platformEnrolment";
import { PlatformGateway } from "../gateway/platformGateway";
import { Kafka } from "../kafka/kafka";
import { ZooKeeper } from "../kafka/zooKeeper";
import type { Cluster } from "../kubernetes/cluster";
import { defaultDeny } from "../kubernetes/defaultDeny";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { allowFromMonitoring } from "../kubernetes/metricsReaders";
import {
  allowTo,
  allowToKubernetesApi,
  allowToOutside,
  pods,
  podsOfAnyNetwork,
  portOf,
} from "../kubernetes/networkAccess";
import { networkPolicy } from "../kubernetes/networkPolicy";
import { containerDefaults, restrictedNamespaceLabels } from "../kubernetes/podSecurity";
import { podTemplate, workloadMetadata } from "../kubernetes/podTemplate";
import { type ImageSettings, ProjectImage, upstreamImage } from "../kubernetes/projectImage";
import { resourcesOf } from "../kubernetes/sizes";
import type { Surroundings } from "../kubernetes/statefulNode";
import { apiTokenMount, apiTokenVolume, tmpMount, tmpVolume } from "../kubernetes/volumes";
import type { RenderFolder } from "../monitoring/grafanaDashboards";
import { Monitoring } from "../monitoring/monitoring";
import { NodeExporter } from "../monitoring/nodeExporter";
import { OperatorMonitoring } from "../monitoring/operatorMonitoring";
import { controllerPermissions } from "./controllerPermissions";
import { ownershipPolicy } from "./ownership";
import { PlatformCa } from "./platformCa";
import { platformRollout } from "./platformRollout";

/** Arguments of {@link Platform}. */
export interface PlatformArgs extends Omit<PlatformConfig, "pods" | "kafka"> {
  /** Absent where none runs. */
  kafka?: Omit<KafkaConfig, "enabled"> | undefined;
  cluster: Cluster;
  size: Size;
  pods: PodsPlan;
  images: ImageSettings;
  /** Name of its stack. */
  stack: string;
  /** What the environment says of nodes. */
  nodes: Pick<NetworkPlan, "ipFamilies" | "storageClass" | "certificateLife" | "clusterDomain" | "fabricVersion">;
  /** How gateways are reached; needed where the platform has one. */
  exposure?: ExposureConfig | undefined;
  /** Makes Grafana's dashboards; needed where there is a Grafana, or an operator. */
  render?: RenderFolder | undefined;
}

const name = controllerName;

/** What all networks of an environment share: the custom resource definitions, the network controller, and a CA. */
export class Platform extends pulumi.ComponentResource {
  /** Namespace of the network controller. */
  readonly namespace: string;
  /** Namespace whose pods may read metrics, if it names one. */
  readonly monitoringNamespace?: string;

  constructor(resourceName: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:Platform", resourceName, { environment: args.environment }, opts);
    this.namespace = args.namespace;
    this.monitoringNamespace = args.monitoringNamespace;
    const own = labels({ role: "controller" });
    const child = { parent: this };
    const retained = { ...child, provider: args.cluster.retainedProvider, retainOnDelete: true };
    const owned = ownershipPolicy(child);
    const namespace = new k8s.core.v1.Namespace(
      args.namespace,
      { metadata: { name: args.namespace, labels: { ...labels({}), ...restrictedNamespaceLabels } } },
      { ...retained, dependsOn: owned },
    );
    const within = { parent: this, dependsOn: [namespace] };
    defaultDeny("platform", args.namespace, { labels: labels({}), security: args.pods.security }, within);

    const installed = customResourceDefinitions(retained);
    const metadata = { name, namespace: args.namespace, labels: own };
    const permissions = controllerPermissions(metadata, within);
    const image = new ProjectImage(
      "controller",
      { source: "services/controller", context: ".", images: args.images },
      child,
    );
    const policy = networkPolicy(name, metadata, { ingress: ingressRules(args), egress: egressRules(args) }, within);
    disruptionBudget(name, metadata, args.controllerReplicas, within);
    const deployment = new k8s.apps.v1.Deployment(
      name,
      {
        metadata: workloadMetadata(metadata, args.pods, "controller"),
        spec: {
          replicas: args.controllerReplicas,
          selector: { matchLabels: own },
          template: podTemplate({
            pods: args.pods,
            role: "controller",
            account: name,
            labels: own,
            spreadOver: own,
            canMove: true,
            spec: {
              containers: [controllerContainer(args, image.reference)],
              volumes: [apiTokenVolume, tmpVolume],
            },
          }),
        },
      },
      { parent: this, dependsOn: [namespace, image.image, policy, ...installed, ...permissions] },
    );
    this.addNodes(args, [namespace, ...installed, ...permissions], deployment);
    this.registerOutputs(this.outputs);
  }

  /** What networks find in its stack: addresses only. */
  get outputs(): Record<string, unknown> {
    const { namespace, monitoringNamespace } = this;
    return { namespace, ...(monitoringNamespace !== undefined && { monitoringNamespace }) };
  }

  /** The CA, and Kafka if it has one. */
  private addNodes(args: PlatformArgs, needs: pulumi.Resource[], controller: pulumi.Resource): void {
    const { namespace, pods, size, images, stack, nodes, caStorage: storage, monitoringNamespace } = args;
    const source = { source: "services/enrol", context: ".", images };
    const enrol = new ProjectImage("platform-enrol", source, { parent: this });
    const surroundings = { ...nodes, namespace, pods };
    const plan = { ...surroundings, size };
    const operated = args.monitoring?.operator !== undefined;
    const parts = { plan, images, enrolImage: enrol.reference, stack, storage, monitoringNamespace, operated };
    const opts = { parent: this, dependsOn: [...needs, enrol.image] };
    const needed = [controller];
    const components: (PlatformCa | ZooKeeper | Kafka | Monitoring)[] = [new PlatformCa("platform-ca", parts, opts)];
    if (args.kafka !== undefined) {
      const kafka = planKafka(args.kafka, namespace, nodes.clusterDomain);
      const image = upstreamImage(images, "kafka", nodes.fabricVersion);
      const context = { surroundings, size, image, enrolImage: enrol.reference };
      components.push(new ZooKeeper("zookeeper", { ...context, servers: kafka.zooKeepers }, opts));
      components.push(new Kafka("kafka", { ...context, plan: kafka }, opts));
      // The controller makes topics and ACLs, and asks before restarts how all are.
      const own = { issuer: kafkaCaName, name: controllerName, namespace } as const;
      needed.push(platformIdentity(platformIdentityName(controllerName, kafkaCaName), own, opts));
    }
    if (operated) operatorMonitoring(args, opts);
    else if (args.monitoring !== undefined) {
      const watched = planMonitoring(args.monitoring, namespace, nodes.clusterDomain, args.gateway);
      const watching = monitoring(args, watched, { surroundings, size, enrolImage: enrol.reference }, opts);
      components.push(watching);
      platformGateway(args, watched, surroundings, { parent: this, dependsOn: [...needs, watching] });
      if (args.monitoring.nodeExporter) {
        const exporter = upstreamImage(images, "nodeExporter", nodes.fabricVersion);
        new NodeExporter("node-exporter", { surroundings, size, cluster: args.cluster, image: exporter }, opts);
      }
    }
    platformRollout(
      { namespace, nodes: components.flatMap(({ rolled }) => rolled), waits: components.length > 1 },
      { parent: this, dependsOn: [...components, ...needed] },
    );
  }
}

/** Objects for the Prometheus operator of the cluster. */
function operatorMonitoring(args: PlatformArgs, opts: pulumi.ComponentResourceOptions): void {
  const { environment, namespace, nodes, render, monitoring: config } = args;
  if (config?.operator === undefined || render === undefined) return;
  const { certificateLife = usualCertificateLife } = nodes;
  const own = { config, operator: config.operator, namespace, environment, certificateLife, render };
  new OperatorMonitoring("monitoring", own, opts);
}

/** Prometheus, Alertmanagers, and Grafana if it has one. */
function monitoring(
  { environment, images, nodes, render }: PlatformArgs,
  plan: MonitoringPlan,
  context: { surroundings: Surroundings; size: Size; enrolImage: string },
  opts: pulumi.ComponentResourceOptions,
): Monitoring {
  const { fabricVersion, certificateLife = usualCertificateLife } = nodes;
  const image = (of: "prometheus" | "alertmanager" | "grafana" | "kubeStateMetrics") =>
    upstreamImage(images, of, fabricVersion);
  const references = {
    prometheus: image("prometheus"),
    alertmanager: image("alertmanager"),
    grafana: image("grafana"),
    kubeStateMetrics: image("kubeStateMetrics"),
  };
  const args = { ...context, plan, images: references, environment, certificateLife, render };
  return new Monitoring("monitoring", args, opts);
}

/** The edge in front of Grafana, if it has one. */
function platformGateway(
  { gateway, exposure, size, images, nodes }: PlatformArgs,
  { grafana }: MonitoringPlan,
  surroundings: Surroundings,
  opts: pulumi.ComponentResourceOptions,
): void {
  if (gateway === undefined || exposure === undefined || grafana === undefined) return;
  const { clusterDomain, fabricVersion } = nodes;
  const image = upstreamImage(images, "haproxy", fabricVersion);
  const args = { gateway, exposure, surroundings, clusterDomain, size, image, grafana: grafana.node };
  new PlatformGateway("platform-gateway", args, opts);
}

/**
 * Installs every kind of custom resource.
 *
 * @param opts - must retain them: deleting a definition deletes every object of its kind, in all networks
 */
function customResourceDefinitions(opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
  return definitions.map((definition) => {
    const name = definitionName(definition);
    return new k8s.apiextensions.v1.CustomResourceDefinition(
      name,
      { metadata: { name, labels: labels({}) }, spec: definitionSpec(definition) },
      opts,
    );
  });
}

/** To its metrics. */
function ingressRules({ namespace, monitoringNamespace }: PlatformArgs) {
  return allowFromMonitoring({ platformNamespace: namespace, monitoringNamespace }, controllerPorts.metrics);
}

/** To the Kubernetes API, to the platform's CA and Kafka, and to the nodes and chaincode servers of all networks. */
function egressRules({ kafka, externalKafka }: PlatformArgs): k8sInput.networking.v1.NetworkPolicyEgressRule[] {
  const toKafka = [
    allowTo(pods({ role: "kafka" }), kafkaPort),
    allowTo(pods({ role: "zookeeper" }), kafkaServerPorts.zooKeeper),
  ];
  return [
    allowToKubernetesApi,
    allowTo(
      [...pods({ role: "certificate-authority" }), ...podsOfAnyNetwork({ role: "certificate-authority" })],
      ports.certificateAuthority,
    ),
    allowTo(podsOfAnyNetwork({ role: "orderer" }), ports.orderer, ports.ordererAdmin, ports.operations),
    allowTo(podsOfAnyNetwork({ role: "peer" }), ports.peer),
    allowTo(podsOfAnyNetwork({ role: "chaincode" }), ports.chaincode),
    allowTo(podsOfAnyNetwork({ role: "validator" }), ethereumPorts.rpc),
    ...(kafka === undefined ? [] : toKafka),
    ...allowToOutside((externalKafka?.bootstrap ?? []).map(portOf)),
  ];
}

function controllerContainer(args: PlatformArgs, image: string): k8sInput.core.v1.Container {
  const { size } = args;
  const health = (path: string) => ({ httpGet: { path, port: controllerPorts.health } });
  return {
    name: "controller",
    image,
    env: [
      { name: controllerVariables.podName, valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: controllerVariables.podNamespace, valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
      ...kafkaEnvironment(args),
    ],
    ports: [
      { name: "metrics", containerPort: controllerPorts.metrics },
      { name: "health", containerPort: controllerPorts.health },
    ],
    volumeMounts: [apiTokenMount, tmpMount],
    startupProbe: { ...health("/healthz"), periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { ...health("/readyz"), periodSeconds: 5 },
    livenessProbe: { ...health("/healthz"), periodSeconds: 20, failureThreshold: 3 },
    resources: resourcesOf(size, "controller"),
    ...containerDefaults,
  };
}

/** Where the controller finds Kafka, who it is there, and what each network may take of it. */
function kafkaEnvironment({ namespace, kafka, externalKafka }: PlatformArgs): k8sInput.core.v1.EnvVar[] {
  const quota = (externalKafka ?? kafka)?.quota;
  if (quota === undefined) return [];
  const bytes = (name: string, rate: string | undefined) =>
    rate === undefined ? [] : [{ name, value: String(byteCount(rate)) }];
  const own = serviceAddress(kafkaBootstrapName, namespace, kafkaPort);
  return [
    { name: controllerVariables.kafkaBootstrap, value: externalKafka?.bootstrap.join(",") ?? own },
    ...(externalKafka === undefined
      ? []
      : [
          { name: controllerVariables.kafkaSecret, value: externalKafka.secret },
          { name: controllerVariables.kafkaRoots, value: externalKafka.rootCertificates },
        ]),
    ...bytes(controllerVariables.kafkaProduceQuota, quota.produce),
    ...bytes(controllerVariables.kafkaFetchQuota, quota.fetch),
  ];
}
