/** The schema of `ordering` of a network: who orders its transactions, and by what. */
import { z } from "zod";

import { topicNameLength } from "../contracts/kafka";
import { dnsLabel, mspId, organizationName, storage, text } from "./fields";

/** Name of a system channel: an ID of Fabric's channels, and the name of a topic, of which Kafka takes capitals and "_", too. */
const systemChannelName = text(
  /^[a-z]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  'a system channel\'s name is lower-case letters, digits, "." and "-", as Fabric and Kafka both take it; it starts with a ' +
    'letter, and has a letter or digit at its end and on both sides of each "."',
  topicNameLength,
);

/** `ordering` of a network. kafkaChecks.ts has the rules between its fields. */
export const orderingSchema = z.strictObject({
  type: z
    .enum(["etcdraft", "kafka"])
    .default("etcdraft")
    .describe(
      "Ordering service type: Raft among the orderers, or the Kafka that the environment's platform has. It never changes.",
    ),
  organization: z
    .strictObject({
      name: organizationName.default("orderer").describe("Short name of the organization that runs the orderers."),
      mspId: mspId.optional().describe("Membership service provider ID. Default: the name with a capital, and MSP."),
      caStorage: storage.default("1Gi").describe("Volume of the certificate authority."),
    })
    .prefault({})
    .describe("The organization that runs the orderers."),
  nodes: z
    .int()
    .min(1, "an ordering service needs at least one node")
    .max(15)
    .default(1)
    .describe("Number of orderers. With etcdraft all of them are consenters: use an odd number."),
  storage: storage.default("10Gi").describe("Volume of each orderer: blocks, write-ahead log, crypto material."),
  systemChannel: systemChannelName
    .optional()
    .describe(
      "For kafka: name of the system channel. Each channel of any kind has a topic of the same name, so no other network on the " +
        "same Kafka may have a channel of that name. It never changes.",
    ),
  kafkaSecret: dnsLabel("a Secret's name", 63)
    .optional()
    .describe(
      "For kafka, where the platform names a Kafka of yours: Secret of type kubernetes.io/basic-auth in the network's namespace, " +
        "with which the orderers log in by SASL PLAIN over TLS.",
    ),
});
