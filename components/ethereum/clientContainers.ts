/** What the containers of nodes are made from, whichever client they run. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { ethereumDataDir, ethereumPorts } from "../../model/contracts/ethereum";
import { dataVolume } from "../../model/contracts/names";
import type { EthereumNodePlan, EthereumPlan } from "../../model/ethereum/ethereumPlan";
import type { ImageSettings } from "../kubernetes/projectImage";

/** Arguments of the components of nodes. */
export interface EthereumNodeArgs {
  plan: EthereumPlan;
  images: ImageSettings;
  /** Reference of the image of services/ethereum-node. */
  nodeImage: string;
  /** Namespace of the network controller. */
  platformNamespace: pulumi.Input<string>;
  node: EthereumNodePlan;
}

/** What a node is. */
export type EthereumRole = "validator" | "bootnode" | "rpc-node";

/** A node with its role, for the containers of its client. */
export interface ClientArgs extends EthereumNodeArgs {
  role: EthereumRole;
}

/** The volume with key, genesis and chain. */
export const dataMount = { name: dataVolume, mountPath: ethereumDataDir };

/** Ports that clients listen on. */
export const containerPorts = Object.entries({
  p2p: ethereumPorts.p2p,
  rpc: ethereumPorts.rpc,
  websocket: ethereumPorts.webSocket,
}).map(([name, containerPort]) => ({ name, containerPort }));

/** A client's own init containers, and the client. */
export interface ClientContainers {
  initContainers: k8sInput.core.v1.Container[];
  container: k8sInput.core.v1.Container;
}
