/** KafkaTenant: what a network has on the Kafka of its platform. */
import type { Definition, SpecOf } from "./definition";
import { immutable, object, set, string } from "./schema";

/** Names as Kafka and Fabric both take them. */
const topicName = { pattern: "^[a-z][a-z0-9.-]*$", maxLength: 249 };

/**
 * The custom resource for a network's part of the platform's Kafka. Deleting it only ends its management: topics, their messages and the
 * ACLs that say whose they are stay.
 */
export const kafkaTenantDefinition = {
  kind: "KafkaTenant",
  plural: "kafkatenants",
  shortNames: ["tenant"],
  description:
    "The topics of a network on its platform's Kafka. Ready: they are there, and its orderers, and nobody else, may read and write them.",
  spec: object(
    "The tenant. Who it is to the platform's own Kafka follows from its namespace.",
    {
      systemChannel: string("System channel, whose genesis block says which network owns the topics.", topicName),
      topics: set(
        "Topics: one for each channel, of the same name, the system channel among them.",
        string("Name of a channel.", topicName),
        257,
        1,
      ),
      secret: string(
        "For a Kafka of the user's: Secret of type kubernetes.io/basic-auth with which its orderers log in there.",
        { maxLength: 63 },
      ),
    },
    {
      optional: ["secret"],
      validations: [
        immutable("systemChannel"),
        { rule: "self.systemChannel in self.topics", message: "topics has systemChannel" },
      ],
    },
  ),
  columns: [{ name: "System-Channel", jsonPath: ".spec.systemChannel" }],
} satisfies Definition;

/** `spec` of a KafkaTenant. */
export type KafkaTenantSpec = SpecOf<typeof kafkaTenantDefinition>;
