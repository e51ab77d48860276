/** What is asked before each restart: whether the others can do without the node. And what is done after the last one. */
import type { Result } from "../reconciler";
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

/** Does what is left to do once all nodes of a Rollout run as declared. */
export interface Afterwards {
  /** @returns why the Rollout is not ready yet; undefined if nothing is left */
  afterRoll(rollout: Rollout): Promise<Result | undefined>;
}
