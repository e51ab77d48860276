import { certificateAuthorityDefinition } from "./certificateAuthority";
import { chaincodeDefinition } from "./chaincode";
import { channelDefinition } from "./channel";
import { identityDefinition } from "./identity";

/** Every kind that the platform installs. */
export const definitions = [certificateAuthorityDefinition, identityDefinition, channelDefinition, chaincodeDefinition];
