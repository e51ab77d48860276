/**
 * How a pod gets its certificates: the controller registers an Identity, and an init container enrols with a key that it
 * makes in the pod. The names that both sides share are in model/contracts/enrolment.ts.
 */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import {
  clientsEnrolmentDir,
  cryptoDir,
  enrolContainerName,
  enrolmentDir,
  enrolVariables,
  rootsDir,
} from "../../model/contracts/enrolment";
import { labels } from "../../model/contracts/labels";
import { administratorId, enrolmentSecretName, rootsConfigMapName } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import type { IdentitySpec } from "../../model/customResources/identity";
import type { ClientPlan, NetworkPlan, OrganizationPlan } from "../../model/network/networkPlan";
import { customResource } from "../kubernetes/customResource";
import { allowTo, pods } from "../kubernetes/networkAccess";
import type { NetworkContext } from "../kubernetes/networkContext";
import { containerDefaults } from "../kubernetes/podSecurity";
import { skipAwait } from "../kubernetes/pulumiAnnotations";
import { resourcesOf } from "../kubernetes/sizes";
import { memoryVolume } from "../kubernetes/volumes";

/** Volume in memory, for a pod without storage: each pod makes a new key, which never reaches a disk. */
export const cryptoVolume = memoryVolume("crypto");

/** Where {@link cryptoVolume} is mounted. */
export const cryptoMount = { name: "crypto", mountPath: cryptoDir };

/** Arguments of {@link identity}. */
export interface IdentityArgs extends Omit<IdentitySpec, "certificateAuthority"> {
  plan: NetworkPlan;
  organization: OrganizationPlan;
  /** Name of the Identity. */
  name: string;
}

/**
 * An Identity, to be registered by the controller.
 *
 * @param resourceName - name of the Pulumi resource
 */
export function identity(
  resourceName: string,
  { plan, organization, name, ...own }: IdentityArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  const spec: IdentitySpec = { certificateAuthority: organization.certificateAuthority.name, ...own };
  const metadata = {
    name,
    namespace: plan.namespace,
    labels: labels({ network: plan.name, organization: organization.name }),
    annotations: skipAwait,
  };
  return customResource(resourceName, "Identity", metadata, spec, opts);
}

/**
 * The identity with which the network controller administers an organization.
 *
 * @param resourceName - name of the Pulumi resource
 */
export function administrator(
  resourceName: string,
  plan: NetworkPlan,
  organization: OrganizationPlan,
  opts: pulumi.CustomResourceOptions,
): void {
  const name = organization.administrator;
  identity(resourceName, { plan, organization, name, enrolmentId: administratorId, type: "admin" }, opts);
}

/** Arguments of {@link enrolContainer}. */
export interface EnrolArgs extends Pick<NetworkContext, "plan" | "enrolImage"> {
  organization: OrganizationPlan;
  /** Name of the Identity. */
  identity: string;
  /** Names that the certificates carry. */
  hosts: readonly string[];
  /** Mount of the volume that the files are written to. */
  volume: { name: string; mountPath: string };
  /** Whether only a TLS certificate is wanted. */
  tlsOnly?: boolean;
  /** Clients of the organization that are enrolled, too. */
  clients?: readonly ClientPlan[];
}

/** The init container that enrols. It waits for the Secret and the roots, which the kubelet mounts, and for the CA. */
export function enrolContainer(args: EnrolArgs): k8sInput.core.v1.Container {
  return {
    name: enrolContainerName,
    image: args.enrolImage,
    args: args.tlsOnly ? ["node", "--tls-only"] : ["node"],
    env: enrolEnvironment(args),
    volumeMounts: enrolMounts(args),
    resources: resourcesOf(args.plan.size, "init"),
    ...containerDefaults,
  };
}

/** The container beside a server that loads certificates without a restart: it renews them. */
export function keeperContainer(args: EnrolArgs): k8sInput.core.v1.Container {
  return {
    name: "keeper",
    image: args.enrolImage,
    args: ["keep"],
    env: enrolEnvironment(args),
    volumeMounts: enrolMounts(args),
    resources: resourcesOf(args.plan.size, "gatewayKeeper"),
    ...containerDefaults,
  };
}

/** Environment of a container that enrols. */
export function enrolEnvironment({ organization, hosts, clients = [] }: EnrolArgs): k8sInput.core.v1.EnvVar[] {
  return [
    { name: enrolVariables.caUrl, value: `https://${organization.certificateAuthority.address}` },
    { name: enrolVariables.hosts, value: hosts.join(",") },
    { name: enrolVariables.outputDir, value: cryptoDir },
    ...(clients.length === 0 ? [] : [{ name: enrolVariables.clients, value: clients.map(({ id }) => id).join(",") }]),
  ];
}

/** Volume mounts of a container that enrols. */
export function enrolMounts({ volume, clients = [] }: EnrolArgs): k8sInput.core.v1.VolumeMount[] {
  return [
    volume,
    { name: "roots", mountPath: rootsDir, readOnly: true },
    { name: "enrolment", mountPath: enrolmentDir, readOnly: true },
    ...clients.map(({ id }) => ({ name: clientVolume(id), mountPath: `${clientsEnrolmentDir}/${id}`, readOnly: true })),
  ];
}

const clientVolume = (id: string): string => `client-${id}`;

/** Volumes of {@link enrolContainer}; the pod starts when all are there. */
export function enrolVolumes({ organization, identity, clients = [] }: EnrolArgs): k8sInput.core.v1.Volume[] {
  return [
    { name: "roots", configMap: { name: rootsConfigMapName(organization.certificateAuthority.name) } },
    // Readable by the volume's group, which is the pod's: the container runs as non-root.
    { name: "enrolment", secret: { secretName: enrolmentSecretName(identity), defaultMode: 0o440 } },
    ...clients.map(({ name, id }) => ({
      name: clientVolume(id),
      secret: { secretName: enrolmentSecretName(name), defaultMode: 0o440 },
    })),
  ];
}

/** An egress rule: to the certificate authority that a pod of this organization enrols with. */
export function allowToEnrol(
  plan: NetworkPlan,
  organization: OrganizationPlan,
): k8sInput.networking.v1.NetworkPolicyEgressRule {
  return allowTo(
    pods({ network: plan.name, organization: organization.name, role: "certificate-authority" }),
    ports.certificateAuthority,
  );
}
