/** The configuration of a channel from its description. */
import { common } from "@hyperledger/fabric-protos";

import { invalidArgument } from "../errors";
import { defaultCapabilities } from "./capabilities";
import type {
  ApplicationDescription,
  ApplicationOrganization,
  ChannelDescription,
  ConsortiumDescription,
  OrdererDescription,
  OrdererOrganization,
  OrganizationDescription,
  Policies,
  SystemChannelDescription,
} from "./description";
import { newGroup, setValue } from "./group";
import { toMspConfig } from "./msp";
import { toPolicy } from "./policies";
import {
  applicationOrganizationPolicies,
  applicationPolicies,
  channelPolicies,
  ordererOrganizationPolicies,
  ordererPolicies,
} from "./usualPolicies";
import * as value from "./values";

/** The root of an application channel's configuration. */
export function toChannelGroup(channel: ChannelDescription): common.ConfigGroup {
  const group = toRootGroup(channel);
  group.getGroupsMap().set("Application", toApplicationGroup(channel.application));
  return group;
}

/** The root of a system channel's configuration. */
export function toSystemChannelGroup(channel: SystemChannelDescription): common.ConfigGroup {
  const group = toRootGroup(channel);
  group.getGroupsMap().set("Consortiums", toConsortiumsGroup(channel.consortiums));
  return group;
}

/** What the roots of all channels have. */
function toRootGroup(channel: Pick<ChannelDescription, "orderer" | "capabilities" | "policies">): common.ConfigGroup {
  const group = newGroup(
    withPolicies(channel.policies ?? channelPolicies, ["Readers", "Writers", "Admins"], "channel"),
  );
  setValue(group, "HashingAlgorithm", value.hashingAlgorithmValue());
  setValue(group, "BlockDataHashingStructure", value.blockDataHashingStructureValue());
  setValue(group, "Capabilities", value.capabilitiesValue(channel.capabilities ?? [...defaultCapabilities.channel]));
  group.getGroupsMap().set("Orderer", toOrdererGroup(channel.orderer));
  return group;
}

/** Who changes consortiums: the administrators of the ordering service. */
const orderersAdmins = "/Channel/Orderer/Admins";

function toConsortiumsGroup(described: ConsortiumDescription[]): common.ConfigGroup {
  const step = "describing the consortiums";
  if (described.length === 0) throw invalidArgument(step, "there is none");
  const group = newGroup({});
  group.setModPolicy(orderersAdmins);
  group.getPoliciesMap().set("Admins", anybody());
  const map = group.getGroupsMap();
  for (const consortium of described) {
    if (map.has(consortium.name)) throw invalidArgument(step, `there are two called "${consortium.name}"`);
    map.set(consortium.name, toConsortiumGroup(consortium));
  }
  return group;
}

function toConsortiumGroup({ name, organizations, channelCreationPolicy = "ANY Admins" }: ConsortiumDescription) {
  const group = newGroup({});
  group.setModPolicy(orderersAdmins);
  setValue(group, "ChannelCreationPolicy", toPolicy(channelCreationPolicy), orderersAdmins);
  addOrganizations(group, organizations, toApplicationOrganizationGroup, `consortium ${name}`);
  return group;
}

/** The policy that asks for no signature. Elements of consortiums name other policies for their changes. */
function anybody(): common.ConfigPolicy {
  const none = new common.SignaturePolicy();
  none.setNOutOf(new common.SignaturePolicy.NOutOf());
  const envelope = new common.SignaturePolicyEnvelope();
  envelope.setRule(none);
  const policy = new common.Policy();
  policy.setType(common.Policy.PolicyType.SIGNATURE);
  policy.setValue(envelope.serializeBinary());
  const made = new common.ConfigPolicy();
  made.setModPolicy(orderersAdmins);
  made.setPolicy(policy);
  return made;
}

/** The `Orderer` group. */
export function toOrdererGroup(described: OrdererDescription): common.ConfigGroup {
  const required = ["Readers", "Writers", "Admins", "BlockValidation"];
  const group = newGroup(withPolicies(described.policies ?? ordererPolicies, required, "ordering service"));
  const { consensus } = described;
  setValue(group, "ConsensusType", value.consensusTypeValue(consensus));
  if (consensus.type === "kafka") setValue(group, "KafkaBrokers", value.kafkaBrokersValue(consensus.brokers));
  setValue(group, "BatchSize", value.batchSizeValue(described.batch));
  setValue(group, "BatchTimeout", value.batchTimeoutValue(described.batch.timeout));
  setValue(group, "ChannelRestrictions", value.channelRestrictionsValue(described.maxChannels ?? 0));
  setValue(group, "Capabilities", value.capabilitiesValue(described.capabilities ?? [...defaultCapabilities.orderer]));
  addOrganizations(group, described.organizations, toOrdererOrganizationGroup, "ordering service");
  return group;
}

/** The `Application` group. */
export function toApplicationGroup(described: ApplicationDescription): common.ConfigGroup {
  const group = toApplicationRules(described);
  addOrganizations(group, described.organizations, toApplicationOrganizationGroup, "applications");
  return group;
}

/** The `Application` group without members. */
export function toApplicationRules(described: Omit<ApplicationDescription, "organizations">): common.ConfigGroup {
  const required = ["Readers", "Writers", "Admins"];
  const group = newGroup(withPolicies(described.policies ?? applicationPolicies, required, "applications"));
  setValue(
    group,
    "Capabilities",
    value.capabilitiesValue(described.capabilities ?? [...defaultCapabilities.application]),
  );
  if (Object.keys(described.acls ?? {}).length > 0) setValue(group, "ACLs", value.aclsValue(described.acls!));
  return group;
}

/** The group of a member organization, as `configtxgen -printOrg` prints it. */
export function toApplicationOrganizationGroup(organization: ApplicationOrganization): common.ConfigGroup {
  const group = newGroup(organization.policies ?? applicationOrganizationPolicies(organization.msp.mspId));
  setValue(group, "MSP", toMspConfig(organization.msp));
  const anchors = organization.anchorPeers ?? [];
  if (anchors.length > 0) setValue(group, "AnchorPeers", value.anchorPeersValue(anchors));
  return group;
}

/** The group of an organization that runs orderers. */
export function toOrdererOrganizationGroup(organization: OrdererOrganization): common.ConfigGroup {
  const group = newGroup(organization.policies ?? ordererOrganizationPolicies(organization.msp.mspId));
  setValue(group, "MSP", toMspConfig(organization.msp));
  if (organization.endpoints.length > 0) setValue(group, "Endpoints", value.addressesValue(organization.endpoints));
  return group;
}

function addOrganizations<T extends OrganizationDescription>(
  group: common.ConfigGroup,
  organizations: T[],
  toGroup: (organization: T) => common.ConfigGroup,
  where: string,
): void {
  const step = `describing the organizations of the ${where}`;
  if (organizations.length === 0) throw invalidArgument(step, "there is none");
  const map = group.getGroupsMap();
  for (const organization of organizations) {
    if (map.has(organization.name)) throw invalidArgument(step, `there are two called "${organization.name}"`);
    map.set(organization.name, toGroup(organization));
  }
}

function withPolicies(policies: Policies, required: string[], where: string): Policies {
  const missing = required.filter((name) => policies[name] === undefined);
  if (missing.length > 0) {
    throw invalidArgument(`describing the policies of the ${where}`, `${missing.join(" and ")} must be among them`);
  }
  return policies;
}
