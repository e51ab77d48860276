/** The smoke test of a chaincode version: its configuration, its allowed traffic, and when it runs again. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { rootKeys } from "../../model/contracts/certificateAuthority";
import { mspDir } from "../../model/contracts/enrolment";
import { labels } from "../../model/contracts/labels";
import { rootsConfigMapName } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import {
  rootFileOf,
  smokeTestContainerName,
  smokeTestExitCodes,
  type SmokeTestPeer,
  smokeTestVariables,
} from "../../model/contracts/smokeTest";
import { type ChaincodePlan, type OrganizationPlan, type SmokeTestPlan } from "../../model/network/networkPlan";
import {
  allowToEnrol,
  cryptoMount,
  cryptoVolume,
  enrolContainer,
  enrolVolumes,
  identity,
} from "../enrolment/enrolment";
import { allowTo, pods } from "../kubernetes/networkAccess";
import type { NetworkContext } from "../kubernetes/networkContext";
import { networkPolicy } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { podTemplate, workloadMetadata } from "../kubernetes/podTemplate";
import type { ProjectImage } from "../kubernetes/projectImage";
import { replaceUnready } from "../kubernetes/pulumiAnnotations";
import { serviceAccount } from "../kubernetes/serviceAccount";
import { resourcesOf } from "../kubernetes/sizes";

/** Arguments of {@link SmokeTest}. */
export interface SmokeTestArgs extends NetworkContext {
  chaincode: ChaincodePlan;
  smokeTest: SmokeTestPlan;
  /** Image of services/smoke-test. */
  image: ProjectImage;
  /** The chaincode's custom resource and its servers, which are ready before it. */
  dependsOn: pulumi.Resource[];
}

/** How long the test waits for the chaincode to be committed; `apply` starts everything at once. */
const timeoutSeconds = 600;

/**
 * A Job that submits transactions to a chaincode version, as a client with an Identity of its own, and has a peer of
 * every member organization read their result back. It runs once for each version, and again when any part of its
 * specification changes. Its result is the termination message of its pod.
 */
export class SmokeTest extends pulumi.ComponentResource {
  constructor(name: string, args: SmokeTestArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, chaincode, smokeTest } = args;
    super("baas:index:SmokeTest", name, { chaincode: chaincode.name, version: chaincode.version }, opts);
    const child = { parent: this };
    const members = plan.channels.find((channel) => channel.name === chaincode.channel)!.organizations;
    const organization = members.find((member) => member.name === smokeTest.organization)!;
    const own = labels({
      network: plan.name,
      organization: organization.name,
      role: "client",
      instance: smokeTest.name,
    });
    const metadata = { name: smokeTest.name, namespace: plan.namespace, labels: own };

    const client = identity(
      `${name}-identity`,
      { plan, organization, name: smokeTest.name, enrolmentId: smokeTest.name, type: "client" },
      child,
    );
    const account = serviceAccount(name, metadata, child);
    const peers = members.flatMap((member) => pods({ network: plan.name, organization: member.name, role: "peer" }));
    const egress = [allowTo(peers, ports.peer), allowToEnrol(plan, organization)];
    const policy = networkPolicy(name, metadata, { ingress: [], egress }, child);
    new k8s.batch.v1.Job(
      name,
      {
        metadata: workloadMetadata({ ...metadata, annotations: replaceUnready }, plan.pods, "smokeTest"),
        spec: {
          backoffLimit: 3,
          podFailurePolicy: {
            rules: [
              // Kubernetes evicted the pod, which is no failure of the network.
              { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
              // The program has made all useful retries itself. After code 2, the Job runs it again with another ID.
              {
                action: "FailJob",
                onExitCodes: {
                  containerName: smokeTestContainerName,
                  operator: "In",
                  values: [smokeTestExitCodes.failed],
                },
              },
            ],
          },
          template: podTemplate({
            pods: plan.pods,
            role: "smokeTest",
            account: smokeTest.name,
            labels: own,
            spec: podSpec(args, organization, members),
          }),
        },
      },
      { ...child, dependsOn: [account, policy, client, args.image.image, ...args.dependsOn] },
    );
    this.registerOutputs({});
  }
}

const roots = { name: "peer-roots", mountPath: "/etc/baas/peer-roots", readOnly: true };

function podSpec(
  args: SmokeTestArgs,
  organization: OrganizationPlan,
  members: readonly OrganizationPlan[],
): k8sInput.core.v1.PodSpec {
  const { name } = args.smokeTest;
  const enrolment = { ...args, organization, identity: name, hosts: [name], volume: cryptoMount };
  return {
    // With OnFailure, Kubernetes would delete the pod, which shows why the Job has failed.
    restartPolicy: "Never",
    initContainers: [enrolContainer(enrolment)],
    containers: [smokeTestContainer(args, organization, members)],
    volumes: [cryptoVolume, ...enrolVolumes(enrolment), rootsVolume(members)],
  };
}

function smokeTestContainer(
  { plan, chaincode, smokeTest, image }: SmokeTestArgs,
  organization: OrganizationPlan,
  members: readonly OrganizationPlan[],
): k8sInput.core.v1.Container {
  const others = members.filter((member) => member !== organization);
  // Not all peers of a member: the test would run again after each addition of a peer.
  const peers: SmokeTestPeer[][] = [organization, ...others].map((member) =>
    member.peers.slice(0, 1).map(({ name, address }) => ({ organization: member.name, name, address })),
  );
  return {
    name: smokeTestContainerName,
    image: image.reference,
    env: [
      { name: smokeTestVariables.channel, value: chaincode.channel },
      { name: smokeTestVariables.chaincode, value: chaincode.name },
      { name: smokeTestVariables.version, value: chaincode.version },
      { name: smokeTestVariables.submit, value: literal(JSON.stringify(smokeTest.submit)) },
      { name: smokeTestVariables.evaluate, value: literal(JSON.stringify(smokeTest.evaluate)) },
      { name: smokeTestVariables.peers, value: JSON.stringify(peers) },
      { name: smokeTestVariables.mspId, value: organization.mspId },
      { name: smokeTestVariables.mspDir, value: mspDir },
      { name: smokeTestVariables.rootsDir, value: roots.mountPath },
      { name: smokeTestVariables.timeoutSeconds, value: String(timeoutSeconds) },
    ],
    volumeMounts: [{ ...cryptoMount, readOnly: true }, roots],
    resources: resourcesOf(plan.size, "smokeTest"),
    ...containerDefaults,
  };
}

/** The root of every member's TLS certificates, each in a file with the member's name. */
function rootsVolume(members: readonly OrganizationPlan[]): k8sInput.core.v1.Volume {
  const sources = members.map((member) => ({
    configMap: {
      name: rootsConfigMapName(member.certificateAuthority.name),
      items: [{ key: rootKeys.tls, path: rootFileOf(member.name) }],
    },
  }));
  return { name: roots.name, projected: { sources } };
}

/** Escapes a text for an environment variable: Kubernetes would replace `$(NAME)` by the value of another variable. */
function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}
