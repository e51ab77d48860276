/** Translates a Channel's spec into the terms of Fabric's configuration. */
import type { ApplicationOrganization, BatchDescription, ChannelDescription, Consenter } from "@baas/fabric";

import type { ChannelConsenter, ChannelOrganization } from "../../../model/customResources/channel";
import type { Administrator } from "./administrators";
import { wantedLevels } from "./channelCapabilities";
import { hostPort } from "./hostPort";
import type { Channel } from "./resources";

/**
 * A channel that Raft orders as Fabric's configuration describes it.
 *
 * @param administrators - of the ordering organization and every member, by organization
 * @param certificates - TLS certificate (PEM) of every consenter, by name
 */
export function channelDescription(
  channel: Channel,
  administrators: ReadonlyMap<string, Administrator>,
  certificates: ReadonlyMap<string, string>,
): ChannelDescription {
  const { spec } = channel;
  const { organization, consenters } = spec.ordering;
  const levels = wantedLevels(channel);
  return {
    orderer: {
      consensus: {
        type: "etcdraft",
        consenters: consenters.map(({ name, address }) => consenter(address, certificates.get(name)!)),
      },
      batch: batch(spec.batch),
      capabilities: [levels.orderer],
      organizations: [
        {
          name: organization.name,
          msp: msp(administrators.get(organization.name)!),
          endpoints: consenters.flatMap(endpoints),
        },
      ],
    },
    application: {
      organizations: spec.organizations.map((member) => applicationOrganization(member, administrators)),
      capabilities: [levels.application],
    },
    capabilities: [levels.channel],
  };
}

/**
 * Where clients and peers reach an orderer: at the address that never changes, and at the one for outside. Both are needed: a
 * peer that was down while the outside address changed still finds the orderer, and fetches the block with the new address.
 */
export function endpoints({ address, endpoint = address }: Pick<ChannelConsenter, "address" | "endpoint">): string[] {
  return [...new Set([address, endpoint])];
}

/** A consenter with one certificate for both of its roles. */
export function consenter(address: string, certificate: string): Consenter {
  return { ...hostPort(address), clientTlsCertificate: certificate, serverTlsCertificate: certificate };
}

/** A member with its MSP and its anchor peers. */
export function applicationOrganization(
  member: ChannelOrganization,
  administrators: ReadonlyMap<string, Administrator>,
): ApplicationOrganization {
  const anchorPeers = member.anchorPeers.map(hostPort);
  return {
    name: member.name,
    msp: msp(administrators.get(member.name)!),
    ...(anchorPeers.length === 0 ? {} : { anchorPeers }),
  };
}

/** When blocks are cut, with sizes in bytes. */
export function batch({ timeout, maxMessages, ...sizes }: Channel["spec"]["batch"]): BatchDescription {
  return {
    timeout,
    maxMessages,
    preferredMaxBytes: bytes(sizes.preferredMaxBytes),
    absoluteMaxBytes: bytes(sizes.absoluteMaxBytes),
  };
}

/** Roles by the units of certificates of any of the MSP's CAs, so that a root can be replaced: none is named with the units. */
const nodeOus = { client: "client", peer: "peer", admin: "admin", orderer: "orderer" };

/** The MSP of an organization. */
export function msp({ organization, root, tlsRoot }: Administrator) {
  return { mspId: organization.mspId, rootCertificates: [root], tlsRootCertificates: [tlsRoot], nodeOus };
}

/** Bytes of a quantity such as `2Mi`. The schema refuses other formats. */
function bytes(quantity: string): number {
  const [, digits = "", unit] = /^(\d+)(Ki|Mi)$/.exec(quantity) ?? [];
  return Number(digits) * (unit === "Mi" ? 1024 * 1024 : 1024);
}
