/** The reconciler of SystemChannel: its genesis block, with which orderers on Kafka start, and its consortium. */
import {
  addToConsortium,
  type ConfigEdit,
  isFabricError,
  type Orderer,
  setOrdererEndpoints,
  systemChannelGenesisBlock,
  updateChannel,
} from "@baas/fabric";

import { consortiumName } from "../../../model/contracts/kafka";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { ApiError } from "../../common/kubernetes/request";
import type { Administrator, Administrators } from "./administrators";
import { endpoints, msp } from "./channelDescription";
import { Connections } from "./connections";
import { resulting } from "./failures";
import { GenesisStore } from "./genesisStore";
import type { KafkaTenants } from "./kafka/kafkaTenants";
import { pods } from "./kinds";
import type { SeenObjects } from "./objects";
import { instanceOf, troubleAt } from "./pods";
import { Halt, ready, type Reconciler, type Result, soon } from "./reconciler";
import { collections, type Organization, type SystemChannel } from "./resources";

/** Longest wait for a configuration update, in milliseconds. */
const updateTimeout = 20_000;

/** When blocks are cut in a new channel, until its own settings replace these: the defaults of stack files. */
const usualBatch = {
  timeout: "500ms",
  maxMessages: 500,
  preferredMaxBytes: 2 * 1024 * 1024,
  absoluteMaxBytes: 10 * 1024 * 1024,
};

/**
 * Reconciles SystemChannel: makes its genesis block once, which the orderers' pods wait for, and has organizations that the network
 * gains join its consortium.
 */
export class SystemChannels implements Reconciler<SystemChannel> {
  private readonly genesis: GenesisStore;

  constructor(
    private readonly api: KubernetesApi,
    private readonly administrators: Administrators,
    private readonly objects: SeenObjects,
    private readonly tenants: Pick<KafkaTenants, "requireUnclaimed">,
  ) {
    this.genesis = new GenesisStore(api);
  }

  reconcile(channel: SystemChannel): Promise<Result> {
    return resulting(
      () => Connections.during((connections) => this.bringUp(channel, connections)),
      (node) => troubleAt(this.objects.list(pods), `${channel.metadata.namespace}/${node}`),
    );
  }

  forget(): void {}

  private async bringUp(channel: SystemChannel, connections: Connections): Promise<Result> {
    const { metadata, spec } = channel;
    const all: Organization[] = [spec.organization, ...spec.organizations];
    const found = await Promise.all(all.map((one) => this.administrators.of(metadata.namespace, one)));
    const administrators = new Map(found.map((one) => [one.organization.name, one]));
    if ((await this.genesis.read(channel)) === undefined) {
      if (spec.tenant !== undefined) await this.tenants.requireUnclaimed(metadata.namespace, spec.name);
      await this.genesis.keep(channel, newGenesisBlock(channel, administrators));
      await this.startOrderers(channel);
    }
    const administrator = administrators.get(spec.organization.name)!;
    const orderers = spec.orderers.map((orderer) => connections.orderer(orderer, administrator));
    await this.grow(channel, administrators, orderers);
    const names = spec.organizations.map(({ name }) => name).join(", ");
    return ready("Kept", `the orderers have system channel ${spec.name}; its channels may have as members ${names}`);
  }

  /**
   * Has the pods made anew that wait for the genesis block. They would start without this, but Kubernetes looks more and more rarely for
   * what a pod lacks: after half a minute, every half minute.
   */
  private async startOrderers({ metadata: { namespace }, spec }: SystemChannel): Promise<void> {
    const orderers = new Set(spec.orderers.map(({ name }) => `${namespace}/${name}`));
    const waiting = this.objects
      .list(pods)
      .filter((pod) => pod.unstarted && !pod.ended && orderers.has(instanceOf(pod)));
    for (const { metadata } of waiting) {
      const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid: metadata.uid } };
      const path = `${collections.pods(namespace)}/${metadata.name}`;
      await this.api.call("DELETE", path, { body }).catch((error: unknown) => {
        // It has gone, or another one is there.
        if (!(error instanceof ApiError && [404, 409].includes(error.status))) throw error;
      });
    }
  }

  /** Brings organizations into the consortium, and orderers' endpoints into the channel. */
  private async grow(
    { spec }: SystemChannel,
    administrators: ReadonlyMap<string, Administrator>,
    orderers: Orderer[],
  ): Promise<void> {
    const { signer } = administrators.get(spec.organization.name)!;
    const edits: ConfigEdit[] = [
      ...spec.organizations.map(({ name }) => addToConsortium(consortiumName, organization(name, administrators))),
      setOrdererEndpoints(spec.organization.name, spec.orderers.flatMap(endpoints)),
    ];
    try {
      await updateChannel(orderers, spec.name, edits, [signer], { timeoutMs: updateTimeout });
    } catch (error) {
      if (!isFabricError(error, "UNAVAILABLE", "TIMEOUT", "NOT_FOUND")) throw error;
      // Their pods start with the genesis block only.
      throw new Halt(soon("OrderersNotReady", `No orderer gives the system channel yet: ${error.message}.`));
    }
  }
}

function newGenesisBlock({ spec }: SystemChannel, administrators: ReadonlyMap<string, Administrator>): Buffer {
  return systemChannelGenesisBlock(spec.name, {
    orderer: {
      consensus: { type: "kafka", brokers: spec.brokers },
      batch: usualBatch,
      organizations: [
        {
          ...organization(spec.organization.name, administrators),
          endpoints: spec.orderers.flatMap(endpoints),
        },
      ],
    },
    consortiums: [
      { name: consortiumName, organizations: spec.organizations.map(({ name }) => organization(name, administrators)) },
    ],
  });
}

function organization(name: string, administrators: ReadonlyMap<string, Administrator>) {
  return { name, msp: msp(administrators.get(name)!) };
}
