import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { packageChaincode, templatedConnection, type ChaincodePackage } from "../../fabric/src/chaincodePackage";
import { ports, type ChaincodePlan, type ChaincodeServerPlan, type NetworkPlan } from "../../model/network/plan";
import type { ChaincodeSpec } from "../../model/customResources/chaincode";
import { apiVersion } from "../../model/customResources/definition";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { cryptoDir, enrolContainer, enrolVolumes, identity, tlsFiles, waitForReady } from "./enrolment";
import { labels } from "../../model/contracts/labels";
import { allowFrom, allowTo, pods } from "../kubernetes/networkAccess";
import { containerDefaults, podSecurityContext } from "../kubernetes/podSecurity";
import { ProjectImage, type ImageSettings } from "../kubernetes/projectImage";
import { resourcesOf } from "../kubernetes/sizes";
import { SmokeTest } from "./smokeTest";
import { spread } from "./statefulNode";

/** Arguments of {@link Chaincode}. */
export interface ChaincodeArgs {
  plan: NetworkPlan;
  chaincode: ChaincodePlan;
  images: ImageSettings;
  /** Reference of the enrol image. */
  enrolImage: string;
  /** Image of services/smoke-test, for a chaincode that has a smoke test. */
  smokeTestImage?: ProjectImage;
}

/**
 * A chaincode as a service: a server per member organization, with a TLS certificate from that organization's CA, and
 * the custom resource with its definition, and its smoke test if it has one. Names carry the version, so that the old
 * servers stay until the new definition is committed.
 */
export class Chaincode extends pulumi.ComponentResource {
  constructor(name: string, args: ChaincodeArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, chaincode } = args;
    super("baas:index:Chaincode", name, { chaincode: chaincode.name, version: chaincode.version }, opts);
    const child = { parent: this };
    const pkg = chaincodePackage(chaincode);

    let image = chaincode.image;
    let builds: pulumi.Resource[] = [];
    if (chaincode.source !== undefined) {
      const built = new ProjectImage(name, { source: chaincode.source, images: args.images }, child);
      image = built.reference;
      builds = [built.image];
    }
    const servers = chaincode.servers.map((server) =>
      chaincodeServer(`${plan.name}-${server.name}`, { ...args, server, image: image!, builds, pkg }, child),
    );

    const spec: ChaincodeSpec = {
      channel: chaincode.channel,
      name: chaincode.name,
      version: chaincode.version,
      endorsementPolicy: chaincode.endorsementPolicy,
      initRequired: chaincode.initRequired,
      organizations: chaincode.servers.map(({ organization, peers }) => ({ name: organization, peers })),
      package: { id: pkg.id, label: pkg.label, address: serverAddress(chaincode) },
    };
    const definition = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion,
        kind: "Chaincode",
        metadata: {
          name: chaincode.resource,
          namespace: plan.namespace,
          labels: labels({ network: plan.name }),
          annotations: waitForReady,
        },
        spec,
      },
      child,
    );
    const { smokeTest } = chaincode;
    if (smokeTest !== undefined) {
      const dependsOn = [definition, ...servers];
      const image = args.smokeTestImage!;
      new SmokeTest(`${plan.name}-${smokeTest.name}`, { ...args, smokeTest, image, dependsOn }, child);
    }
    this.registerOutputs({ packageId: pkg.id });
  }
}

/**
 * The package that every organization installs. It is the same for all: address and root certificate are templates
 * over what a peer says of itself.
 */
export function chaincodePackage(chaincode: ChaincodePlan): ChaincodePackage {
  return packageChaincode(chaincode.label, templatedConnection(serverAddress(chaincode)));
}

function serverAddress(chaincode: ChaincodePlan): string {
  return `${chaincode.prefix}-{{.organization}}:${ports.chaincode}`;
}

interface ServerArgs extends ChaincodeArgs {
  server: ChaincodeServerPlan;
  image: string;
  builds: pulumi.Resource[];
  pkg: ChaincodePackage;
}

