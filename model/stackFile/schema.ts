/**
 * The schemas of `config:` in `stacks/Pulumi.<stack>.yaml` and of `stacks/environments/<environment>.yaml`: shapes, defaults
 * and documentation. Rules across several fields are in networkChecks.ts and gatewayChecks.ts. network/planNetwork.ts
 * derives the rest.
 */
import { z } from "zod";

import { parseEndorsementPolicy } from "../../fabric/src/endorsementPolicy";
import { capabilityLevels, lowestLevels } from "../contracts/capabilityLevels";
import { defaultFabricVersion, fabricVersions } from "../files/versions";
import { apiSchema } from "./apiSchema";
import { autoscalingSchema } from "./autoscalingSchema";
import { clusterFields, imageFields } from "./clusterSchema";
import {
  bytes,
  certificateLife,
  chaincodeName,
  channelName,
  dnsLabel,
  duration,
  mspId,
  organizationName,
  quoted,
  storage,
  version,
} from "./fields";
import { gatewaySchema, platformGatewaySchema, port } from "./gatewaySchema";
import { externalKafkaSchema, kafkaSchema } from "./kafkaSchema";
import {
  anyNamespace,
  clusterDomainName,
  contextName,
  existingImage,
  gatewayApiName,
  hostOrAddress,
  imageRegistry,
  loadBalancerClassName,
  networkDomain,
  sourceFolder,
  storageClassName,
  userAnnotations,
} from "./kubernetesFields";
import { monitoringSchema } from "./monitoringSchema";
import { orderingSchema } from "./orderingSchema";
import { environmentPodsSchema, networkPodsSchema, platformPodsSchema } from "./podSchema";
import { namespaceName, overriddenPolicies, policySettingsSchema, sizeSchema } from "./sharedSchema";
import { environmentStudioSchema, studioSchema } from "./studioSchema";

const clientName = dnsLabel("a client's name", 40);

const debugSchema = z.strictObject({
  developers: z
    .array(clientName)
    .min(1, "name at least one client of the organization")
    .describe("Clients of the organization that may open sessions; its administrators may, too."),
});

const organizationSchema = z.strictObject({
  name: organizationName.describe("Short name; part of every name of the organization's nodes, such as peer0-org1."),
  mspId: mspId.optional().describe("Membership service provider ID. Default: the name with a capital, and MSP."),
  peers: z.int().min(1).max(20).default(1).describe("Number of peers. Default: 1."),
  stateDatabase: z
    .enum(["leveldb", "couchdb"])
    .default("leveldb")
    .describe("State database of the peers. CouchDB runs beside each peer and is reached on localhost only."),
  peerStorage: storage.default("10Gi").describe("Volume of each peer: ledger, state and crypto material."),
  caStorage: storage.default("1Gi").describe("Volume of the certificate authority."),
  debug: debugSchema
    .optional()
    .describe(
      "A peer for `baas chaincode debug`, which serves nobody else: chaincode runs on a developer's machine. Only in environments for " +
        "testing. Default: there is none. See docs/chaincode.md.",
    ),
  studio: studioSchema
    .optional()
    .describe(
      "Sessions in which developers write chaincode in a browser; the debug peer calls it there. Only in environments for testing. " +
        "Default: there are none. See docs/chaincode-studio.md.",
    ),
  clients: z
    .array(clientName)
    .default([])
    .describe(
      "Identities of client applications. Each gets a Secret <client>-<organization>-enrolment, with which it enrols.",
    ),
});

/** A raised level stays: the API server refuses a lower one. */
const capabilitiesSchema = z.strictObject({
  channel: z
    .enum(capabilityLevels.channel)
    .default(lowestLevels.channel)
    .describe("Level of all nodes. V3_0 is for Fabric 3 on all of them. Default: V2_0."),
  orderer: z.enum(capabilityLevels.orderer).default(lowestLevels.orderer).describe("Level of the orderers."),
  application: z.enum(capabilityLevels.application).default(lowestLevels.application).describe("Level of the peers."),
});

