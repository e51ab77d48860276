/** Policies of a channel's configuration: text to protobuf and back, and the usual ones. */
import { common } from "@hyperledger/fabric-protos";

import { formatEndorsementPolicy, parseEndorsementPolicy } from "../endorsementPolicy";
import { invalidArgument } from "../errors";
import { fromSignaturePolicyEnvelope, toSignaturePolicyEnvelope } from "../signaturePolicy";
import type { Policies } from "./description";

/** The policies of a channel as a whole. */
export const channelPolicies: Policies = {
  Readers: "ANY Readers",
  Writers: "ANY Writers",
  Admins: "MAJORITY Admins",
};

/** The policies of a channel's ordering service. */
export const ordererPolicies: Policies = { ...channelPolicies, BlockValidation: "ANY Writers" };

/** The policies of a channel's applications. A majority of organizations decides on chaincodes. */
export const applicationPolicies: Policies = {
  ...channelPolicies,
  LifecycleEndorsement: "MAJORITY Endorsement",
  Endorsement: "MAJORITY Endorsement",
};

/** The policies of a member organization with NodeOUs. */
export function applicationOrganizationPolicies(mspId: string): Policies {
  return {
    Readers: `OR('${mspId}.admin', '${mspId}.peer', '${mspId}.client')`,
    Writers: `OR('${mspId}.admin', '${mspId}.client')`,
    Admins: `OR('${mspId}.admin')`,
    Endorsement: `OR('${mspId}.peer')`,
  };
}

/** The policies of an organization that runs orderers. */
export function ordererOrganizationPolicies(mspId: string): Policies {
  return {
    Readers: `OR('${mspId}.member')`,
    Writers: `OR('${mspId}.member')`,
    Admins: `OR('${mspId}.admin')`,
  };
}

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
