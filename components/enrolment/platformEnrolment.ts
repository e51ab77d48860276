/**
 * How a pod gets a certificate of one of the platform's CAs, as enrolment.ts does with those of its organization. The names that both
 * sides share are in model/contracts/platformCa.ts.
 */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import type { PlatformCaName } from "../../model/contracts/certificateAuthority";
import { enrolVariables } from "../../model/contracts/enrolment";
import { labels } from "../../model/contracts/labels";
import { enrolmentSecretName, rootsConfigMapName } from "../../model/contracts/names";
import {
  platformCaName,
  platformCryptoDir,
  platformEnrolContainerName,
  platformEnrolmentDir,
  platformEnrolmentId,
  platformIdentityName,
  platformRootsDir,
} from "../../model/contracts/platformCa";
import { ports } from "../../model/contracts/ports";
import type { IdentitySpec } from "../../model/customResources/identity";
import type { Size } from "../../model/stackFile/schema";
import { customResource } from "../kubernetes/customResource";
import { allowTo, podsIn } from "../kubernetes/networkAccess";
import { containerDefaults } from "../kubernetes/podSecurity";
import { skipAwait } from "../kubernetes/pulumiAnnotations";
import { resourcesOf } from "../kubernetes/sizes";

/** Arguments of {@link platformIdentity}. */
export interface PlatformIdentityArgs {
  /** The CA that it is registered with. */
  issuer: PlatformCaName;
  /** Name of the node, or whatever else enrols: the certificate's common name is `<name>.<namespace>`. */
  name: string;
  /** Name of the Identity, if other than `<name>-<issuer>`. */
  identity?: string;
  namespace: string;
  /** The network, if it is not of the platform. */
  network?: string;
  organization?: string;
  /** Whether the controller keeps its key and certificate in a Secret. */
  clientCertificate?: boolean;
}

/**
 * An Identity, to be registered by the controller with one of the platform's CAs. Its Secret is made in its own namespace.
 *
 * @param resourceName - name of the Pulumi resource
 */
export function platformIdentity(
  resourceName: string,
  args: PlatformIdentityArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  const { issuer, name, namespace, network, organization, clientCertificate = false } = args;
  const { identity = platformIdentityName(name, issuer) } = args;
  const enrolmentId = platformEnrolmentId(name, namespace);
  const spec: IdentitySpec = {
    ...{ certificateAuthority: platformCaName, issuer, enrolmentId, type: "client" },
    ...(identity !== name && { node: name }),
    ...(clientCertificate && { clientCertificate }),
  };
  const metadata = { name: identity, namespace, labels: labels({ network, organization }), annotations: skipAwait };
  return customResource(resourceName, "Identity", metadata, spec, opts);
}

/** Arguments of {@link platformEnrolContainer}. */
export interface PlatformEnrolArgs {
  issuer: PlatformCaName;
  size: Size;
  enrolImage: string;
  /** Namespace of the platform's CA. */
  platformNamespace: pulumi.Input<string>;
  /** Name of the Identity. */
  identity: string;
  /** Names that the certificate carries. */
  hosts: readonly string[];
  /** Mount of the volume that {@link platformCryptoDir} is on. */
  volume: { name: string; mountPath: string };
}

/** The init container that enrols. It leaves `tls/server.crt`, `tls/server.key` and `tls/ca.crt` in {@link platformCryptoDir}. */
export function platformEnrolContainer(args: PlatformEnrolArgs): k8sInput.core.v1.Container {
  const { issuer, size, enrolImage, platformNamespace, hosts, volume } = args;
  return {
    name: platformEnrolContainerName(issuer),
    image: enrolImage,
    args: ["node", "--tls-only"],
    env: [
      { name: enrolVariables.caName, value: issuer },
      {
        name: enrolVariables.caUrl,
        value: pulumi.interpolate`https://${platformCaName}.${platformNamespace}.svc:${ports.certificateAuthority}`,
      },
      { name: enrolVariables.hosts, value: hosts.join(",") },
      { name: enrolVariables.outputDir, value: platformCryptoDir(issuer) },
      { name: enrolVariables.rootsDir, value: platformRootsDir },
      { name: enrolVariables.secretDir, value: platformEnrolmentDir(issuer) },
    ],
    volumeMounts: [
      volume,
      { name: "platform-roots", mountPath: platformRootsDir, readOnly: true },
      { name: enrolmentVolume(issuer), mountPath: platformEnrolmentDir(issuer), readOnly: true },
    ],
    resources: resourcesOf(size, "init"),
    ...containerDefaults,
  };
}

/** Volumes of {@link platformEnrolContainer}; the pod starts when both are there. */
export function platformEnrolVolumes({
  issuer,
  identity,
}: Pick<PlatformEnrolArgs, "issuer" | "identity">): k8sInput.core.v1.Volume[] {
  return [
    { name: "platform-roots", configMap: { name: rootsConfigMapName(platformCaName) } },
    { name: enrolmentVolume(issuer), secret: { secretName: enrolmentSecretName(identity), defaultMode: 0o440 } },
  ];
}

const enrolmentVolume = (issuer: PlatformCaName): string => `${issuer}-enrolment`;

/** An egress rule: to the platform's CA server. */
export function allowToPlatformCa(
  platformNamespace: pulumi.Input<string>,
): k8sInput.networking.v1.NetworkPolicyEgressRule {
  return allowTo(podsIn(platformNamespace, { role: "certificate-authority" }), ports.certificateAuthority);
}
