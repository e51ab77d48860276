import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  canEndorse,
  formatEndorsementPolicy,
  mspIdsOf,
  parseEndorsementPolicy,
  roles,
  type SignaturePolicy,
} from "./endorsementPolicy";

const principal = (mspId: string, role: (typeof roles)[number] = "peer") =>
  ({ type: "principal", mspId, role }) as const;

describe("parseEndorsementPolicy", () => {
  it("reads AND as all of its rules", () => {
    expect(parseEndorsementPolicy("AND('Org1MSP.peer', 'Org2MSP.peer')")).toEqual({
      type: "outOf",
      n: 2,
      rules: [principal("Org1MSP"), principal("Org2MSP")],
    });
  });

  it("reads OR as one of its rules, nested and in any case", () => {
    expect(parseEndorsementPolicy(`or("Org1MSP.admin", and('Org2MSP.peer','Org.3.member'))`)).toEqual({
      type: "outOf",
      n: 1,
      rules: [
        principal("Org1MSP", "admin"),
        { type: "outOf", n: 2, rules: [principal("Org2MSP"), principal("Org.3", "member")] },
      ],
    });
  });

  it("reads OutOf with its number", () => {
    expect(parseEndorsementPolicy("OutOf(1, 'Org1MSP.peer', 'Org2MSP.peer')")).toMatchObject({ n: 1 });
  });

  it("reads the path of a channel policy", () => {
    const path = "/Channel/Application/Endorsement";
    expect(parseEndorsementPolicy(` ${path} `)).toEqual({ type: "reference", path });
  });

  it.each([
    ["", "at its end: expected AND("],
    ["AND('Org1MSP.peer'", 'at its end: expected ")"'],
    ["AND('Org1MSP.boss')", '"boss" is not a role (member, admin, client, peer, orderer)'],
    ["AND('Org1MSP')", "expected 'MSPID.role'"],
    ["XOR('A.peer')", 'at "XOR('],
    ["OutOf(3, 'A.peer', 'B.peer')", "3 of 2 rules cannot hold"],
    ["OutOf(0, 'A.peer')", "0 of 1 rules cannot hold"],
    ["OutOf('A.peer')", "expected how many of the rules must hold"],
    ["AND('A.peer') OR('B.peer')", "expected the end of the policy"],
    ["'A.peer", "expected a closing '"],
    ["/Channel/Application Endorsement", "is not the path of a channel policy"],
  ])("refuses %j, saying where and what was expected", (source, message) => {
    expect(parseEndorsementPolicy(source)).toEqual({ error: expect.stringContaining(message) });
  });

  it("reads back every policy that is written", () => {
    const mspId = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,10}[A-Za-z0-9])?$/);
    const { policy } = fc.letrec<{ policy: SignaturePolicy }>((tie) => ({
      policy: fc.oneof(
        { maxDepth: 4 },
        fc.record({ type: fc.constant("principal" as const), mspId, role: fc.constantFrom(...roles) }),
        fc.array(tie("policy"), { minLength: 1, maxLength: 4 }).chain((rules) =>
          fc.record({
            type: fc.constant("outOf" as const),
            n: fc.integer({ min: 1, max: rules.length }),
            rules: fc.constant(rules),
          }),
        ),
      ),
    }));
    fc.assert(
      fc.property(policy, (written) => {
        expect(parseEndorsementPolicy(formatEndorsementPolicy(written))).toEqual(written);
      }),
    );
  });

  const nested = (depth: number) => `${"AND(".repeat(depth)}'A.peer'${")".repeat(depth)}`;

  it("refuses what nobody could read, at once", () => {
    expect(parseEndorsementPolicy(nested(50))).not.toHaveProperty("error");
    expect(parseEndorsementPolicy(nested(51))).toEqual({
      error:
        "the policy does not parse at \"'A.peer'))))))))))))\" (character 205): more than 50 operators in each other; write fewer",
    });
    const many = `OR(${Array.from({ length: 3000 }, () => "'A.peer'").join(",")})`;
    for (const [source, length] of [
      [nested(20_000), 100_008],
      [many, 27_003],
    ] as const) {
      expect(parseEndorsementPolicy(source)).toEqual({
        error: `the policy has ${length} characters; 20000 are allowed: name fewer principals`,
      });
    }
  });

  it("counts the operators around a rule, not those beside it", () => {
    const beside = Array.from({ length: 200 }, () => "OR('A.peer')").join(",");
    expect(parseEndorsementPolicy(`AND(${beside})`)).not.toHaveProperty("error");
  });

  it("repeats only the start of what is wrong", () => {
    for (const source of [`'A.${"peer".repeat(1000)}'`, `/Channel/${"!".repeat(1000)}`]) {
      expect((parseEndorsementPolicy(source) as { error: string }).error.length).toBeLessThan(250);
    }
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string(), (source) => {
        expect(parseEndorsementPolicy(source)).toBeTypeOf("object");
      }),
    );
  });
});

describe("mspIdsOf", () => {
  it("names every MSP once, sorted", () => {
    const policy = parseEndorsementPolicy("OR('B.peer', AND('A.peer', 'B.admin'))");
    expect("error" in policy ? policy : mspIdsOf(policy)).toEqual(["A", "B"]);
  });
});

describe("canEndorse", () => {
  const peers = new Map([
    ["A", 1],
    ["B", 2],
  ]);
  const can = (source: string) => {
    const policy = parseEndorsementPolicy(source);
    if ("error" in policy) throw new Error(policy.error);
    return canEndorse(policy, peers);
  };

  it("counts each peer once", () => {
    expect(can("AND('B.peer', 'B.member')")).toBe(true);
    expect(can("AND('B.peer', 'B.member', 'B.peer')")).toBe(false);
    expect(can("AND('A.peer', OR('A.peer', 'B.peer'))")).toBe(true);
  });

  it("leaves to other rules what a rule that does not hold would have used", () => {
    expect(can("OutOf(1, AND('A.peer', 'A.peer'), 'A.peer')")).toBe(true);
  });

  it("knows that a peer is a peer and a member, and nothing else", () => {
    expect(["peer", "member", "admin", "client", "orderer"].map((role) => can(`OR('A.${role}')`))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it("finds nobody of an unknown MSP, and takes a reference to hold", () => {
    expect(can("OR('C.peer')")).toBe(false);
    expect(can("/Channel/Application/Endorsement")).toBe(true);
  });
});
