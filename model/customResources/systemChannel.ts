/** SystemChannel: the channel from which orderers on Kafka make all others, with the consortium of their possible members. */
import type { Definition, SpecOf } from "./definition";
import { immutable, keyedList, object, set, string } from "./schema";

const organization = {
  name: string("Short name of the organization."),
  mspId: string("Membership service provider ID.", { maxLength: 63 }),
  certificateAuthority: string("Name of the organization's CertificateAuthority in this namespace."),
};

/** The custom resource for a system channel. Deleting it only ends its management; topics and ledgers stay. */
export const systemChannelDefinition = {
  kind: "SystemChannel",
  plural: "systemchannels",
  shortNames: ["syschan"],
  description:
    "The system channel of a network on Kafka. Ready: its genesis block is kept, and its consortium has all organizations.",
  spec: object(
    "The system channel.",
    {
      name: string("Channel ID, and name of its topic.", { pattern: "^[a-z][a-z0-9.-]*$", maxLength: 249 }),
      brokers: set(
        "Host and port of what leads to Kafka's brokers; its channels keep them.",
        string("Host and port."),
        20,
        1,
      ),
      organization: object("Organization that runs the orderers.", organization),
      orderers: keyedList(
        "Orderers.",
        "name",
        object(
          "An orderer.",
          {
            name: string("Name of the orderer."),
            address: string("Host and port; it never changes."),
            endpoint: string("Host and port that the channel tells clients and peers, too: for those outside."),
          },
          { optional: ["endpoint"] },
        ),
        64,
      ),
      tenant: string("The KafkaTenant that has its topic. Absent on a Kafka that the platform does not run."),
      organizations: keyedList(
        "Organizations that channels may have as members.",
        "name",
        object("An organization.", organization),
        64,
      ),
    },
    { optional: ["tenant"], validations: [immutable("name"), immutable("brokers")] },
  ),
  columns: [{ name: "Topic", jsonPath: ".spec.name" }],
} satisfies Definition;

/** `spec` of a SystemChannel. */
export type SystemChannelSpec = SpecOf<typeof systemChannelDefinition>;
