/**
 * A Fabric CA server: the containers that make and publish its roots, and serve, and the custom resource through which the
 * controller administers it.
 */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { caHome, caVariables, registrarDir } from "../../model/contracts/certificateAuthority";
import { initCaContainerName } from "../../model/contracts/enrolment";
import { labels } from "../../model/contracts/labels";
import { dataVolume, registrarSecretName, rootsConfigMapName } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import { casOf, type CertificateAuthoritySpec } from "../../model/customResources/certificateAuthority";
import type { RolloutNode } from "../../model/customResources/rollout";
import type { NetworkPlan, NodePlan } from "../../model/network/networkPlan";
import { customResource } from "../kubernetes/customResource";
import type { ObjectMetadata } from "../kubernetes/metadata";
import { operationsRootMount, operationsRootVolume } from "../kubernetes/metricsReaders";
import type { NetworkContext } from "../kubernetes/networkContext";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { serverProbes } from "../kubernetes/probes";
import { upstreamImage } from "../kubernetes/projectImage";
import { skipAwait } from "../kubernetes/pulumiAnnotations";
import { resourcesOf } from "../kubernetes/sizes";
import { statefulNode, type Surroundings } from "../kubernetes/statefulNode";
import { apiTokenMount, apiTokenVolume, tmpMount, tmpVolume } from "../kubernetes/volumes";

/** Arguments of {@link caServer}. */
export interface CaServerArgs extends Pick<NetworkContext, "images" | "enrolImage"> {
  plan: Surroundings & Pick<NetworkPlan, "size" | "certificateLife" | "fabricVersion">;
  node: NodePlan;
  /** Whose it is; its URL follows from the node. */
  owner: Omit<CertificateAuthoritySpec, "url">;
  /** The organization that its objects are labelled with, if any. */
  organization?: string;
  traffic: AllowedTraffic;
}

const data = { name: dataVolume, mountPath: caHome };

/** User name and password of the registrar, which the controller makes. */
const registrar = { name: "registrar", mountPath: registrarDir, readOnly: true };

/**
 * Creates the objects of a Fabric CA server with two CAs, whose roots are made on its volume at first start and published in the ConfigMap
 * `<name>-roots`.
 *
 * @param name - name of the Pulumi resources
 * @param opts - options of every object; `parent` is the server's component
 * @returns the server as its Rollout names it
 */
export function caServer(name: string, args: CaServerArgs, opts: pulumi.CustomResourceOptions): RolloutNode {
  const { plan, node, owner, organization, traffic } = args;
  const { account, rolled } = statefulNode(
    name,
    {
      ...{ plan, node, organization },
      role: "certificate-authority",
      ports: { https: ports.certificateAuthority, operations: ports.operations },
      ...traffic,
      initContainers: [initCaContainer(args)],
      containers: [serverContainer(args)],
      volumes: [
        { name: registrar.name, secret: { secretName: registrarSecretName(node.name), defaultMode: 0o440 } },
        tmpVolume,
        apiTokenVolume,
        ...(hasOwnRoot(owner) ? [] : [operationsRootVolume]),
      ],
    },
    opts,
  );
  const own = labels({ network: plan.name, organization, role: "certificate-authority" });
  const metadata = { name: node.name, namespace: plan.namespace, labels: own };
  allowToPublishRoots(name, metadata, rootsConfigMapName(node.name), account, opts);
  const spec: CertificateAuthoritySpec = { ...owner, url: `https://${node.address}` };
  customResource(`${name}-authority`, "CertificateAuthority", { ...metadata, annotations: skipAwait }, spec, opts);
  return rolled;
}

/** Writes the configuration of both CAs, makes their roots at the first start, and publishes them. */
function initCaContainer({ plan, node, owner, enrolImage }: CaServerArgs): k8sInput.core.v1.Container {
  const optional = (name: string, value: string | undefined) => (value === undefined ? [] : [{ name, value }]);
  return {
    name: initCaContainerName,
    image: enrolImage,
    args: ["init-ca"],
    env: [
      { name: caVariables.organization, value: owner.organization },
      ...optional(caVariables.mspId, owner.mspId),
      { name: caVariables.domain, value: owner.domain },
      { name: caVariables.hosts, value: node.hosts.join(",") },
      { name: caVariables.home, value: caHome },
      { name: caVariables.rootsConfigMap, value: rootsConfigMapName(node.name) },
      ...optional(caVariables.network, plan.name),
      ...optional(caVariables.scope, owner.scope),
      ...optional(caVariables.certificateLife, plan.certificateLife?.toString()),
    ],
    volumeMounts: [data, registrar, apiTokenMount],
    resources: resourcesOf(plan.size, "init"),
    ...containerDefaults,
  };
}

function serverContainer({ plan, images, owner }: CaServerArgs): k8sInput.core.v1.Container {
  // Without a name, the server's default CA answers.
  const info = (query = "") => ({
    httpGet: { path: `/cainfo${query}`, port: ports.certificateAuthority, scheme: "HTTPS" },
  });
  return {
    name: "ca",
    image: upstreamImage(images, "certificateAuthority", plan.fabricVersion),
    command: ["fabric-ca-server", "start", "--home", caHome],
    ports: [
      { name: "https", containerPort: ports.certificateAuthority },
      { name: "operations", containerPort: ports.operations },
    ],
    volumeMounts: [data, tmpMount, ...(hasOwnRoot(owner) ? [] : [operationsRootMount])],
    ...serverProbes({
      healthy: info(`?ca=${casOf(owner)[0]}`),
      alive: info(),
      startSeconds: 120,
      readinessSeconds: 10,
    }),
    resources: resourcesOf(plan.size, "certificateAuthority"),
    ...containerDefaults,
  };
}

/** Whether it is the platform's, which has the root of those who read metrics itself. */
function hasOwnRoot({ scope }: CaServerArgs["owner"]): boolean {
  return scope === "platform";
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
