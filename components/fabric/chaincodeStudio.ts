/** The chaincode studio of a network: the namespace of its sessions, and what holds in it from the beginning. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import { defaultDenyName } from "../../model/contracts/names";
import { quantity } from "../../model/contracts/quantity";
import type { StudioPlan, StudioSessionPlan } from "../../model/network/networkPlan";
import type { Cluster } from "../kubernetes/cluster";
import type { NetworkContext } from "../kubernetes/networkContext";
import { restrictedNamespaceLabels } from "../kubernetes/podSecurity";
import { ProjectImage } from "../kubernetes/projectImage";
import { studioGate } from "./studioGate";
import { sessionResources, studioLink, studioSession, tmpSize } from "./studioSession";

/** Arguments of {@link ChaincodeStudio}. */
export interface ChaincodeStudioArgs extends NetworkContext {
  studio: StudioPlan;
  cluster: Cluster;
  /** What gates need to become available. */
  needs: pulumi.Resource[];
}

/**
 * Sessions in which developers write chaincode in a browser, each a pod in a namespace that nothing else is in, and a gate in front of it in
 * the network's namespace. No key of the network, and no way into it, is in a session's pod: the gate signs in, and brings calls of the
 * debug peer.
 */
export class ChaincodeStudio extends pulumi.ComponentResource {
  constructor(name: string, args: ChaincodeStudioArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, studio, images } = args;
    super("baas:index:ChaincodeStudio", name, { sessions: studio.sessions.map(({ session }) => session) }, opts);
    const child = { parent: this };
    const surroundings = studioSurroundings(name, args, this);
    const image = new ProjectImage(`${name}-session`, { source: "services/studio", context: ".", images }, child);
    const gate = new ProjectImage(`${name}-gate`, { source: "services/studio-gate", context: ".", images }, child);
    const projects = projectImages(name, args, child);
    for (const session of studio.sessions) {
      const own = `${plan.name}-${session.name}`;
      const project = projects.get(session.source)!;
      const links = studioLink(own, args, session, { ...child, dependsOn: surroundings });
      const builds = [image.image, project.image, ...surroundings, ...links];
      const sessionArgs = { ...args, session, image: image.reference, projectImage: project.reference };
      studioSession(own, sessionArgs, { ...child, dependsOn: builds });
      const gateArgs = { ...args, session, image: gate.reference };
      studioGate(own, gateArgs, { ...child, dependsOn: [...args.needs, gate.image, ...links] });
    }
    this.registerOutputs({});
  }
}

/** The namespace of sessions: nothing goes in or out, and nothing takes more than the sessions may. */
function studioSurroundings(
  name: string,
  { plan, studio, cluster }: ChaincodeStudioArgs,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  const own = labels({ network: plan.name });
  // Retained: the volumes with the developers' work are in it.
  const namespace = new k8s.core.v1.Namespace(
    name,
    { metadata: { name: studio.namespace, labels: { ...own, ...restrictedNamespaceLabels } } },
    { parent, provider: cluster.retainedProvider, retainOnDelete: true },
  );
  const within = { parent, dependsOn: [namespace] };
  // Not even DNS: a session looks nothing up, and names could carry data out.
  const deny = new k8s.networking.v1.NetworkPolicy(
    name,
    {
      metadata: { name: defaultDenyName, namespace: studio.namespace, labels: own },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [], egress: [] },
    },
    within,
  );
  const metadata = { name: "sessions", namespace: studio.namespace, labels: own };
  const quota = new k8s.core.v1.ResourceQuota(name, { metadata, spec: { hard: quotaOf(studio.sessions) } }, within);
  const limits = new k8s.core.v1.LimitRange(
    name,
    { metadata, spec: { limits: [{ type: "Container", max: largestOf(studio.sessions) }] } },
    within,
  );
  return [namespace, deny, quota, limits];
}

/** What all sessions take together, and nothing more. */
function quotaOf(sessions: readonly StudioSessionPlan[]): Record<string, string> {
  const sum = (values: readonly string[]): number => values.reduce((total, value) => total + quantity(value), 0);
  const all = sessions.map(sessionResources);
  const mebibytes = (values: string[]): string => `${Math.ceil(sum(values) / 2 ** 20)}Mi`;
  const millicores = (values: string[]): string => `${Math.ceil(sum(values) * 1000)}m`;
  return {
    pods: String(sessions.length),
    "requests.cpu": millicores(all.map(({ requests }) => requests.cpu)),
    "limits.cpu": millicores(all.map(({ limits }) => limits.cpu)),
    "requests.memory": mebibytes(all.map(({ requests }) => requests.memory)),
    "limits.memory": mebibytes(all.map(({ limits }) => limits.memory)),
    persistentvolumeclaims: String(sessions.length),
    "requests.storage": mebibytes(sessions.map(({ storage }) => storage)),
    "services.nodeports": "0",
    "services.loadbalancers": "0",
  };
}

function largestOf(sessions: readonly StudioSessionPlan[]): Record<string, string> {
  const largest = (values: string[]): string => values.reduce((a, b) => (quantity(b) > quantity(a) ? b : a));
  const all = sessions.map(sessionResources);
  return {
    cpu: largest(all.map(({ limits }) => limits.cpu)),
    memory: largest(all.map(({ limits }) => limits.memory)),
    "ephemeral-storage": tmpSize,
  };
}

/** The images with the projects that sessions begin with, by the folders of their sources. */
function projectImages(
  name: string,
  { plan: { chaincodes }, studio, images }: ChaincodeStudioArgs,
  opts: pulumi.ComponentResourceOptions,
): Map<string, ProjectImage> {
  const found = new Map<string, ProjectImage>();
  for (const { source } of studio.sessions) {
    if (found.has(source)) continue;
    const { prefix } = chaincodes.find((chaincode) => chaincode.source === source)!;
    const dockerfile = "services/studio/project.Dockerfile";
    found.set(source, new ProjectImage(`${name}-project-${prefix}`, { source, dockerfile, images }, opts));
  }
  return found;
}
