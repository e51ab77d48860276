/** Where the genesis blocks of channels are kept. */
import { parseConfigBlock } from "@baas/fabric";

import { retainUntilPurge } from "../../../model/contracts/annotations";
import { managedLabels, networkLabel } from "../../../model/contracts/labels";
import { controllerName, genesisBlockKey, genesisConfigMapName } from "../../../model/contracts/names";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { ApiError, unlessMissing } from "../../common/kubernetes/request";
import { failing, Halt } from "./reconciler";
import { collections, type ConfigMap, type CustomResource } from "./resources";

/** A channel of any kind. */
type AnyChannel = CustomResource<{ name: string }>;

/**
 * Keeps genesis blocks, each in an immutable ConfigMap that only a purge deletes. A genesis block is made only once: it
 * contains a nonce and a time, so a second one would make another channel.
 */
export class GenesisStore {
  constructor(private readonly api: KubernetesApi) {}

  /**
   * Reads the block from the ConfigMap.
   *
   * @returns undefined if there is none
   * @throws {@link Halt} when the ConfigMap holds no genesis block of this channel
   */
  async read(channel: AnyChannel): Promise<Buffer | undefined> {
    const { namespace } = channel.metadata;
    const name = genesisConfigMapName(channel.spec.name);
    const path = `${collections.configMaps(namespace)}/${name}`;
    const found = await unlessMissing(this.api.call<ConfigMap>("GET", path));
    if (!found) return undefined;
    const block = Buffer.from(found.binaryData?.[genesisBlockKey] ?? "", "base64");
    if (channelOf(block) === channel.spec.name) return block;
    throw new Halt(
      failing(
        "GenesisBlockInvalid",
        `ConfigMap ${name} holds no genesis block of channel ${channel.spec.name}. Delete it: the block is taken from an ` +
          "orderer that has joined the channel, or made if none has.",
      ),
    );
  }

  /** Saves a block if none is saved yet; returns the saved one. */
  async keep(channel: AnyChannel, block: Uint8Array): Promise<Buffer> {
    const { namespace, labels } = channel.metadata;
    const network = labels?.[networkLabel];
    const body = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: genesisConfigMapName(channel.spec.name),
        namespace,
        labels: managedLabels(controllerName, network),
        annotations: retainUntilPurge,
      },
      immutable: true,
      binaryData: { [genesisBlockKey]: Buffer.from(block).toString("base64") },
    };
    try {
      await this.api.call("POST", collections.configMaps(namespace), { body });
      return Buffer.from(block);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
      const there = await this.read(channel);
      if (!there) throw error;
      return there;
    }
  }
}

function channelOf(block: Uint8Array): string | undefined {
  try {
    return parseConfigBlock(block).channel;
  } catch {
    return undefined;
  }
}
