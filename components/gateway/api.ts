/** The API server of a network: its pods, and what they may reach. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { apiSettingsVariable } from "../../model/contracts/api";
import { labels } from "../../model/contracts/labels";
import { dataVolume, headlessServiceName } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import { type ApiPlan, mostReplicas } from "../../model/network/networkPlan";
import {
  allowToEnrol,
  cryptoMount,
  cryptoVolume,
  enrolContainer,
  enrolVolumes,
  identity,
  keeperContainer,
} from "../enrolment/enrolment";
import { serviceFamilies } from "../kubernetes/addressFamily";
import { autoscaler, ownedByAutoscaler } from "../kubernetes/autoscaling";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { allowFromMonitoring, operationsRootMount, operationsRootVolume } from "../kubernetes/metricsReaders";
import { allowFrom, allowTo, allowToOutside, httpsPortOf, pods } from "../kubernetes/networkAccess";
import type { NetworkContext } from "../kubernetes/networkContext";
import { type AllowedTraffic, networkPolicy } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { configurationAnnotations, podTemplate, workloadMetadata } from "../kubernetes/podTemplate";
import { operationsAlive, operationsHealth, serverProbes } from "../kubernetes/probes";
import { skipAwaitOfPods } from "../kubernetes/pulumiAnnotations";
import { service, tcpPort } from "../kubernetes/service";
import { serviceAccount } from "../kubernetes/serviceAccount";
import { resourcesOf } from "../kubernetes/sizes";
import { dataVolumeClaim, tmpMount, tmpVolume } from "../kubernetes/volumes";
import {
  apiConfigurationDir,
  apiDataDir,
  apiFiles,
  apiSettingsFile,
  databaseDir,
  rootCertificatesFile,
} from "./apiSettings";
import { authoritiesDir, authoritySources } from "./callerAuthorities";

/** Arguments of {@link Api}. */
export interface ApiArgs extends NetworkContext {
  api: ApiPlan;
  /** Reference of its image. */
  image: string;
  /** What its pods need to become available. */
  needs: pulumi.Resource[];
}

/** The server by which applications call chaincode over HTTP. Only the gateway reaches it. */
export class Api extends pulumi.ComponentResource {
  constructor(name: string, args: ApiArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, api } = args;
    const { organization, replicas } = api;
    super("baas:index:Api", name, { replicas }, opts);
    const child = { parent: this };
    const identification = { network: plan.name, role: "api" as const, instance: api.name };
    const own = labels(identification);
    const podLabels = labels({ ...identification, organization: organization.name });
    const metadata = { name: api.name, namespace: plan.namespace, labels: own };

    const enrolled = { plan, organization, name: api.name, enrolmentId: api.name, type: "client" as const };
    const client = identity(`${name}-identity`, enrolled, child);
    const account = serviceAccount(name, metadata, child);
    const data = apiFiles(plan, api);
    const configMap = new k8s.core.v1.ConfigMap(name, { metadata, data }, child);
    const headless = services(name, args, metadata, child);
    const policy = networkPolicy(name, metadata, allowedTraffic(args), child);
    disruptionBudget(name, metadata, mostReplicas(api), child);
    autoscaler(name, metadata, "StatefulSet", api, child);
    new k8s.apps.v1.StatefulSet(
      name,
      {
        metadata: workloadMetadata({ ...metadata, annotations: skipAwaitOfPods }, plan.pods, "api"),
        spec: {
          serviceName: headlessServiceName(api.name),
          replicas,
          selector: { matchLabels: own },
          updateStrategy: { type: "RollingUpdate" },
          podManagementPolicy: "Parallel",
          template: podTemplate({
            pods: plan.pods,
            role: "api",
            account: api.name,
            labels: podLabels,
            annotations: configurationAnnotations(data),
            spreadOver: own,
            canMove: true,
            spec: podSpec(args),
          }),
          ...(api.storage !== undefined && {
            // What was accepted outlives the StatefulSet.
            persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
            volumeClaimTemplates: [dataVolumeClaim(plan, api.storage, own)],
          }),
        },
      },
      {
        ...child,
        dependsOn: [client, account, configMap, policy, headless, ...args.needs],
        ignoreChanges: ["spec.volumeClaimTemplates", ...ownedByAutoscaler(api.autoscaling)],
      },
    );
    this.registerOutputs({});
  }
}

