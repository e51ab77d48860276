/** The usual policies of a channel's configuration, as text. */
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
