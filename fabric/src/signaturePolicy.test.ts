import { common } from "@hyperledger/fabric-protos";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { roles, type SignaturePolicy } from "./endorsementPolicy";
import {
  fromApplicationPolicy,
  fromSignaturePolicyEnvelope,
  parsePolicy,
  toApplicationPolicy,
  toSignaturePolicyEnvelope,
} from "./signaturePolicy";

const { policy } = fc.letrec<{ policy: SignaturePolicy }>((tie) => ({
  policy: fc.oneof(
    { maxDepth: 4 },
    fc.record({ type: fc.constant("principal" as const), mspId: fc.string(), role: fc.constantFrom(...roles) }),
    fc.array(tie("policy"), { minLength: 1, maxLength: 4 }).chain((rules) =>
      fc.record({
        type: fc.constant("outOf" as const),
        n: fc.integer({ min: 1, max: rules.length }),
        rules: fc.constant(rules),
      }),
    ),
  ),
}));

describe("a signature policy", () => {
  it("comes back from protobuf as it went in", () => {
    fc.assert(
      fc.property(policy, (written) => {
        const bytes = toSignaturePolicyEnvelope(written).serializeBinary();
        expect(fromSignaturePolicyEnvelope(common.SignaturePolicyEnvelope.deserializeBinary(bytes))).toEqual(written);
      }),
    );
  });

  it("numbers its principals as they are read, and shares none", () => {
    const parsed = parsePolicy("OR('A.peer', AND('B.admin', 'A.peer'))") as SignaturePolicy;
    const envelope = toSignaturePolicyEnvelope(parsed);
    expect(envelope.getIdentitiesList()).toHaveLength(3);
    const rules = envelope.getRule()!.getNOutOf()!.getRulesList();
    expect(rules[0]!.getSignedBy()).toBe(0);
    expect(
      rules[1]!
        .getNOutOf()!
        .getRulesList()
        .map((rule) => rule.getSignedBy()),
    ).toEqual([1, 2]);
  });

  it("that refers to a principal it lacks is refused", () => {
    const envelope = toSignaturePolicyEnvelope(parsePolicy("OR('A.peer')") as SignaturePolicy);
    envelope.clearIdentitiesList();
    expect(() => fromSignaturePolicyEnvelope(envelope)).toThrow("it refers to a principal that it does not have");
  });
});

describe("an endorsement policy in a chaincode definition", () => {
  it.each(["/Channel/Application/Endorsement", "OutOf(1, 'Org1MSP.peer', 'Org2MSP.peer')"])(
    "comes back: %s",
    (text) => {
      expect(fromApplicationPolicy(toApplicationPolicy(text))).toEqual(parsePolicy(text));
    },
  );
});
