/** The gate of all Rollouts: the channels of networks, the chains of Ethereum, and the platform's Kafka. */
import type { Shared } from "../shared";
import { ChainHealth } from "./chainHealth";
import { ChannelHealth } from "./channelHealth";
import type { Gate } from "./gate";
import { KafkaHealth } from "./kafkaHealth";

/** What is asked before each restart. */
export function restartGate({
  administrators,
  objects,
  platformKafka,
}: Pick<Shared, "administrators" | "objects" | "platformKafka">): Gate {
  return everyGate(new ChannelHealth(administrators, objects), new KafkaHealth(platformKafka), new ChainHealth());
}

/** All gates in one. Each looks only at what it knows. */
export function everyGate(...gates: readonly Gate[]): Gate {
  return {
    async look(rollout) {
      const all = await Promise.all(gates.map((gate) => gate.look(rollout)));
      const problems = all.flatMap(({ problem }) => problem ?? []);
      return {
        leads: (node) => all.reduce((sum, { leads }) => sum + leads(node), 0),
        ...(problems.length > 0 && { problem: problems.join(" ") }),
      };
    },
  };
}
