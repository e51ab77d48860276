import { describe, expect, it } from "vitest";

import { ethereumChanges } from "./ethereumChanges";

const network = (validators: number, chainId = 20001) => ({ client: "besu" as const, chainId, validators });

describe("changes of an Ethereum network", () => {
  it("are none where nothing changes", () => {
    expect(ethereumChanges(network(4), network(4))).toEqual([]);
  });

  it("name each validator that joins, and what the chain tolerates then", () => {
    expect(ethereumChanges(network(4), network(7))).toEqual([
      {
        action: "change",
        subject: "chain 20001",
        text: "validators 4 -> 7",
        consequences: [
          "adds validator4, when it is in sync and more than half of 4 vote for it: quorum 3 -> 4, tolerates 1",
          "adds validator5, when it is in sync and more than half of 5 vote for it: quorum 4, tolerates 2",
          "adds validator6, when it is in sync and more than half of 6 vote for it: quorum 4 -> 5, tolerates 2",
        ],
        loud: false,
      },
    ]);
  });

  it("name each validator that is voted out, the last one first", () => {
    expect(ethereumChanges(network(5), network(3))).toMatchObject([
      {
        consequences: [
          "removes validator4: more than half of 5 vote it out before it stops, and its volume stays; quorum 4 -> 3, tolerates 1",
          "removes validator3: more than half of 4 vote it out before it stops, and its volume stays; quorum 3 -> 2, tolerates 1",
        ],
        loud: true,
      },
    ]);
  });

  it("say that the cluster refuses another chain ID", () => {
    expect(ethereumChanges(network(4), network(4, 20002))).toMatchObject([
      {
        text: "chain ID 20001 -> 20002",
        consequences: ["the cluster refuses it: it is in the genesis, which all blocks stand on"],
      },
    ]);
  });
});
