/** Channels on Kafka: orderers make them from the system channel, instead of joining them one by one. */
import { createChannel, FabricError, isFabricError, type Orderer } from "@baas/fabric";

import { consortiumName } from "../../../model/contracts/kafka";
import type { Administrator } from "./administrators";
import { wantedLevels } from "./channelCapabilities";
import { isReady } from "./conditions";
import type { KafkaTenants } from "./kafka/kafkaTenants";
import { systemChannels } from "./kinds";
import type { SeenObjects } from "./objects";
import { Halt, waiting } from "./reconciler";
import type { Channel, SystemChannel } from "./resources";

/** Longest wait for a channel to come after its creation was ordered, in milliseconds. */
const creationTimeout = 20_000;

/**
 * Creates a channel, signed by the first member's administrator, or finds it there.
 *
 * @param orderers - those that answer
 * @returns its block 0
 * @throws {@link Halt} while the system channel is not ready, or the channel has no topic
 */
export async function createdChannel(
  channel: Channel,
  orderers: Orderer[],
  administrators: ReadonlyMap<string, Administrator>,
  objects: SeenObjects,
  tenants: Pick<KafkaTenants, "requireTopic">,
): Promise<Buffer> {
  const { name, organizations } = channel.spec;
  const { tenant } = requiredSystemChannel(channel, objects).spec;
  if (tenant !== undefined) tenants.requireTopic(channel.metadata.namespace, name);
  const creation = {
    consortium: consortiumName,
    organizations: organizations.map((member) => member.name),
    capabilities: [wantedLevels(channel).application],
  };
  const signers = [administrators.get(organizations[0]!.name)!.signer];
  try {
    return Buffer.from(await createChannel(orderers, name, creation, signers, { timeoutMs: creationTimeout }));
  } catch (error) {
    if (!isFabricError(error, "TIMEOUT")) throw error;
    // Usually an orderer that waits for Kafka. What was sent stays valid: another attempt finds the channel there.
    throw new FabricError({ code: "UNAVAILABLE", step: "creating the channel", channel: name, reason: error.reason });
  }
}

function requiredSystemChannel({ metadata, spec }: Channel, objects: SeenObjects): SystemChannel {
  const { systemChannel = "" } = spec.ordering;
  const found = objects.get(systemChannels, `${metadata.namespace}/${systemChannel}`);
  if (found && isReady(found)) return found;
  const message = `SystemChannel ${systemChannel} is ${found ? "not ready yet; see its condition Ready" : "not there yet"}.`;
  throw new Halt(waiting("SystemChannelNotReady", message));
}
