import { peer } from "@hyperledger/fabric-protos";
import { describe, expect, it } from "vitest";

import { type ChaincodeDefinition, definitionsEqual, fill, readDefinition, sequenceOf } from "./definition";

const definition: ChaincodeDefinition = { name: "asset", version: "1.0" };
const committed = (changes: Partial<ChaincodeDefinition> = {}, sequence = 3) => ({
  ...filled({ ...definition, ...changes }),
  sequence,
  approvals: {},
});

/** The definition as it comes back from a peer. */
function filled(wanted: ChaincodeDefinition) {
  const message = fill(new peer.lifecycle.CommitChaincodeDefinitionArgs(), wanted, 1);
  const bytes = message.serializeBinary();
  return readDefinition(wanted.name, peer.lifecycle.CommitChaincodeDefinitionArgs.deserializeBinary(bytes));
}

describe("the sequence of a definition", () => {
  it("is 1 when nothing is committed", () => {
    expect(sequenceOf(definition, undefined)).toBe(1);
  });

  it("is that of an equal definition", () => {
    expect(sequenceOf(definition, committed())).toBe(3);
    expect(
      sequenceOf(
        { ...definition, endorsementPolicy: "OR('A.peer')" },
        committed({ endorsementPolicy: "OutOf(1, 'A.peer')" }),
      ),
    ).toBe(3);
  });

  it.each<[string, Partial<ChaincodeDefinition>]>([
    ["version", { version: "1.1" }],
    ["endorsement policy", { endorsementPolicy: "OR('A.peer')" }],
    ["need for Init", { initRequired: true }],
    ["collections", { collections: [{ name: "c", policy: "OR('A.member')" }] }],
    ["plugin", { validationPlugin: "mine" }],
  ])("is the next one when its %s differs", (_, changes) => {
    expect(sequenceOf({ ...definition, ...changes }, committed())).toBe(4);
    expect(sequenceOf(definition, committed(changes))).toBe(4);
    expect(sequenceOf({ ...definition, ...changes }, committed(changes))).toBe(3);
  });
});

describe("a definition", () => {
  it("comes back from a peer with every default named", () => {
    expect(filled(definition)).toEqual({
      name: "asset",
      version: "1.0",
      endorsementPolicy: "/Channel/Application/Endorsement",
      initRequired: false,
      collections: [],
      endorsementPlugin: "escc",
      validationPlugin: "vscc",
    });
    expect(definitionsEqual(definition, filled(definition))).toBe(true);
  });

  it("comes back with its collections", () => {
    const collections = [
      { name: "a", policy: "OR('A.member', 'B.member')", blockToLive: 5, endorsementPolicy: "OR('A.peer')" },
      { name: "b", policy: "OR('B.member')", memberOnlyRead: false, requiredPeerCount: 1, maxPeerCount: 2 },
    ];
    expect(filled({ ...definition, collections }).collections).toEqual([
      {
        name: "a",
        policy: "OutOf(1, 'A.member', 'B.member')",
        requiredPeerCount: 0,
        maxPeerCount: 1,
        blockToLive: 5,
        memberOnlyRead: true,
        memberOnlyWrite: true,
        endorsementPolicy: "OutOf(1, 'A.peer')",
      },
      {
        name: "b",
        policy: "OutOf(1, 'B.member')",
        requiredPeerCount: 1,
        maxPeerCount: 2,
        blockToLive: 0,
        memberOnlyRead: false,
        memberOnlyWrite: true,
      },
    ]);
  });

  it("with a policy that does not parse is refused", () => {
    expect(() => filled({ ...definition, endorsementPolicy: "AND(" })).toThrow(
      "reading an endorsement policy: the policy does not parse",
    );
    expect(() => filled({ ...definition, collections: [{ name: "c", policy: "/Channel" }] })).toThrow(
      "describing collection c: its policy names no organizations",
    );
  });
});