const channelSchema = z.strictObject({
  name: channelName.describe("Channel ID."),
  organizations: z
    .array(z.string())
    .min(1, "a channel needs at least one organization")
    .optional()
    .describe("Names of the member organizations. Default: all organizations of the network."),
  batch: z
    .strictObject({
      timeout: duration.default("500ms").describe("Longest wait before a block is cut."),
      maxMessages: z.int().min(1).max(10_000).default(500).describe("Most transactions in a block."),
      preferredMaxBytes: bytes.default("2Mi").describe("A block is cut when it grows beyond this size."),
      absoluteMaxBytes: bytes.default("10Mi").describe("No block is larger; larger transactions are refused."),
    })
    .prefault({})
    .describe("When the ordering service cuts a block."),
  capabilities: capabilitiesSchema
    .prefault({})
    .describe(
      "Capability levels: what nodes must support to take part. Raising one cannot be undone: see docs/upgrading.md.",
    ),
});

const call = z.array(quoted("an argument")).min(1, "a call is the name of a function and its arguments");

// Linux gives a program no variable of more than 128 KiB, and these come as one.
const callBytes = 100 * 1024;
const isShort = (calls: unknown): boolean => Buffer.byteLength(JSON.stringify(calls)) <= callBytes;
const tooLong = { error: `functions and arguments have at most ${callBytes / 1024} KiB together` };

const smokeTestSchema = z.strictObject({
  submit: z
    .array(call)
    .min(1, "a smoke test submits at least one transaction")
    .max(8, "at most 8 transactions")
    .refine(isShort, tooLong)
    .describe(
      "Transactions, submitted in this order: function and arguments, all of them in quotes if they are numbers.",
    ),
  evaluate: call
    .refine(isShort, tooLong)
    .describe("Function and arguments that a peer of every member organization evaluates afterwards."),
});

const chaincodeSchema = z.strictObject({
  name: chaincodeName.describe("Chaincode name, as clients call it."),
  channel: z.string().describe("Channel that the chaincode is committed on."),
  source: sourceFolder
    .optional()
    .describe("Folder with the chaincode's Dockerfile, relative to the project; its image is built from there."),
  image: existingImage.optional().describe("Image that exists already, with a tag or digest, instead of `source`."),
  version: version(
    "a chaincode's version",
    /^[A-Za-z0-9]([A-Za-z0-9_.+-]*[A-Za-z0-9])?$/,
    'a chaincode\'s version is letters, digits, ".", "_", "+" and "-"',
  ).describe('Chaincode version, in quotes ("1.0"). A new version is installed, approved and committed.'),
  endorsementPolicy: z
    .string()
    .max(4096, "at most 4096 characters")
    .optional()
    .superRefine((policy, ctx) => {
      if (policy === undefined) return;
      const parsed = parseEndorsementPolicy(policy);
      if ("error" in parsed) ctx.addIssue({ code: "custom", message: parsed.error, input: policy });
    })
    .describe(
      "Signature policy such as \"OutOf(1, 'Org1MSP.peer', 'Org2MSP.peer')\", or the path of a channel policy. " +
        "Default: /Channel/Application/Endorsement.",
    ),
  initRequired: z.boolean().default(false).describe("Whether Init must be called before any other function."),
  replicas: z
    .int()
    .min(1)
    .max(10)
    .default(1)
    .describe(
      "Chaincode server pods of each organization; of a version on several channels, the largest number counts.",
    ),
  autoscaling: autoscalingSchema
    .optional()
    .describe("How far Kubernetes may add server pods of each organization. Default: it adds none."),
  smokeTest: smokeTestSchema
    .optional()
    .describe(
      "Transactions that a Job submits once this version is committed, and what every member organization must then read " +
        'alike. "{id}" in an argument is a new ID for each run. Default: none.',
    ),
});