function services(
  name: string,
  { plan, api }: ApiArgs,
  metadata: { name: string; namespace: string; labels: Record<string, string> },
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Service {
  const spec = { ports: [tcpPort("https", ports.api)], ...serviceFamilies(plan.ipFamilies) };
  service(name, metadata, { type: "ClusterIP", ...spec }, opts);
  const headless = { ...metadata, name: headlessServiceName(api.name) };
  return service(`${name}-headless`, headless, { clusterIP: "None", ...spec }, opts);
}

/** From the gateway; to the organization's peers, its CA, who issues tokens, and PostgreSQL. */
function allowedTraffic(args: ApiArgs): AllowedTraffic {
  const { plan, api } = args;
  const { organization, tokens, database, databasePort } = api;
  const outside = [
    ...(tokens === undefined ? [] : [httpsPortOf(tokens.issuer)]),
    ...(database === "postgresql" ? [databasePort] : []),
  ];
  return {
    ingress: [allowFrom(pods({ network: plan.name, role: "gateway" }), ports.api), ...allowFromMonitoring(args)],
    egress: [
      allowTo(pods({ network: plan.name, organization: organization.name, role: "peer" }), ports.peer),
      allowToEnrol(plan, organization),
      ...allowToOutside(outside),
    ],
  };
}

const configuration = { name: "configuration", mountPath: apiConfigurationDir, readOnly: true };
const database = { name: "database", mountPath: databaseDir, readOnly: true };
const authorities = { name: "authorities", mountPath: authoritiesDir, readOnly: true };
const calls = { name: dataVolume, mountPath: apiDataDir };

function podSpec(args: ApiArgs): k8sInput.core.v1.PodSpec {
  const { organization, hosts, name, databaseSecret, identities } = args.api;
  const enrolment = { ...args, organization, identity: name, hosts, volume: cryptoMount, clients: identities };
  const sources = authoritySources(args.api);
  return {
    terminationGracePeriodSeconds: 40,
    initContainers: [enrolContainer(enrolment)],
    containers: [serverContainer(args), keeperContainer(enrolment)],
    volumes: [
      cryptoVolume,
      tmpVolume,
      operationsRootVolume,
      { name: configuration.name, configMap: { name } },
      ...(databaseSecret === undefined
        ? []
        : [{ name: database.name, secret: { secretName: databaseSecret, defaultMode: 0o440 } }]),
      ...(sources.length === 0 ? [] : [{ name: authorities.name, projected: { sources, defaultMode: 0o440 } }]),
      ...enrolVolumes(enrolment),
    ],
  };
}

function serverContainer({ plan, api, image }: ApiArgs): k8sInput.core.v1.Container {
  return {
    name: "api",
    image,
    env: [
      { name: apiSettingsVariable, value: `${apiConfigurationDir}/${apiSettingsFile}` },
      ...(api.rootCertificates === undefined
        ? []
        : [{ name: "NODE_EXTRA_CA_CERTS", value: `${apiConfigurationDir}/${rootCertificatesFile}` }]),
    ],
    ports: [
      { name: "https", containerPort: ports.api },
      { name: "operations", containerPort: ports.operations },
    ],
    volumeMounts: [
      { ...cryptoMount, readOnly: true },
      tmpMount,
      operationsRootMount,
      configuration,
      ...(authoritySources(api).length === 0 ? [] : [authorities]),
      ...(api.storage === undefined ? [] : [calls]),
      ...(api.databaseSecret === undefined ? [] : [database]),
    ],
    // The nodes of the cluster need a moment to send new requests to other pods.
    lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
    ...serverProbes({ healthy: operationsHealth, alive: operationsAlive, startSeconds: 60 }),
    resources: resourcesOf(plan.size, "api"),
    ...containerDefaults,
  };
}
