/** Rollout: the nodes of a network or of the platform, each at the version that it is to run, which the controller restarts one after another. */
import { leastBrokers, topicReplicas } from "../contracts/kafka";
import { quantity } from "../contracts/quantity";
import type { Definition, SpecOf } from "./definition";
import { immutable, keyedList, object, string, type Validation } from "./schema";

const countOf = (role: string, of: "self" | "oldSelf"): string => `${of}.nodes.filter(n, n.role == '${role}').size()`;

const zooKeepers = (of: "self" | "oldSelf"): string => countOf("zookeeper", of);

/** An ensemble of another size is another ensemble: those that are up would not know the others. */
const zooKeepersStay: Validation = {
  rule: `${zooKeepers("oldSelf")} == 0 || ${zooKeepers("self")} == ${zooKeepers("oldSelf")}`,
  message: "the number of ZooKeepers cannot be changed: they would not agree on who belongs to them",
};

/** Those that stay take over the replicas of those that go. */
const brokersStay: Validation = {
  rule: `${countOf("kafka", "self")} >= ${leastBrokers} || ${countOf("kafka", "self")} >= ${countOf("kafka", "oldSelf")}`,
  message: `fewer than ${leastBrokers} brokers cannot be left: the topics of networks have ${topicReplicas} replicas. To end Kafka with all its data, destroy the platform`,
};

/** The claims stand beside what names their sizes: no field of theirs could refuse it at a preview. */
const volumesOnlyGrow: Validation = {
  rule: "!has(self.storage) || !has(oldSelf.storage) || quantity(self.storage).compareTo(quantity(oldSelf.storage)) >= 0",
  message: "storage cannot become less: no volume shrinks. Write what it has been, or more",
};

/** The custom resource by which changes of nodes roll. Deleting it only ends that; nothing restarts. */
export const rolloutDefinition = {
  kind: "Rollout",
  plural: "rollouts",
  shortNames: ["roll"],
  description:
    "The nodes of a network, or of the platform, restarted one after another. Ready: every node runs as its StatefulSet says, and is ready.",
  spec: object(
    "The nodes.",
    {
      nodes: keyedList(
        "Every node. Those of an organization restart in this order.",
        "name",
        object(
          "A node.",
          {
            name: string("Name of its StatefulSet."),
            role: string("What it is.", {
              enum: [
                "certificate-authority",
                "orderer",
                "peer",
                "zookeeper",
                "kafka",
                "prometheus",
                "alertmanager",
                "grafana",
                "validator",
                "bootnode",
                "rpc-node",
              ],
            }),
            organization: string("Short name of its organization; of the platform's own nodes, `platform`."),
            // Until the StatefulSet has this one, too, the change is not complete, and nothing restarts.
            template: string("Hash of what of its pod template a restart is needed for.", {
              pattern: "^[0-9a-f]{16}$",
              maxLength: 16,
            }),
            operations: string(
              "Host and port of an orderer's operations endpoint, which tells the leaders of channels.",
            ),
            storage: string("Size of its volume, which grows to it.", {
              pattern: "^[1-9][0-9]{0,5}(Mi|Gi|Ti)$",
              maxLength: 8,
            }),
          },
          {
            optional: ["operations", "storage"],
            validations: [immutable("role"), immutable("organization"), volumesOnlyGrow],
          },
        ),
        1024,
      ),
    },
    { validations: [zooKeepersStay, brokersStay] },
  ),
  columns: [],
} satisfies Definition;

/** `spec` of a Rollout. */
export type RolloutSpec = SpecOf<typeof rolloutDefinition>;

/** A node as a Rollout names it. */
export type RolloutNode = RolloutSpec["nodes"][number];

/** Names of the nodes with a role. */
export function nodeNames(nodes: readonly RolloutNode[], wanted: RolloutNode["role"]): string[] {
  return nodes.filter(({ role }) => role === wanted).map(({ name }) => name);
}

/** Why the cluster refuses a change of a Rollout, by the rules above; undefined if it does not. */
export function refusalOfNodes(
  before: Pick<RolloutSpec, "nodes">,
  after: Pick<RolloutSpec, "nodes">,
): string | undefined {
  const count = ({ nodes }: Pick<RolloutSpec, "nodes">, role: RolloutNode["role"]): number =>
    nodeNames(nodes, role).length;
  // First, as its message says how Kafka is ended, with its ZooKeepers.
  const isTooFew = count(after, "kafka") < Math.min(count(before, "kafka"), leastBrokers);
  if (isTooFew) return brokersStay.message;
  const zooKeepersBefore = count(before, "zookeeper");
  if (zooKeepersBefore > 0 && count(after, "zookeeper") !== zooKeepersBefore) return zooKeepersStay.message;
  const sizes = new Map(before.nodes.map(({ name, storage }) => [name, quantity(storage)]));
  const shrinks = after.nodes.some(({ name, storage }) => quantity(storage) < (sizes.get(name) ?? NaN));
  return shrinks ? volumesOnlyGrow.message : undefined;
}
