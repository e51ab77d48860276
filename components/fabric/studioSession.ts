/** The pod of a studio's session: its containers, its volume, and its allowed traffic. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import { packageChaincode, templatedConnection } from "../../fabric/src/chaincodePackage";
import { debugLabel, labels } from "../../model/contracts/labels";
import { chaincodeServerName, dataVolume, headlessServiceName, linkKeySecretName } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import {
  studioHome,
  studioLinkDir,
  studioLinkKey,
  studioPorts,
  studioProjectDir,
  studioRemotePath,
  studioSessionDir,
  studioSessionFile,
  studioSessionVariables as variables,
} from "../../model/contracts/studio";
import { stackFileIn } from "../../model/files/projectFolder";
import type { ChaincodePlan, StudioPlan, StudioSessionPlan } from "../../model/network/networkPlan";
import type { PodSecurity } from "../../model/stackFile/clusterSchema";
import { anyAddress, serviceFamilies } from "../kubernetes/addressFamily";
import { allowFrom, podsIn } from "../kubernetes/networkAccess";
import type { NetworkContext } from "../kubernetes/networkContext";
import { networkPolicy } from "../kubernetes/networkPolicy";
import { containerDefaults, podDefaults } from "../kubernetes/podSecurity";
import { podTemplate, workloadMetadata } from "../kubernetes/podTemplate";
import { skipAwaitOfPods } from "../kubernetes/pulumiAnnotations";
import { service, tcpPort } from "../kubernetes/service";
import { serviceAccount } from "../kubernetes/serviceAccount";
import { type ContainerResources, resourcesOf } from "../kubernetes/sizes";
import { dataVolumeClaim } from "../kubernetes/volumes";

/** Arguments of {@link studioSession}. */
export interface StudioSessionArgs extends NetworkContext {
  studio: StudioPlan;
  session: StudioSessionPlan;
  /** Image of services/studio. */
  image: string;
  /** Image with the project that the session begins with. */
  projectImage: string;
}

/** Scratch space of a session. */
export const tmpSize = "1Gi";

/** Requests and limits of a session's container: a little at rest, and as much as the stack file says at most. */
export function sessionResources({ cpu, memory }: StudioSessionPlan): ContainerResources {
  return {
    requests: { cpu: "50m", memory: "256Mi", "ephemeral-storage": "64Mi" },
    limits: { cpu, memory, "ephemeral-storage": tmpSize },
  };
}

/**
 * The key that a session and its gate have for their TLS, in a Secret for each. It may change at will.
 *
 * @param resourceName - name of the Pulumi resources
 */
export function studioLink(
  resourceName: string,
  { plan, studio }: Pick<StudioSessionArgs, "plan" | "studio">,
  { name, organization }: StudioSessionPlan,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const password = new random.RandomPassword(`${resourceName}-link`, { length: 43, special: false }, opts);
  const own = labels({ network: plan.name, organization: organization.name });
  return [plan.namespace, studio.namespace].map((namespace) => {
    const metadata = { name: linkKeySecretName(name), namespace, labels: own };
    const resource = namespace === plan.namespace ? `${resourceName}-link` : `${resourceName}-link-in-session`;
    const stringData = { [studioLinkKey]: password.result };
    return new k8s.core.v1.Secret(resource, { metadata, type: "Opaque", stringData }, opts);
  });
}

/**
 * Creates the objects of a session's pod, in the namespace of sessions. It has one way in, from its gate, and none out.
 *
 * @param resourceName - name of the Pulumi resources; the plan names the objects
 */
export function studioSession(resourceName: string, args: StudioSessionArgs, opts: pulumi.CustomResourceOptions): void {
  const { plan, studio, session } = args;
  const { name, organization } = session;
  const own = labels({ network: plan.name, organization: organization.name, role: "studio-session", instance: name });
  const metadata = { name, namespace: studio.namespace, labels: own };
  const unique = `${resourceName}-session`;

  const account = serviceAccount(unique, metadata, opts);
  const headless = service(
    unique,
    { ...metadata, name: headlessServiceName(name) },
    {
      clusterIP: "None",
      ports: [tcpPort("link", ports.studioLink)],
      publishNotReadyAddresses: true,
      ...serviceFamilies(plan.ipFamilies),
    },
    opts,
  );
  const gate = podsIn(plan.namespace, { network: plan.name, role: "studio-gate", instance: name });
  // It is read when the session begins, so a change restarts nothing.
  const data = { [studioSessionFile]: `${JSON.stringify(settingsOf(args), undefined, 2)}\n` };
  const configMap = new k8s.core.v1.ConfigMap(unique, { metadata, data }, opts);
  const traffic = { ingress: [allowFrom(gate, ports.studioLink)], egress: [] };
  const policy = networkPolicy(unique, metadata, traffic, opts);
  new k8s.apps.v1.StatefulSet(
    unique,
    {
      metadata: workloadMetadata({ ...metadata, annotations: skipAwaitOfPods }, plan.pods, "studio"),
      spec: {
        serviceName: headlessServiceName(name),
        replicas: 1,
        selector: { matchLabels: own },
        updateStrategy: { type: "RollingUpdate" },
        podManagementPolicy: "Parallel",
        template: podTemplate({
          pods: plan.pods,
          role: "studio",
          account: name,
          labels: { ...own, [debugLabel]: "true" },
          spreadOver: own,
          spec: podSpec(args),
        }),
        // What a developer has written outlives the session.
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        volumeClaimTemplates: [dataVolumeClaim(plan, session.storage, own)],
      },
    },
    {
      ...opts,
      dependsOn: [...[opts.dependsOn ?? []].flat(), account, headless, policy, configMap] as pulumi.Resource[],
      ignoreChanges: ["spec.volumeClaimTemplates"],
    },
  );
}