/** One blockchain network: `baas:network` of a stack file. */
export const networkSchema = z.strictObject({
  environment: dnsLabel("an environment's name", 40).describe(
    "Environment that the network runs in; stacks/environments/<environment>.yaml describes it.",
  ),
  domain: networkDomain.describe(
    "Domain of the network; nodes are called peer0.org1.<domain>. Unique within the cluster.",
  ),
  namespace: namespaceName.optional().describe("Kubernetes namespace of the network. Default: the name of the stack."),
  fabricVersion: version("fabricVersion", /^[0-9]+\.[0-9]+\.[0-9]+$/, "a Fabric version looks like 2.5.16")
    .refine((v) => fabricVersions.includes(v), {
      error: () => `supported versions: ${fabricVersions.join(", ")}; see docs/upgrading.md`,
    })
    .default(defaultFabricVersion)
    .describe("Version of Hyperledger Fabric, in quotes. A newer one is an upgrade: see docs/upgrading.md."),
  size: sizeSchema.optional().describe("Resource profile. Default: that of the environment."),
  ordering: orderingSchema.prefault({}).describe("The ordering service."),
  organizations: z
    .array(organizationSchema)
    .min(1, "a network needs at least one organization")
    .max(64, "a network has at most 64 organizations")
    .describe("Organizations with peers."),
  channels: z.array(channelSchema).default([]).describe("Application channels."),
  chaincodes: z.array(chaincodeSchema).default([]).describe("Chaincodes, run as a service."),
  gateway: gatewaySchema
    .optional()
    .describe("The edge: the one way into the network from outside the cluster. Default: there is none."),
  api: apiSchema
    .optional()
    .describe(
      "The API server, by which applications call chaincode over HTTP. Default: there is none. See docs/api.md.",
    ),
  pods: networkPodsSchema
    .optional()
    .describe(
      "Where pods run, and what they carry, by role; added to `pods` of the environment. See docs/platforms.md.",
    ),
  policies: overriddenPolicies,
});

/** The shared platform of an environment: `baas:platform` of a stack file. */
export const platformSchema = z.strictObject({
  environment: dnsLabel("an environment's name", 40).describe("Environment that this platform serves."),
  namespace: namespaceName.default("baas-platform").describe("Kubernetes namespace of the network controller."),
  controllerReplicas: z
    .int()
    .min(1)
    .max(3)
    .default(1)
    .describe("Replicas of the network controller; one leads, the others wait."),
  monitoringNamespace: namespaceName
    .optional()
    .describe(
      "Namespace whose pods may read the metrics of the controller (the end of every certificate among them) and of all networks, which " +
        "are applied again for that; those of nodes with a certificate of the platform's CA. The environment must " +
        "allow it: policies.security-network-policies.namespaces. Default: nobody.",
    ),
  kafka: kafkaSchema
    .optional()
    .describe(
      "Kafka and ZooKeeper, which the environment's networks with ordering type kafka share. Default: there is none.",
    ),
  externalKafka: externalKafkaSchema.optional().describe("A Kafka of yours, instead of one that the platform runs."),
  gateway: platformGatewaySchema
    .optional()
    .describe(
      "The platform's one port outside the cluster, by which people reach Grafana. Default: there is none. See docs/monitoring.md.",
    ),
  monitoring: monitoringSchema
    .optional()
    .describe(
      "Prometheus, which reads the metrics of the platform and of all networks, Alertmanagers, and Grafana. Default: there are none. See " +
        "docs/monitoring.md.",
    ),
  caStorage: storage.default("1Gi").describe("Size of the volume of the platform's certificate authority."),
  pods: platformPodsSchema
    .optional()
    .describe("Where the platform's pods run, and what they carry, by role; added to `pods` of the environment."),
  policies: overriddenPolicies,
});

const portRange = z.strictObject({ from: port.describe("First port."), to: port.describe("Last port.") });

