/** Arguments of every component of a network: the network's plan, and settings of the stack and its platform. */
import * as pulumi from "@pulumi/pulumi";

import type { NetworkPlan } from "../../model/network/networkPlan";
import type { ImageSettings } from "./projectImage";

/** Arguments that the components of a network have in common. */
export interface NetworkContext {
  plan: NetworkPlan;
  images: ImageSettings;
  /** Reference of the enrol image. */
  enrolImage: string;
  /** Namespace of the network controller. */
  platformNamespace: pulumi.Input<string>;
  /** Namespace whose pods may read metrics, if the platform names one. */
  monitoringNamespace?: string;
}