/** What the session program is told. */
function settingsOf({ plan, images, session }: StudioSessionArgs): object {
  const { name, organization, chaincode, source, remote } = session;
  const path = stackFileIn(images.projectDir, plan.name);
  const file = join(images.projectDir, path);
  const gate = `http://127.0.0.1:${studioPorts.calls}`;
  return {
    network: plan.name,
    channel: chaincode.channel,
    chaincode: chaincode.name,
    version: chaincode.version,
    // Calls go to the gate, as its identity and by the debug peer.
    api: {
      url: gate,
      identities: [{ name, mspId: organization.mspId, callsHere: true }],
      organizations: [organization.mspId],
    },
    source,
    ...(existsSync(file) && { stackFile: { path, content: readFileSync(file, "utf8") } }),
    ...(remote && {
      remote: { url: `${gate}${studioRemotePath}`, base: remote.base, name: remote.url, branches: remote.branches },
    }),
  };
}

const configuration = { name: "configuration", mountPath: studioSessionDir, readOnly: true };
const home = { name: dataVolume, mountPath: studioHome };
const tmp = { name: "tmp", mountPath: "/tmp" };
const link = { name: "link", mountPath: studioLinkDir, readOnly: true };

function podSpec(args: StudioSessionArgs): k8sInput.core.v1.PodSpec {
  const { plan, studio, session } = args;
  return {
    ...(studio.runtimeClass && { runtimeClassName: studio.runtimeClass }),
    securityContext: { ...podDefaults(session.name, plan.pods.security).securityContext, ...userOf(args) },
    terminationGracePeriodSeconds: 10,
    initContainers: [projectContainer(args)],
    containers: [sessionContainer(args)],
    volumes: [
      { name: tmp.name, emptyDir: { sizeLimit: tmpSize } },
      { name: configuration.name, configMap: { name: session.name } },
      { name: link.name, secret: { secretName: linkKeySecretName(session.name), defaultMode: 0o440 } },
    ],
  };
}

/** Puts the project onto the volume of a session that has none yet. */
function projectContainer({ plan, projectImage }: StudioSessionArgs): k8sInput.core.v1.Container {
  // Another name first: a copy that was broken off begins anew.
  const script = `test -e "$1" || { rm -rf "$1.new" && cp -R /project "$1.new" && mv "$1.new" "$1"; }`;
  return {
    name: "project",
    image: projectImage,
    command: ["sh", "-c", script, "sh", studioProjectDir],
    volumeMounts: [home],
    resources: resourcesOf(plan.size, "init"),
    ...containerDefaults,
  };
}

function sessionContainer({ plan, session, image }: StudioSessionArgs): k8sInput.core.v1.Container {
  // An answer, not a connection alone: the kernel takes connections for a program that was stopped, too.
  const answers = { httpGet: { path: "/", port: ports.studioHealth } };
  // Where all of its processors are busy, a session still is one.
  const patience = { timeoutSeconds: 10 };
  return {
    name: "session",
    image,
    env: [
      { name: "HOME", value: studioHome },
      { name: variables.project, value: studioProjectDir },
      { name: variables.listen, value: `${anyAddress(plan.ipFamilies)}:${ports.studioLink}` },
      { name: variables.health, value: `${anyAddress(plan.ipFamilies)}:${ports.studioHealth}` },
      { name: variables.linkDir, value: studioLinkDir },
      { name: variables.settings, value: `${studioSessionDir}/${studioSessionFile}` },
      { name: variables.folder, value: `${studioHome}/.baas` },
      { name: variables.processes, value: String(session.processes) },
      { name: "CHAINCODE_SERVER_ADDRESS", value: `127.0.0.1:${studioPorts.chaincode}` },
      { name: "CHAINCODE_ID", value: packageIdOf(session.chaincode) },
      { name: "CORE_CHAINCODE_ID_NAME", value: packageIdOf(session.chaincode) },
    ],
    ports: [
      { name: "link", containerPort: ports.studioLink },
      { name: "health", containerPort: ports.studioHealth },
    ],
    volumeMounts: [home, tmp, link, configuration],
    startupProbe: { ...answers, periodSeconds: 1, failureThreshold: 120 },
    readinessProbe: { ...answers, ...patience, periodSeconds: 10 },
    livenessProbe: { ...answers, ...patience, periodSeconds: 20, failureThreshold: 6 },
    resources: sessionResources(session),
    ...containerDefaults,
  };
}

/** As the component Chaincode makes it. */
function packageIdOf({ prefix, label }: ChaincodePlan): string {
  const address = `${chaincodeServerName(prefix, "{{.organization}}")}:${ports.chaincode}`;
  return packageChaincode(label, templatedConnection(address)).id;
}

/** First user ID of sessions, and how many there are; the image knows them. */
export const sessionUsers = { first: 20_000, count: 1000 };

/**
 * A user of the session's own: Linux counts processes, for their limit, by the user, whatever the pod. The group stays that of all pods.
 * OpenShift chooses users itself.
 */
function userOf({ plan, session }: StudioSessionArgs): { runAsUser?: number } {
  const security: PodSecurity = plan.pods.security;
  if (security === "openshift") return {};
  const hash = createHash("sha256").update(`${plan.namespace} ${session.name}`).digest().readUInt32BE();
  return { runAsUser: sessionUsers.first + (hash % sessionUsers.count) };
}
