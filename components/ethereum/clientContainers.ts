/** What the containers of nodes are made from, whichever client they run. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { type EthereumClient, ethereumDataDir, ethereumPorts } from "../../model/contracts/ethereum";
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
  /** Namespace whose pods may read metrics, if the platform names one. */
  monitoringNamespace?: string | undefined;
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

/** Ports of a node's Services. Geth, which is for testing, exports no metrics that rules know. */
export function servicePorts(client: EthereumClient): Record<string, number> {
  const { p2p, rpc, webSocket: websocket, metrics } = ethereumPorts;
  return { p2p, rpc, websocket, ...(client === "besu" && { metrics }) };
}

/** Ports that clients listen on. */
export function containerPorts(client: EthereumClient): k8sInput.core.v1.ContainerPort[] {
  return Object.entries(servicePorts(client)).map(([name, containerPort]) => ({ name, containerPort }));
}

/** A client's own init containers, and the client. */
export interface ClientContainers {
  initContainers: k8sInput.core.v1.Container[];
  container: k8sInput.core.v1.Container;
}
