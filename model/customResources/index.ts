/** All kinds of custom resources. */
import { certificateAuthorityDefinition } from "./certificateAuthority";
import { chaincodeDefinition } from "./chaincode";
import { channelDefinition } from "./channel";
import type { Definition } from "./definition";
import { ethereumNetworkDefinition } from "./ethereumNetwork";
import { identityDefinition } from "./identity";
import { kafkaTenantDefinition } from "./kafkaTenant";
import { rolloutDefinition } from "./rollout";
import { systemChannelDefinition } from "./systemChannel";

/** Every kind that the platform installs. */
export const definitions: Definition[] = [
  certificateAuthorityDefinition,
  identityDefinition,
  channelDefinition,
  chaincodeDefinition,
  rolloutDefinition,
  systemChannelDefinition,
  kafkaTenantDefinition,
  ethereumNetworkDefinition,
];
