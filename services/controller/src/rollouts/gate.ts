/** What is asked before each restart: whether the others can do without the node. */
import type { Rollout } from "../resources";

/** How what the nodes serve is: a network's channels, the platform's Kafka. */
export interface Health {
  /** Why no node must be taken away now, in sentences; absent if one may. */
  problem?: string;
  /** How many channels an orderer leads, or whether (1) a ZooKeeper or a broker leads the others. */
  leads(node: string): number;
}

/** Looks at what the nodes of a Rollout serve. */
export interface Gate {
  look(rollout: Rollout): Promise<Health>;
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
