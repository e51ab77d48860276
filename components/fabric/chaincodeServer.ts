/** The server of a chaincode version in one organization: its container, and the objects around it. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { tlsFiles } from "../../model/contracts/enrolment";
import { labels } from "../../model/contracts/labels";
import { ports } from "../../model/contracts/ports";
import {
  type ChaincodePlan,
  type ChaincodeServerPlan,
  mostReplicas,
  type OrganizationPlan,
} from "../../model/network/networkPlan";
import {
  allowToEnrol,
  cryptoMount,
  cryptoVolume,
  enrolContainer,
  enrolVolumes,
  identity,
} from "../enrolment/enrolment";
import { anyAddress, serviceFamilies } from "../kubernetes/addressFamily";
import { autoscaler, ownedByAutoscaler } from "../kubernetes/autoscaling";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { allowFrom, controllerIn, pods } from "../kubernetes/networkAccess";
import type { NetworkContext } from "../kubernetes/networkContext";
import { networkPolicy } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { podTemplate, workloadMetadata } from "../kubernetes/podTemplate";
import { skipAwaitOfPods } from "../kubernetes/pulumiAnnotations";
import { service, tcpPort } from "../kubernetes/service";
import { serviceAccount } from "../kubernetes/serviceAccount";
import { resourcesOf } from "../kubernetes/sizes";
import { tmpMount, tmpVolume } from "../kubernetes/volumes";

/** Arguments of {@link chaincodeServer}. */
export interface ChaincodeServerArgs extends NetworkContext {
  chaincode: ChaincodePlan;
  server: ChaincodeServerPlan;
  /** Reference of the chaincode's image. */
  image: string;
  /** Resources that build the image, if this project does. */
  builds: pulumi.Resource[];
  /** ID of the package by which peers find the server. */
  packageId: string;
}

/**
 * Creates the objects of a chaincode server.
 *
 * @param resourceName - name of the Pulumi resources; the plan names the objects
 * @param opts - options of every object; `parent` is the chaincode's component
 * @returns the objects
 */
export function chaincodeServer(
  resourceName: string,
  args: ChaincodeServerArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { plan, chaincode, server } = args;
  const organization = plan.organizations.find((candidate) => candidate.name === server.organization)!;
  const identification = { network: plan.name, organization: organization.name };
  const own = labels({ ...identification, role: "chaincode", instance: server.name });
  const metadata = { name: server.name, namespace: plan.namespace, labels: own };

  const client = identity(
    `${resourceName}-identity`,
    { plan, organization, name: server.name, enrolmentId: server.name, type: "client" },
    opts,
  );
  const account = serviceAccount(resourceName, metadata, opts);
  const grpc = { type: "ClusterIP", ports: [tcpPort("grpc", ports.chaincode)], ...serviceFamilies(plan.ipFamilies) };
  const front = service(resourceName, metadata, grpc, opts);
  // The controller asks the server as a peer would, before it says that the chaincode is ready.
  const peers = pods({ ...identification, role: "peer" });
  const ingress = [allowFrom([...peers, ...controllerIn(args.platformNamespace)], ports.chaincode)];
  const egress = [allowToEnrol(plan, organization)];
  const policy = networkPolicy(resourceName, metadata, { ingress, egress }, opts);
  disruptionBudget(resourceName, metadata, mostReplicas(chaincode), opts);
  autoscaler(resourceName, metadata, "Deployment", chaincode, opts);
  const servers = new k8s.apps.v1.Deployment(
    resourceName,
    {
      metadata: workloadMetadata({ ...metadata, annotations: skipAwaitOfPods }, plan.pods, "chaincode"),
      spec: {
        replicas: chaincode.replicas,
        selector: { matchLabels: own },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: podTemplate({
          pods: plan.pods,
          role: "chaincode",
          account: server.name,
          labels: own,
          spreadOver: own,
          canMove: true,
          spec: podSpec(args, organization),
        }),
      },
    },
    { ...opts, dependsOn: [account, ...args.builds], ignoreChanges: ownedByAutoscaler(chaincode.autoscaling) },
  );
  return [client, account, front, policy, servers];
}

function podSpec(args: ChaincodeServerArgs, organization: OrganizationPlan): k8sInput.core.v1.PodSpec {
  const { name, hosts } = args.server;
  const enrolment = { ...args, organization, identity: name, hosts, volume: cryptoMount, tlsOnly: true };
  return {
    initContainers: [enrolContainer(enrolment)],
    containers: [chaincodeContainer(args)],
    volumes: [cryptoVolume, tmpVolume, ...enrolVolumes(enrolment)],
  };
}

function chaincodeContainer({ plan, image, packageId }: ChaincodeServerArgs): k8sInput.core.v1.Container {
  // The server has no port for health checks, and its image has no command for them. Unlike Fabric's nodes, it does not log
  // bare connections.
  const listening = { tcpSocket: { port: ports.chaincode } };
  return {
    name: "chaincode",
    image,
    env: [
      { name: "CHAINCODE_SERVER_ADDRESS", value: `${anyAddress(plan.ipFamilies)}:${ports.chaincode}` },
      { name: "CHAINCODE_ID", value: packageId },
      { name: "CORE_CHAINCODE_ID_NAME", value: packageId },
      { name: "CHAINCODE_TLS_CERT_FILE", value: tlsFiles.certificate },
      { name: "CHAINCODE_TLS_KEY_FILE", value: tlsFiles.key },
    ],
    ports: [{ name: "grpc", containerPort: ports.chaincode }],
    volumeMounts: [{ ...cryptoMount, readOnly: true }, tmpMount],
    startupProbe: { ...listening, periodSeconds: 1, failureThreshold: 120 },
    readinessProbe: { ...listening, periodSeconds: 10 },
    livenessProbe: { ...listening, periodSeconds: 20, failureThreshold: 6 },
    resources: resourcesOf(plan.size, "chaincode"),
    ...containerDefaults,
  };
}
