import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { ports, rootsConfigMap, type NetworkPlan, type OrganizationPlan } from "../../model/network/plan";
import { versions } from "../../model/project/versions";
import { apiVersion } from "../../model/customResources/definition";
import type { CertificateAuthoritySpec } from "../../model/customResources/certificateAuthority";
import { waitForReady } from "./enrolment";
import { labels } from "../../model/contracts/labels";
import { allowFrom, allowFromGateway, allowToKubernetesApi, controllerIn, pods } from "../kubernetes/networkAccess";
import { apiTokenMount, apiTokenVolume, containerDefaults } from "../kubernetes/podSecurity";
import { upstreamImage, type ImageSettings } from "../kubernetes/projectImage";
import { resourcesOf } from "../kubernetes/sizes";
import { dataVolume, statefulNode } from "./statefulNode";

/** Arguments of {@link CertificateAuthority}. */
export interface CertificateAuthorityArgs {
  plan: NetworkPlan;
  organization: OrganizationPlan;
  images: ImageSettings;
  /** Reference of the enrol image. */
  enrolImage: string;
  /** Namespace of the network controller. */
  platformNamespace: pulumi.Input<string>;
}

const home = "/var/hyperledger/fabric-ca";

/**
 * An organization's Fabric CA server: a signing CA and a TLS CA with roots of their own, made on its volume at first
 * start. Publishes both roots in the ConfigMap `<name>-roots`.
 */
export class CertificateAuthority extends pulumi.ComponentResource {
  constructor(name: string, args: CertificateAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:CertificateAuthority", name, { organization: args.organization.name }, opts);
    const { plan, organization } = args;
    const node = organization.certificateAuthority;
    const child = { parent: this };
    const own = labels({ network: plan.name, organization: organization.name, role: "certificate-authority" });
    const image = upstreamImage(args.images, versions.images.certificateAuthority);
    const data = { name: dataVolume, mountPath: home };
    const init = { resources: resourcesOf(plan.size, "init"), ...containerDefaults };

    const { serviceAccount } = statefulNode(
      name,
      {
        plan,
        node,
        organization: organization.name,
        role: "certificate-authority",
        ports: { https: ports.certificateAuthority },
        ingress: [
          allowFrom(
            [...pods({ network: plan.name, organization: organization.name }), ...controllerIn(args.platformNamespace)],
            ports.certificateAuthority,
          ),
          ...allowFromGateway(plan, node, ports.certificateAuthority),
        ],
        egress: [allowToKubernetesApi],
        initContainers: [
          {
            name: "init-ca",
            image: args.enrolImage,
            args: ["init-ca"],
            env: [
              { name: "ENROL_ORGANIZATION", value: organization.name },
              { name: "ENROL_MSP_ID", value: organization.mspId },
              { name: "ENROL_DOMAIN", value: `${organization.name}.${plan.domain}` },
              { name: "ENROL_CA_HOSTS", value: node.hosts.join(",") },
              { name: "ENROL_CA_HOME", value: home },
            ],
            volumeMounts: [data, { name: "registrar", mountPath: "/etc/baas/registrar", readOnly: true }],
            ...init,
          },
          {
            name: "init-roots",
            image,
            command: ["fabric-ca-server", "init", "--home", home],
            volumeMounts: [data, { name: "tmp", mountPath: "/tmp" }],
            ...init,
          },
          {
            name: "publish-roots",
            image: args.enrolImage,
            args: ["publish-roots"],
            env: [
              { name: "ENROL_ORGANIZATION", value: organization.name },
              { name: "ENROL_CA_HOME", value: home },
              { name: "ENROL_ROOTS_CONFIGMAP", value: rootsConfigMap(node) },
              { name: "ENROL_NETWORK", value: plan.name },
            ],
            volumeMounts: [{ ...data, readOnly: true }, apiTokenMount],
            ...init,
          },
        ],
        containers: [
          {
            name: "ca",
            image,
            command: ["fabric-ca-server", "start", "--home", home],
            ports: [{ name: "https", containerPort: ports.certificateAuthority }],
            volumeMounts: [data, { name: "tmp", mountPath: "/tmp" }],
            startupProbe: { ...answers, periodSeconds: 1, failureThreshold: 120 },
            readinessProbe: { ...answers, periodSeconds: 10, timeoutSeconds: 5 },
            livenessProbe: { ...answers, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
            resources: resourcesOf(plan.size, "certificateAuthority"),
            ...containerDefaults,
          },
        ],
        volumes: [
          { name: "registrar", secret: { secretName: `${node.name}-registrar`, defaultMode: 0o440 } },
          { name: "tmp", emptyDir: {} },
          apiTokenVolume,
        ],
      },
      child,
    );

    const metadata = { name: node.name, namespace: plan.namespace, labels: own };
    const role = new k8s.rbac.v1.Role(
      name,
      {
        metadata,
        rules: [
          // Creating cannot be limited to a name.
          { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
          { apiGroups: [""], resources: ["configmaps"], resourceNames: [rootsConfigMap(node)], verbs: ["get"] },
        ],
      },
      child,
    );
    new k8s.rbac.v1.RoleBinding(
      name,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: node.name },
        subjects: [{ kind: "ServiceAccount", name: node.name, namespace: plan.namespace }],
      },
      { ...child, dependsOn: [role, serviceAccount] },
    );

    const spec: CertificateAuthoritySpec = {
      organization: organization.name,
      mspId: organization.mspId,
      domain: `${organization.name}.${plan.domain}`,
      url: `https://${node.address}`,
    };
    new k8s.apiextensions.CustomResource(
      `${name}-authority`,
      {
        apiVersion,
        kind: "CertificateAuthority",
        metadata: { ...metadata, annotations: waitForReady },
        spec,
      },
      child,
    );
    this.registerOutputs({});
  }
}

const answers = { httpGet: { path: "/cainfo", port: ports.certificateAuthority, scheme: "HTTPS" } };
