/**
 * Endorsement policies as Fabric stores them: `SignaturePolicyEnvelope` in channel configurations, `ApplicationPolicy` in
 * chaincode definitions. The language itself is in endorsementPolicy.ts, which needs no protobuf.
 */
import { common, msp, peer } from "@hyperledger/fabric-protos";

import { type EndorsementPolicy, parseEndorsementPolicy, type Role, type SignaturePolicy } from "./endorsementPolicy";
import { invalidArgument } from "./errors";

const roleNumbers: Record<Role, msp.MSPRole.MSPRoleTypeMap[keyof msp.MSPRole.MSPRoleTypeMap]> = {
  member: msp.MSPRole.MSPRoleType.MEMBER,
  admin: msp.MSPRole.MSPRoleType.ADMIN,
  client: msp.MSPRole.MSPRoleType.CLIENT,
  peer: msp.MSPRole.MSPRoleType.PEER,
  orderer: msp.MSPRole.MSPRoleType.ORDERER,
};

/**
 * A signature policy as protobuf. Principals are numbered as they are read and not shared, as Fabric's own tools do it,
 * so that equal texts make equal bytes everywhere.
 */
export function toSignaturePolicyEnvelope(policy: SignaturePolicy): common.SignaturePolicyEnvelope {
  const envelope = new common.SignaturePolicyEnvelope();
  const convert = (rule: SignaturePolicy): common.SignaturePolicy => {
    const converted = new common.SignaturePolicy();
    if (rule.type === "principal") {
      converted.setSignedBy(envelope.getIdentitiesList().length);
      envelope.addIdentities(toPrincipal(rule));
    } else {
      const outOf = new common.SignaturePolicy.NOutOf();
      outOf.setN(rule.n);
      outOf.setRulesList(rule.rules.map(convert));
      converted.setNOutOf(outOf);
    }
    return converted;
  };
  envelope.setRule(convert(policy));
  return envelope;
}

/**
 * The policy that a `SignaturePolicyEnvelope` holds.
 *
 * @throws FabricError `INVALID_ARGUMENT` if it has principals that are no roles, or refers to a principal it lacks
 */
export function fromSignaturePolicyEnvelope(envelope: common.SignaturePolicyEnvelope): SignaturePolicy {
  const principals = envelope.getIdentitiesList().map(fromPrincipal);
  const convert = (rule: common.SignaturePolicy | undefined): SignaturePolicy => {
    const outOf = rule?.getNOutOf();
    if (outOf !== undefined) return { type: "outOf", n: outOf.getN(), rules: outOf.getRulesList().map(convert) };
    const principal = rule?.hasSignedBy() ? principals[rule.getSignedBy()] : undefined;
    if (principal === undefined) throw invalidArgument(reading, "it refers to a principal that it does not have");
    return principal;
  };
  return convert(envelope.getRule());
}

/**
 * An endorsement policy as chaincode definitions hold it (`validation_parameter`).
 *
 * @param policy - a policy or its text
 * @throws FabricError `INVALID_ARGUMENT` if the text does not parse
 */
export function toApplicationPolicy(policy: EndorsementPolicy | string): Uint8Array {
  const parsed = typeof policy === "string" ? parsePolicy(policy) : policy;
  const application = new peer.ApplicationPolicy();
  if (parsed.type === "reference") application.setChannelConfigPolicyReference(parsed.path);
  else application.setSignaturePolicy(toSignaturePolicyEnvelope(parsed));
  return application.serializeBinary();
}

/** The endorsement policy in a chaincode definition's `validation_parameter`; the opposite of {@link toApplicationPolicy}. */
export function fromApplicationPolicy(bytes: Uint8Array): EndorsementPolicy {
  const application = peer.ApplicationPolicy.deserializeBinary(bytes);
  const signature = application.getSignaturePolicy();
  return signature === undefined
    ? { type: "reference", path: application.getChannelConfigPolicyReference() }
    : fromSignaturePolicyEnvelope(signature);
}

/** Parses an endorsement policy; throws the error that {@link parseEndorsementPolicy} returns. */
export function parsePolicy(source: string): EndorsementPolicy {
  const policy = parseEndorsementPolicy(source);
  if ("error" in policy) throw invalidArgument("reading an endorsement policy", policy.error);
  return policy;
}

const reading = "reading a signature policy";

function toPrincipal({ mspId, role }: { mspId: string; role: Role }): msp.MSPPrincipal {
  const mspRole = new msp.MSPRole();
  mspRole.setMspIdentifier(mspId);
  mspRole.setRole(roleNumbers[role]);
  const principal = new msp.MSPPrincipal();
  principal.setPrincipalClassification(msp.MSPPrincipal.Classification.ROLE);
  principal.setPrincipal(mspRole.serializeBinary());
  return principal;
}

function fromPrincipal(principal: msp.MSPPrincipal): SignaturePolicy {
  if (principal.getPrincipalClassification() !== msp.MSPPrincipal.Classification.ROLE) {
    throw invalidArgument(reading, "it has a principal that is not a role of an MSP");
  }
  const mspRole = msp.MSPRole.deserializeBinary(principal.getPrincipal_asU8());
  const role = (Object.keys(roleNumbers) as Role[]).find((name) => roleNumbers[name] === mspRole.getRole());
  if (role === undefined) throw invalidArgument(reading, `role ${mspRole.getRole()} is unknown`);
  return { type: "principal", mspId: mspRole.getMspIdentifier(), role };
}