export const exposureSchema = z.strictObject({
  type: z
    .enum(["NodePort", "LoadBalancer", "TLSRoute"])
    .default("NodePort")
    .describe(
      "How the network's port comes to be outside the cluster: on the nodes, by a load balancer of the cluster's provider, or " +
        "by a Gateway of the Gateway API that passes TLS through.",
    ),
  ports: portRange.describe(
    "Ports of all networks of the environment; each takes one, with TLSRoute all may share one.",
  ),
  nodePortRange: portRange
    .prefault({ from: 30_000, to: 32_767 })
    .describe("The cluster's own range for node ports (service-node-port-range of its API server)."),
  address: hostOrAddress
    .optional()
    .describe("Name or address at which clients reach the port. Default: what the cluster says."),
  proxyProtocol: z
    .boolean()
    .default(false)
    .describe("Whether the load balancer in front says by the PROXY protocol who the client is; then all must."),
  annotations: userAnnotations.default({}).describe("Annotations of the Service, for a load balancer."),
  loadBalancerClass: loadBalancerClassName
    .optional()
    .describe("Load balancer implementation, where there are several."),
  gateway: z
    .strictObject({
      name: gatewayApiName.describe("Name of the Gateway."),
      namespace: anyNamespace.describe("Its namespace."),
      sectionName: gatewayApiName.optional().describe("Name of its listener. Default: any on the network's port."),
    })
    .optional()
    .describe("For TLSRoute: the Gateway (gateway.networking.k8s.io/v1) with a listener for TLS, mode Passthrough."),
});

/** What all stacks of an environment share: `stacks/environments/<environment>.yaml`. */
export const environmentSchema = z.strictObject({
  ...clusterFields,
  context: contextName.describe("Context in the kubeconfig; no other cluster is ever touched."),
  images: z
    .strictObject({
      upstream: imageRegistry.default("docker.io").describe("Registry (or mirror) of the upstream images."),
      project: imageRegistry.describe("Registry and path of the images that this project builds."),
      push: z.boolean().default(true).describe("Whether built images are pushed to that registry."),
      ...imageFields,
    })
    .describe("Where images come from."),
  storageClass: storageClassName.optional().describe("StorageClass of all volumes. Default: the cluster's default."),
  size: sizeSchema.default("medium").describe("Resource profile of networks that name none."),
  clusterDomain: clusterDomainName.default("cluster.local").describe("DNS domain of the cluster's Services."),
  certificates: z
    .strictObject({
      life: certificateLife.describe(
        "How long certificates of nodes live, such as 10m, to see renewals within minutes. Not in production. Roots live 15 years.",
      ),
    })
    .optional()
    .describe("Certificates of nodes, for tests of their renewal. Default: they live a year."),
  gateway: exposureSchema.optional().describe("How the gateways of networks are reached. Default: no network has one."),
  studio: environmentStudioSchema.optional().describe("Sessions of chaincode studios. See docs/chaincode-studio.md."),
  pods: environmentPodsSchema
    .optional()
    .describe("Where the pods of all stacks run, and what they carry, by role. See docs/platforms.md."),
  policies: policySettingsSchema
    .optional()
    .describe(
      "Policy profile: how policies are taken in this environment, by their names: an enforcement level, or settings. " +
        "docs/policies.md lists them with their defaults.",
    ),
});

/** `baas:network` with all defaults filled in. */
export type NetworkConfig = z.output<typeof networkSchema>;
/** `baas:platform` with all defaults filled in. */
export type PlatformConfig = z.output<typeof platformSchema>;
/** `kafka` of a platform with all defaults filled in. */
export type KafkaConfig = z.output<typeof kafkaSchema>;
/** `externalKafka` of a platform with all defaults filled in. */
export type ExternalKafkaConfig = z.output<typeof externalKafkaSchema>;
/** An environment file with all defaults filled in. */
export type EnvironmentConfig = z.output<typeof environmentSchema>;
/** Type of an ordering service. */
export type OrderingType = NetworkConfig["ordering"]["type"];
/** `gateway` of a network with all defaults filled in. */
export type GatewayConfig = z.output<typeof gatewaySchema>;
/** `gateway` of an environment with all defaults filled in. */
export type ExposureConfig = z.output<typeof exposureSchema>;
/** Levels and settings of policies, by their names. */
export type PolicySettings = z.output<typeof policySettingsSchema>;
/** Resource profile. */
export type Size = z.output<typeof sizeSchema>;
