import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import {
  ports,
  rootsConfigMap,
  type ChaincodePlan,
  type NetworkPlan,
  type OrganizationPlan,
  type SmokeTestPlan,
} from "../../model/network/plan";
import { cryptoDir, enrolContainer, enrolVolumes, identity, mspDir, tlsRootKey } from "./enrolment";
import { labels } from "../../model/contracts/labels";
import { allowTo, pods } from "../kubernetes/networkAccess";
import { containerDefaults, podSecurityContext } from "../kubernetes/podSecurity";
import type { ProjectImage } from "../kubernetes/projectImage";
import { resourcesOf } from "../kubernetes/sizes";

/** Arguments of {@link SmokeTest}. */
export interface SmokeTestArgs {
  plan: NetworkPlan;
  chaincode: ChaincodePlan;
  smokeTest: SmokeTestPlan;
  /** Image of services/smoke-test. */
  image: ProjectImage;
  /** Reference of the enrol image. */
  enrolImage: string;
  /** The chaincode's custom resource and its servers, which are ready before it. */
  dependsOn: pulumi.Resource[];
}

/** How long the test waits for the chaincode to be committed; `apply` starts everything at once. */
const timeoutSeconds = 600;

/**
 * A Job that submits transactions to a chaincode version, as a client with an Identity of its own, and has a peer of
 * every member organization read their result back. It runs once for each version, and again when anything that it
 * consists of changes; what it found is its pod's termination message.
 */
export class SmokeTest extends pulumi.ComponentResource {
  constructor(name: string, args: SmokeTestArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, chaincode, smokeTest } = args;
    super("baas:index:SmokeTest", name, { chaincode: chaincode.name, version: chaincode.version }, opts);
    const child = { parent: this };
    const members = plan.channels.find((channel) => channel.name === chaincode.channel)!.organizations;
    const organization = members.find((member) => member.name === smokeTest.organization)!;
    const certificateAuthority = organization.certificateAuthority;
    const own = labels({
      network: plan.name,
      organization: organization.name,
      role: "client",
      instance: smokeTest.name,
    });
    const metadata = { name: smokeTest.name, namespace: plan.namespace, labels: own };

    const client = identity(
      `${name}-identity`,
      plan,
      organization.name,
      smokeTest.name,
      { certificateAuthority: certificateAuthority.name, enrolmentId: smokeTest.name, type: "client" },
      child,
    );
    const serviceAccount = new k8s.core.v1.ServiceAccount(
      name,
      { metadata, automountServiceAccountToken: false },
      child,
    );
    const networkPolicy = new k8s.networking.v1.NetworkPolicy(
      name,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: own },
          policyTypes: ["Ingress", "Egress"],
          ingress: [],
          egress: [
            allowTo(
              members.flatMap((member) => pods({ network: plan.name, organization: member.name, role: "peer" })),
              ports.peer,
            ),
            allowTo(
              pods({ network: plan.name, organization: organization.name, role: "certificate-authority" }),
              ports.certificateAuthority,
            ),
          ],
        },
      },
      child,
    );
    new k8s.batch.v1.Job(
      name,
      {
        metadata: { ...metadata, annotations: runAgain },
        spec: {
          backoffLimit: 3,
          podFailurePolicy: {
            rules: [
              // The pod had to make room; that says nothing about the network.
              { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
              // The program has tried again by itself what may be tried again; code 2 asks for a run with another ID.
              { action: "FailJob", onExitCodes: { containerName, operator: "In", values: [1] } },
            ],
          },
          template: { metadata: { labels: own }, spec: podSpec(args, organization, members) },
        },
      },
      { ...child, dependsOn: [serviceAccount, networkPolicy, client, args.image.image, ...args.dependsOn] },
    );
    this.registerOutputs({});
  }
}

/** A Job that has failed is made anew by the next `up` or `apply`. */
const runAgain = { "pulumi.com/replaceUnready": "true" };

const containerName = "smoke-test";

function podSpec(
  { plan, chaincode, smokeTest, image, enrolImage }: SmokeTestArgs,
  organization: OrganizationPlan,
  members: OrganizationPlan[],
): k8sInput.core.v1.PodSpec {
  const certificateAuthority = organization.certificateAuthority;
  const crypto = { name: "crypto", mountPath: cryptoDir };
  const roots = { name: "peer-roots", mountPath: "/etc/baas/peer-roots", readOnly: true };
  const others = members.filter((member) => member !== organization);
  // Not all peers of a member: the test would run again whenever one is added.
  const peers = [organization, ...others].map((member) =>
    member.peers.slice(0, 1).map((peer) => ({
      organization: member.name,
      name: peer.name,
      address: peer.address,
    })),
  );
  return {
    serviceAccountName: smokeTest.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // With OnFailure, Kubernetes would delete the pod that tells why the Job has failed.
    restartPolicy: "Never",
    securityContext: podSecurityContext,
    initContainers: [
      enrolContainer({
        plan,
        identity: smokeTest.name,
        certificateAuthority,
        hosts: [smokeTest.name],
        image: enrolImage,
        volume: crypto,
      }),
    ],
    containers: [
      {
        name: containerName,
        image: image.reference,
        env: [
          { name: "SMOKE_TEST_CHANNEL", value: chaincode.channel },
          { name: "SMOKE_TEST_CHAINCODE", value: chaincode.name },
          { name: "SMOKE_TEST_VERSION", value: chaincode.version },
          { name: "SMOKE_TEST_SUBMIT", value: literal(JSON.stringify(smokeTest.submit)) },
          { name: "SMOKE_TEST_EVALUATE", value: literal(JSON.stringify(smokeTest.evaluate)) },
          { name: "SMOKE_TEST_PEERS", value: JSON.stringify(peers) },
          { name: "SMOKE_TEST_MSP_ID", value: organization.mspId },
          { name: "SMOKE_TEST_MSP_DIR", value: mspDir },
          { name: "SMOKE_TEST_ROOTS_DIR", value: roots.mountPath },
          { name: "SMOKE_TEST_TIMEOUT_SECONDS", value: String(timeoutSeconds) },
        ],
        volumeMounts: [{ ...crypto, readOnly: true }, roots],
        resources: resourcesOf(plan.size, "smokeTest"),
        ...containerDefaults,
      },
    ],
    volumes: [
      // The key is made anew with each pod and never reaches a disk.
      { name: crypto.name, emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      ...enrolVolumes({ identity: smokeTest.name, certificateAuthority }),
      {
        name: roots.name,
        projected: {
          sources: members.map((member) => ({
            configMap: {
              name: rootsConfigMap(member.certificateAuthority),
              items: [{ key: tlsRootKey, path: `${member.name}.pem` }],
            },
          })),
        },
      },
    ],
  };
}

/** A text that Kubernetes takes as it is: `$(NAME)` in a variable's value means another variable. */
export function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}
