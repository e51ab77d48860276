/** Policies of a channel's configuration: text to protobuf and back. */
import { common } from "@hyperledger/fabric-protos";

import { formatEndorsementPolicy, parseEndorsementPolicy } from "../endorsementPolicy";
import { invalidArgument } from "../errors";
import { fromSignaturePolicyEnvelope, toSignaturePolicyEnvelope } from "../signaturePolicy";

/**
 * A policy as protobuf.
 *
 * @param source - `ANY x`, `ALL x`, `MAJORITY x`, or a signature policy
 * @throws FabricError `INVALID_ARGUMENT` if it is neither
 */
export function toPolicy(source: string): common.Policy {
  const policy = new common.Policy();
  const implicitMeta = /^\s*(ANY|ALL|MAJORITY)\s+(\S+)\s*$/.exec(source);
  if (implicitMeta !== null) {
    const meta = new common.ImplicitMetaPolicy();
    meta.setRule(common.ImplicitMetaPolicy.Rule[implicitMeta[1] as keyof common.ImplicitMetaPolicy.RuleMap]);
    meta.setSubPolicy(implicitMeta[2]!);
    policy.setType(common.Policy.PolicyType.IMPLICIT_META);
    policy.setValue(meta.serializeBinary());
    return policy;
  }
  const parsed = parseEndorsementPolicy(source);
  if ("error" in parsed || parsed.type === "reference") {
    const reason = "error" in parsed ? parsed.error : "a policy cannot refer to another";
    throw invalidArgument(`reading the policy "${source}"`, reason, "Write MAJORITY Admins, or OR('Org1MSP.admin').");
  }
  policy.setType(common.Policy.PolicyType.SIGNATURE);
  policy.setValue(toSignaturePolicyEnvelope(parsed).serializeBinary());
  return policy;
}

/**
 * The text of a policy; the opposite of {@link toPolicy}.
 *
 * @throws FabricError `INVALID_ARGUMENT` for kinds of policies that have no text
 */
export function fromPolicy(policy: common.Policy): string {
  const value = policy.getValue_asU8();
  switch (policy.getType()) {
    case common.Policy.PolicyType.IMPLICIT_META: {
      const meta = common.ImplicitMetaPolicy.deserializeBinary(value);
      const rule = Object.entries(common.ImplicitMetaPolicy.Rule).find(([, number]) => number === meta.getRule());
      return `${rule?.[0]} ${meta.getSubPolicy()}`;
    }
    case common.Policy.PolicyType.SIGNATURE:
      return formatEndorsementPolicy(
        fromSignaturePolicyEnvelope(common.SignaturePolicyEnvelope.deserializeBinary(value)),
      );
    default:
      throw invalidArgument("describing a policy", `policies of type ${policy.getType()} have no text`);
  }
}
