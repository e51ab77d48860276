/**
 * Which orderers a channel's configuration names to clients and peers. An orderer that does not take the channel's transactions yet answers
 * that there is no such channel, and a peer's gateway then tries no other one: so it is named when it takes them.
 */
import type { ChannelInfo } from "@baas/fabric";

import type { ChannelConsenter } from "../../../model/customResources/channel";
import { endpoints } from "./channelDescription";
import { Halt, soon } from "./reconciler";

/** An orderer, and how far it has joined. */
interface JoiningOrderer {
  consenter: ChannelConsenter;
  participation: { info(channel: string): Promise<ChannelInfo | undefined> };
  info?: ChannelInfo | undefined;
  failure?: unknown;
}

/**
 * The endpoints of orderers that the configuration names already, and of those that take transactions.
 *
 * @param named - what the configuration names now
 */
export function servingEndpoints(orderers: readonly JoiningOrderer[], named: readonly string[]): string[] {
  return orderers.filter((one) => isNamed(one, named) || serves(one)).flatMap(({ consenter }) => endpoints(consenter));
}

/**
 * Asks the orderers again that are not named yet and have joined: they may have become consenters. Notes those that only follow the channel.
 *
 * @returns whether any is to be named now
 */
export async function becomeConsenters(
  channel: string,
  orderers: readonly JoiningOrderer[],
  named: readonly string[],
): Promise<boolean> {
  const unnamed = orderers.filter((one) => !isNamed(one, named) && one.failure === undefined);
  await Promise.all(
    unnamed.map(async (one) => {
      try {
        one.info = await one.participation.info(channel);
        if (serves(one)) return;
        const message = `Orderer ${one.consenter.name} follows channel ${channel}, and takes no transactions of it yet. Clients are told of it then.`;
        one.failure = new Halt({ ...soon("OrdererFollows", message), isNormal: true });
      } catch (failure) {
        one.failure = failure;
      }
    }),
  );
  return unnamed.some(serves);
}

const isNamed = ({ consenter }: JoiningOrderer, named: readonly string[]): boolean =>
  endpoints(consenter).some((endpoint) => named.includes(endpoint));

/** Orderers on Kafka say `other`; they know a channel when they have read its creation. */
const serves = ({ info, failure }: JoiningOrderer): boolean =>
  failure === undefined && info?.status === "active" && info.consensusRelation !== "follower";
