/** An RPC node: a node that clients call. */
import * as pulumi from "@pulumi/pulumi";

import { ethereumPorts } from "../../model/contracts/ethereum";
import type { RolloutNode } from "../../model/customResources/rollout";
import { allowFrom, allowTo, allowToKubernetesApi, pods } from "../kubernetes/networkAccess";
import type { EthereumNodeArgs } from "./clientContainers";
import { ethereumNode } from "./ethereumNode";

/** An RPC node: its StatefulSet with the chain on one volume, its Services. Clients of the network reach it; it signs nothing. */
export class RpcNode extends pulumi.ComponentResource {
  /** As the network's Rollout names it. */
  readonly rolled: RolloutNode;

  constructor(name: string, args: EthereumNodeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:RpcNode", name, { node: args.node.name }, opts);
    const network = args.plan.name;
    const dialled = args.plan.bootnodes.length > 0 ? "bootnode" : "validator";
    // What clients outside the cluster may call.
    const filter = args.plan.gateway === undefined ? [] : pods({ network, role: "json-rpc" });
    const clients = [...pods({ network, role: "client" }), ...filter];
    this.rolled = ethereumNode(
      name,
      {
        ...args,
        role: "rpc-node",
        ingress: [allowFrom(clients, ethereumPorts.rpc, ethereumPorts.webSocket)],
        egress: [allowTo(pods({ network, role: dialled }), ethereumPorts.p2p), allowToKubernetesApi],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
