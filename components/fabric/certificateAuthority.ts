/**
 * An organization's certificate authority: the containers that make and publish its roots, and serve, and the custom
 * resource through which the controller administers it.
 */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { caHome, caVariables, registrarDir, signingCaName } from "../../model/contracts/certificateAuthority";
import { initCaContainerName } from "../../model/contracts/enrolment";
import { labels } from "../../model/contracts/labels";
import { dataVolume, organizationDomain, registrarSecretName, rootsConfigMapName } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import type { CertificateAuthoritySpec } from "../../model/customResources/certificateAuthority";
import type { RolloutNode } from "../../model/customResources/rollout";
import { type OrganizationPlan } from "../../model/network/networkPlan";
import { customResource } from "../kubernetes/customResource";
import type { ObjectMetadata } from "../kubernetes/metadata";
import { allowFrom, allowFromGateway, allowToKubernetesApi, controllerIn, pods } from "../kubernetes/networkAccess";
import type { NetworkContext } from "../kubernetes/networkContext";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { serverProbes } from "../kubernetes/probes";
import { upstreamImage } from "../kubernetes/projectImage";
import { skipAwait } from "../kubernetes/pulumiAnnotations";
import { resourcesOf } from "../kubernetes/sizes";
import { apiTokenMount, apiTokenVolume, tmpMount, tmpVolume } from "../kubernetes/volumes";
import { statefulNode } from "./statefulNode";

/** Arguments of {@link CertificateAuthority}. */
export interface CertificateAuthorityArgs extends NetworkContext {
  organization: OrganizationPlan;
}

const data = { name: dataVolume, mountPath: caHome };

/**
 * An organization's Fabric CA server: a signing CA and a TLS CA with roots of their own, made on its volume at first
 * start. Publishes both roots in the ConfigMap `<name>-roots`.
 */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** As the network's Rollout names it. */
  readonly rolled: RolloutNode;

  constructor(name: string, args: CertificateAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:CertificateAuthority", name, { organization: args.organization.name }, opts);
    const { plan, organization } = args;
    const node = organization.certificateAuthority;
    const child = { parent: this };

    const { account, rolled } = statefulNode(
      name,
      {
        plan,
        node,
        organization: organization.name,
        role: "certificate-authority",
        ports: { https: ports.certificateAuthority },
        ...allowedTraffic(args),
        initContainers: [initCaContainer(args)],
        containers: [serverContainer(args)],
        volumes: [
          { name: registrar.name, secret: { secretName: registrarSecretName(node.name), defaultMode: 0o440 } },
          tmpVolume,
          apiTokenVolume,
        ],
      },
      child,
    );

    const own = labels({ network: plan.name, organization: organization.name, role: "certificate-authority" });
    const metadata = { name: node.name, namespace: plan.namespace, labels: own };
    allowToPublishRoots(name, metadata, rootsConfigMapName(node.name), account, child);

    const spec: CertificateAuthoritySpec = {
      organization: organization.name,
      mspId: organization.mspId,
      domain: organizationDomain(organization.name, plan.domain),
      url: `https://${node.address}`,
    };
    customResource(`${name}-authority`, "CertificateAuthority", { ...metadata, annotations: skipAwait }, spec, child);
    this.rolled = rolled;
    this.registerOutputs({});
  }
}

/** User name and password of the registrar, which the controller makes. */
const registrar = { name: "registrar", mountPath: registrarDir, readOnly: true };

/** Writes the configuration of both CAs, makes their roots at the first start, and publishes them. */
function initCaContainer({ plan, organization, enrolImage }: CertificateAuthorityArgs): k8sInput.core.v1.Container {
  return {
    name: initCaContainerName,
    image: enrolImage,
    args: ["init-ca"],
    env: [
      { name: caVariables.organization, value: organization.name },
      { name: caVariables.mspId, value: organization.mspId },
      { name: caVariables.domain, value: organizationDomain(organization.name, plan.domain) },
      { name: caVariables.hosts, value: organization.certificateAuthority.hosts.join(",") },
      { name: caVariables.home, value: caHome },
      { name: caVariables.rootsConfigMap, value: rootsConfigMapName(organization.certificateAuthority.name) },
      { name: caVariables.network, value: plan.name },
      ...(plan.certificateLife === undefined
        ? []
        : [{ name: caVariables.certificateLife, value: String(plan.certificateLife) }]),
    ],
    volumeMounts: [data, registrar, apiTokenMount],
    resources: resourcesOf(plan.size, "init"),
    ...containerDefaults,
  };
}

function serverContainer({ plan, images }: CertificateAuthorityArgs): k8sInput.core.v1.Container {
  // Without a name, the server's own CA answers, which is the one for TLS.
  const info = (query = "") => ({
    httpGet: { path: `/cainfo${query}`, port: ports.certificateAuthority, scheme: "HTTPS" },
  });
  return {
    name: "ca",
    image: upstreamImage(images, "certificateAuthority", plan.fabricVersion),
    command: ["fabric-ca-server", "start", "--home", caHome],
    ports: [{ name: "https", containerPort: ports.certificateAuthority }],
    volumeMounts: [data, tmpMount],
    ...serverProbes({
      healthy: info(`?ca=${signingCaName}`),
      alive: info(),
      startSeconds: 120,
      readinessSeconds: 10,
    }),
    resources: resourcesOf(plan.size, "certificateAuthority"),
    ...containerDefaults,
  };
}

function allowedTraffic({ plan, organization, platformNamespace }: CertificateAuthorityArgs): AllowedTraffic {
  const members = pods({ network: plan.name, organization: organization.name });
  return {
    ingress: [
      allowFrom([...members, ...controllerIn(platformNamespace)], ports.certificateAuthority),
      ...allowFromGateway(plan, organization.certificateAuthority, ports.certificateAuthority),
    ],
    egress: [allowToKubernetesApi],
  };
}

/** Lets the pod make the ConfigMap of its roots, and read it back. */
function allowToPublishRoots(
  resourceName: string,
  metadata: ObjectMetadata,
  configMap: string,
  account: k8s.core.v1.ServiceAccount,
  opts: pulumi.CustomResourceOptions,
): void {
  const { name, namespace } = metadata;
  const role = new k8s.rbac.v1.Role(
    resourceName,
    {
      metadata,
      rules: [
        // RBAC cannot limit "create" to a name.
        { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
        { apiGroups: [""], resources: ["configmaps"], resourceNames: [configMap], verbs: ["get"] },
      ],
    },
    opts,
  );
  new k8s.rbac.v1.RoleBinding(
    resourceName,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
    { ...opts, dependsOn: [role, account] },
  );
}
