/** A bootnode: a node between RPC nodes and validators. */
import * as pulumi from "@pulumi/pulumi";

import { ethereumPorts } from "../../model/contracts/ethereum";
import type { RolloutNode } from "../../model/customResources/rollout";
import { allowFrom, allowTo, allowToKubernetesApi, pods } from "../kubernetes/networkAccess";
import type { EthereumNodeArgs } from "./clientContainers";
import { ethereumNode } from "./ethereumNode";

/** A bootnode: its StatefulSet with key and chain on one volume, its Services. It passes blocks and transactions on, and serves no clients. */
export class Bootnode extends pulumi.ComponentResource {
  /** As the network's Rollout names it. */
  readonly rolled: RolloutNode;

  constructor(name: string, args: EthereumNodeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:Bootnode", name, { node: args.node.name }, opts);
    const network = args.plan.name;
    this.rolled = ethereumNode(
      name,
      {
        ...args,
        role: "bootnode",
        ingress: [allowFrom(pods({ network, role: "rpc-node" }), ethereumPorts.p2p)],
        egress: [allowTo(pods({ network, role: "validator" }), ethereumPorts.p2p), allowToKubernetesApi],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
