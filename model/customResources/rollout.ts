/** Rollout: the nodes of a network or of the platform, each at the version that it is to run, which the controller restarts one after another. */
import type { Definition, SpecOf } from "./definition";
import { immutable, keyedList, object, string } from "./schema";

/** The custom resource by which changes of nodes roll. Deleting it only ends that; nothing restarts. */
export const rolloutDefinition = {
  kind: "Rollout",
  plural: "rollouts",
  shortNames: ["roll"],
  description:
    "The nodes of a network, or of the platform, restarted one after another. Ready: every node runs as its StatefulSet says, and is ready.",
  spec: object("The nodes.", {
    nodes: keyedList(
      "Every node. Those of an organization restart in this order.",
      "name",
      object(
        "A node.",
        {
          name: string("Name of its StatefulSet."),
          role: string("What it is.", { enum: ["certificate-authority", "orderer", "peer", "zookeeper", "kafka"] }),
          organization: string("Short name of its organization; of the platform's own nodes, `platform`."),
          // Until the StatefulSet has this one, too, the change is not complete, and nothing restarts.
          template: string("Hash of what of its pod template a restart is needed for.", {
            pattern: "^[0-9a-f]{16}$",
            maxLength: 16,
          }),
          operations: string("Host and port of an orderer's operations endpoint, which tells the leaders of channels."),
        },
        { optional: ["operations"], validations: [immutable("role"), immutable("organization")] },
      ),
      1024,
    ),
  }),
  columns: [],
} satisfies Definition;

/** `spec` of a Rollout. */
export type RolloutSpec = SpecOf<typeof rolloutDefinition>;

/** A node as a Rollout names it. */
export type RolloutNode = RolloutSpec["nodes"][number];
