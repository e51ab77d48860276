/** Channel: Fabric's channel configuration, in the terms of the stack file. */
import type { CapabilityGroup } from "../../fabric/src/config/capabilities";
import { type CapabilityLevels, capabilityLevels } from "../contracts/capabilityLevels";
import type { Definition, SpecOf } from "./definition";
import { immutable, integer, keptOnceSet, keyedList, object, type Schema, set, string } from "./schema";

const organization = {
  name: string("Short name of the organization."),
  mspId: string("Membership service provider ID.", { maxLength: 63 }),
  certificateAuthority: string("Name of the organization's CertificateAuthority in this namespace."),
};

/** A capability level. The API server compares the texts, which are in the order of the levels. */
function level<G extends CapabilityGroup>(group: G, description: string): Schema<CapabilityLevels[G]> {
  const levels: readonly string[] = capabilityLevels[group];
  const message = `capabilities.${group} cannot be lowered: no node can read past the block that raised it without having it`;
  return {
    ...string(description, { enum: [...levels] }),
    "x-kubernetes-validations": [{ rule: "self >= oldSelf", message }],
  } as Schema<CapabilityLevels[G]>;
}

/** The custom resource for an application channel. Deleting it only ends its management; ledgers stay. */
export const channelDefinition = {
  kind: "Channel",
  plural: "channels",
  shortNames: ["chan"],
  description: "An application channel. Ready: its genesis block is kept, all orderers and peers have joined.",
  spec: object(
    "The channel.",
    {
      name: string("Channel ID.", { pattern: "^[a-z][a-z0-9.-]*$", maxLength: 249 }),
      ordering: object(
        "Who orders its transactions.",
        {
          type: string("Ordering service type.", { enum: ["etcdraft", "kafka"] }),
          organization: object("Organization that runs the orderers.", organization),
          consenters: keyedList(
            "Orderers. With etcdraft they are the consenters.",
            "name",
            object(
              "An orderer.",
              {
                name: string("Name of the orderer."),
                address: string("Host and port for other consenters; it never changes."),
                endpoint: string("Host and port that the channel tells clients and peers, too: for those outside."),
                adminAddress: string("Host and port of the channel participation API."),
              },
              { optional: ["endpoint"] },
            ),
            64,
          ),
          systemChannel: string("For kafka: name of the SystemChannel that it is made from."),
        },
        {
          optional: ["systemChannel"],
          validations: [immutable("type"), keptOnceSet("systemChannel", "the orderers began with it")],
        },
      ),
      batch: object("When a block is cut.", {
        timeout: string("Longest wait before a block is cut.", { pattern: "^[1-9][0-9]*(ms|s|m)$" }),
        maxMessages: integer("Most transactions in a block.", 1, 10000),
        preferredMaxBytes: string("A block is cut beyond this size.", { pattern: "^[1-9][0-9]*(Ki|Mi)$" }),
        absoluteMaxBytes: string("No block is larger.", { pattern: "^[1-9][0-9]*(Ki|Mi)$" }),
      }),
      capabilities: object("Capability levels: what nodes must support to take part.", {
        channel: level("channel", "Level of all nodes."),
        orderer: level("orderer", "Level of the orderers."),
        application: level("application", "Level of the peers."),
      }),
      organizations: keyedList(
        "Member organizations.",
        "name",
        object("A member.", {
          ...organization,
          peers: keyedList(
            "Peers that join.",
            "name",
            object("A peer.", { name: string("Name of the peer."), address: string("Host and port of the peer.") }),
            64,
          ),
          anchorPeers: set(
            "Host and port of the peers that other organizations gossip with first.",
            string("Host and port."),
            64,
          ),
        }),
        64,
      ),
    },
    {
      // Channels of an earlier release have none: they have the lowest levels.
      optional: ["capabilities"],
      validations: [
        immutable("name"),
        {
          rule: "!has(oldSelf.capabilities) || has(self.capabilities)",
          message: "capabilities cannot be removed: channels keep their levels",
        },
      ],
    },
  ),
  columns: [{ name: "Ordering", jsonPath: ".spec.ordering.type" }],
} satisfies Definition;

/** `spec` of a Channel. */
export type ChannelSpec = SpecOf<typeof channelDefinition>;

/** A member of a channel: an organization with the peers that join. */
export type ChannelOrganization = ChannelSpec["organizations"][number];

/** A Raft consenter. Its address identifies it in the channel and never changes. Clients and peers use the endpoint. */
export type ChannelConsenter = ChannelSpec["ordering"]["consenters"][number];
