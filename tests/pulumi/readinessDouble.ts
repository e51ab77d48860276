/** A double of the network controller for clusters without Fabric. */
import { setTimeout as sleep } from "node:timers/promises";

/** Runs kubectl with arguments. */
export type Kubectl = (...args: string[]) => Promise<string>;

/**
 * Sets the condition Ready of channels, chaincodes and rollouts, once everything that the real controller would need has been created. It
 * needs no node that runs.
 */
export class ReadinessDouble {
  private stopped = false;
  private readonly done: Promise<void>;

  constructor(
    private readonly kubectl: Kubectl,
    private readonly namespace: string,
  ) {
    this.done = this.loop();
  }

  /** Stops it after its present round. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private async loop(): Promise<void> {
    for (; !this.stopped; await sleep(500)) await this.round().catch(() => undefined);
  }

  private async round(): Promise<void> {
    const kinds =
      "channels,chaincodes,rollouts,identities,certificateauthorities,statefulsets,deployments,rolebindings";
    const { items } = JSON.parse(await this.kubectl("-n", this.namespace, "get", kinds, "-o", "json"));
    const exists = (kind: string, name: string): boolean =>
      items.some((item: any) => item.kind === kind && item.metadata.name === name);
    for (const { kind, metadata, spec, status } of items) {
      if (!["Channel", "Chaincode", "Rollout"].includes(kind)) continue;
      if (status?.observedGeneration === metadata.generation) continue;
      const isComplete =
        kind === "Channel"
          ? hasNodes(spec, exists)
          : kind === "Chaincode"
            ? hasServers(spec, items)
            : hasSets(spec, exists);
      if (isComplete) await this.setReady(kind, metadata);
    }
  }

  private async setReady(kind: string, { name, generation }: any): Promise<void> {
    const time = new Date().toISOString();
    const condition = {
      type: "Ready",
      status: "True",
      reason: "Double",
      message: "all there",
      lastTransitionTime: time,
    };
    const status = { observedGeneration: generation, conditions: [{ ...condition, observedGeneration: generation }] };
    const patch = ["--subresource=status", "--type=merge", "-p", JSON.stringify({ status })];
    await this.kubectl("-n", this.namespace, "patch", kind, name, ...patch);
  }
}

function hasSets({ nodes }: any, exists: (kind: string, name: string) => boolean): boolean {
  return nodes.every(({ name }: any) => exists("StatefulSet", name));
}

function hasNodes({ ordering, organizations }: any, exists: (kind: string, name: string) => boolean): boolean {
  const members = [ordering.organization, ...organizations];
  const nodes = [...ordering.consenters, ...organizations.flatMap(({ peers }: any) => peers)];
  return (
    exists("RoleBinding", "baas-controller") &&
    members.every(({ certificateAuthority: name }) =>
      ["CertificateAuthority", "StatefulSet"].every((kind) => exists(kind, name)),
    ) &&
    nodes.every(({ name }) => ["Identity", "StatefulSet"].every((kind) => exists(kind, name)))
  );
}

function hasServers({ channel, organizations }: any, items: any[]): boolean {
  const role = "app.kubernetes.io/component";
  const servers = items.filter((item) => item.kind === "Deployment" && item.metadata.labels?.[role] === "chaincode");
  const isReady = items.some(
    ({ kind, metadata, status }) => kind === "Channel" && metadata.name === channel && status?.conditions?.length > 0,
  );
  return isReady && servers.length >= organizations.length;
}
