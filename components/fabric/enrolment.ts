/**
 * How a pod comes to its certificates: an Identity for the controller to register, and an init container that enrols
 * with a key made in the pod. Names and environment are the contract of services/enrol.
 */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { enrolmentSecret, rootsConfigMap, type NetworkPlan, type NodePlan } from "../../model/network/plan";
import { apiVersion } from "../../model/customResources/definition";
import type { IdentitySpec } from "../../model/customResources/identity";
import { labels } from "../../model/contracts/labels";
import { containerDefaults } from "../kubernetes/podSecurity";
import { resourcesOf } from "../kubernetes/sizes";

/** Folder on the volume `crypto` (or the node's own) with `msp/` and `tls/`. */
export const cryptoDir = "/var/hyperledger/crypto";

/** TLS files that the enrolment leaves. */
export const tlsFiles = {
  certificate: `${cryptoDir}/tls/server.crt`,
  key: `${cryptoDir}/tls/server.key`,
  root: `${cryptoDir}/tls/ca.crt`,
};

/** Folder with the MSP that the enrolment leaves. */
export const mspDir = `${cryptoDir}/msp`;

/** Holds `pulumi up` until the controller has set the condition Ready. */
export const waitForReady = { "pulumi.com/waitFor": "condition=Ready" };

/** Key of the ConfigMap {@link rootsConfigMap} with the root of the organization's TLS certificates. */
export const tlsRootKey = "tlsca.pem";

/**
 * An Identity, to be registered by the controller.
 *
 * @param resourceName - name of the Pulumi resource
 * @param name - name of the Identity
 */
export function identity(
  resourceName: string,
  plan: NetworkPlan,
  organization: string,
  name: string,
  spec: IdentitySpec,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(
    resourceName,
    {
      apiVersion,
      kind: "Identity",
      metadata: {
        name,
        namespace: plan.namespace,
        labels: labels({ network: plan.name, organization }),
        annotations: waitForReady,
      },
      spec,
    },
    opts,
  );
}

/** Arguments of {@link enrolContainer}. */
export interface EnrolArgs {
  plan: NetworkPlan;
  /** Name of the Identity. */
  identity: string;
  certificateAuthority: NodePlan;
  /** Names that the certificates carry. */
  hosts: string[];
  /** Reference of the enrol image. */
  image: string;
  /** Volume that the files are written to, and where it is mounted. */
  volume: { name: string; mountPath: string };
  /** Whether only a TLS certificate is wanted. */
  tlsOnly?: boolean;
}

/** The init container that enrols. It waits for the Secret and the roots, which the kubelet mounts, and for the CA. */
export function enrolContainer(args: EnrolArgs): k8sInput.core.v1.Container {
  return {
    name: "enrol",
    image: args.image,
    args: args.tlsOnly ? ["node", "--tls-only"] : ["node"],
    env: enrolEnvironment(args),
    volumeMounts: enrolMounts(args),
    resources: resourcesOf(args.plan.size, "init"),
    ...containerDefaults,
  };
}

/** Environment of a container that enrols. */
export function enrolEnvironment({ certificateAuthority, hosts }: EnrolArgs): k8sInput.core.v1.EnvVar[] {
  return [
    { name: "ENROL_CA_URL", value: `https://${certificateAuthority.address}` },
    { name: "ENROL_HOSTS", value: hosts.join(",") },
    { name: "ENROL_OUTPUT_DIR", value: cryptoDir },
  ];
}

/** Volume mounts of a container that enrols. */
export function enrolMounts({ volume }: EnrolArgs): k8sInput.core.v1.VolumeMount[] {
  return [
    volume,
    { name: "roots", mountPath: "/etc/baas/roots", readOnly: true },
    { name: "enrolment", mountPath: "/etc/baas/enrolment", readOnly: true },
  ];
}

/** Volumes of {@link enrolContainer}; the pod starts when both are there. */
export function enrolVolumes(args: Pick<EnrolArgs, "identity" | "certificateAuthority">): k8sInput.core.v1.Volume[] {
  return [
    { name: "roots", configMap: { name: rootsConfigMap(args.certificateAuthority) } },
    // Readable by the pod's group, which is the volume's: the container runs as non-root.
    { name: "enrolment", secret: { secretName: enrolmentSecret(args.identity), defaultMode: 0o440 } },
  ];
}