function chaincodeServer(name: string, args: ServerArgs, opts: pulumi.CustomResourceOptions): k8s.apps.v1.Deployment {
  const { plan, chaincode, server } = args;
  const organization = plan.organizations.find((candidate) => candidate.name === server.organization)!;
  const certificateAuthority = organization.certificateAuthority;
  const identification = { network: plan.name, organization: organization.name, role: "chaincode" as const };
  const own = labels({ ...identification, instance: server.name });
  const metadata = { name: server.name, namespace: plan.namespace, labels: own };
  const crypto = { name: "crypto", mountPath: cryptoDir };

  identity(
    `${name}-identity`,
    plan,
    organization.name,
    server.name,
    { certificateAuthority: certificateAuthority.name, enrolmentId: server.name, type: "client" },
    opts,
  );
  const serviceAccount = new k8s.core.v1.ServiceAccount(name, { metadata, automountServiceAccountToken: false }, opts);
  new k8s.core.v1.Service(
    name,
    {
      metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
      spec: {
        type: "ClusterIP",
        selector: own,
        ports: [{ name: "grpc", port: ports.chaincode, targetPort: ports.chaincode, protocol: "TCP" }],
      },
    },
    opts,
  );
  new k8s.networking.v1.NetworkPolicy(
    name,
    {
      metadata,
      spec: {
        podSelector: { matchLabels: own },
        policyTypes: ["Ingress", "Egress"],
        ingress: [allowFrom(pods({ ...identification, role: "peer" }), ports.chaincode)],
        egress: [allowTo(pods({ ...identification, role: "certificate-authority" }), ports.certificateAuthority)],
      },
    },
    opts,
  );
  disruptionBudget(name, metadata, chaincode.replicas, opts);
  const listening = { tcpSocket: { port: ports.chaincode } };
  return new k8s.apps.v1.Deployment(
    name,
    {
      metadata,
      spec: {
        replicas: chaincode.replicas,
        selector: { matchLabels: own },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: {
          metadata: { labels: own },
          spec: {
            serviceAccountName: server.name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: podSecurityContext,
            topologySpreadConstraints: [spread(own)],
            initContainers: [
              enrolContainer({
                plan,
                identity: server.name,
                certificateAuthority,
                hosts: server.hosts,
                image: args.enrolImage,
                volume: crypto,
                tlsOnly: true,
              }),
            ],
            containers: [
              {
                name: "chaincode",
                image: args.image,
                env: [
                  { name: "CHAINCODE_SERVER_ADDRESS", value: `0.0.0.0:${ports.chaincode}` },
                  { name: "CHAINCODE_ID", value: args.pkg.id },
                  { name: "CORE_CHAINCODE_ID_NAME", value: args.pkg.id },
                  { name: "CHAINCODE_TLS_CERT_FILE", value: tlsFiles.certificate },
                  { name: "CHAINCODE_TLS_KEY_FILE", value: tlsFiles.key },
                ],
                ports: [{ name: "grpc", containerPort: ports.chaincode }],
                volumeMounts: [
                  { ...crypto, readOnly: true },
                  { name: "tmp", mountPath: "/tmp" },
                ],
                startupProbe: { ...listening, periodSeconds: 1, failureThreshold: 120 },
                readinessProbe: { ...listening, periodSeconds: 10 },
                livenessProbe: { ...listening, periodSeconds: 20, failureThreshold: 6 },
                resources: resourcesOf(plan.size, "chaincode"),
                ...containerDefaults,
              },
            ],
            volumes: [
              // The key is made anew with each pod and never reaches a disk.
              { name: crypto.name, emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
              { name: "tmp", emptyDir: {} },
              ...enrolVolumes({ identity: server.name, certificateAuthority }),
            ],
          },
        },
      },
    },
    { ...opts, dependsOn: [serviceAccount, ...args.builds] },
  );
}
