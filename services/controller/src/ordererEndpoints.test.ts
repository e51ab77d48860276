import type { ChannelInfo } from "@baas/fabric";
import { expect, it } from "vitest";

import { becomeConsenters, servingEndpoints } from "./ordererEndpoints";

type Relation = ChannelInfo["consensusRelation"];

/** An orderer with one address, which says now what it is in the channel, if it knows that. */
function orderer(name: string, relation?: Relation, later: Relation | undefined = relation) {
  const info = (consensusRelation: Relation): ChannelInfo => ({
    ...{ name: "main", status: "active", height: 3 },
    consensusRelation,
  });
  return {
    consenter: { name, address: `${name}:7050`, adminAddress: `${name}:9443` },
    participation: { info: async () => (later === undefined ? undefined : info(later)) },
    info: relation === undefined ? undefined : info(relation),
    failure: undefined as unknown,
  };
}

const named = ["orderer0:7050"];

it("names orderers that are named already, and those that take transactions, Kafka's too", () => {
  const away = { ...orderer("orderer0"), failure: new Error("away") };
  const all = [away, orderer("orderer1", "follower"), orderer("orderer2", "consenter"), orderer("orderer3", "other")];
  expect(servingEndpoints([...all, orderer("orderer4")], named)).toEqual([
    "orderer0:7050",
    "orderer2:7050",
    "orderer3:7050",
  ]);
});

it("asks an orderer again that has just been made a consenter", async () => {
  const all = [orderer("orderer0", "consenter"), orderer("orderer1", "follower", "consenter")];
  expect(await becomeConsenters("main", all, named)).toBe(true);
  expect(servingEndpoints(all, named)).toEqual(["orderer0:7050", "orderer1:7050"]);
});

it("says which orderer follows the channel only, and does not name it", async () => {
  const all = [orderer("orderer0", "consenter"), orderer("orderer1", "follower")];
  expect(await becomeConsenters("main", all, named)).toBe(false);
  expect(servingEndpoints(all, named)).toEqual(["orderer0:7050"]);
  expect(all[1]!.failure).toMatchObject({
    result: {
      ready: false,
      reason: "OrdererFollows",
      message:
        "Orderer orderer1 follows channel main, and takes no transactions of it yet. Clients are told of it then.",
      isNormal: true,
    },
  });
});

it("has nothing to name when all are named", async () => {
  expect(await becomeConsenters("main", [orderer("orderer0", "follower")], named)).toBe(false);
});
