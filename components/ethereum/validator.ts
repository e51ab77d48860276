/** A validator: a node that makes blocks. */
import * as pulumi from "@pulumi/pulumi";

import { ethereumPorts, ethereumSmokeTestName } from "../../model/contracts/ethereum";
import type { RolloutNode } from "../../model/customResources/rollout";
import { allowFrom, allowTo, allowToKubernetesApi, controllerIn, pods } from "../kubernetes/networkAccess";
import type { EthereumNodeArgs } from "./clientContainers";
import { ethereumNode } from "./ethereumNode";

/** A validator: its StatefulSet with key and chain on one volume, its Services. Other validators, RPC nodes and the controller reach it. */
export class Validator extends pulumi.ComponentResource {
  /** As the network's Rollout names it. */
  readonly rolled: RolloutNode;

  constructor(name: string, args: EthereumNodeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:Validator", name, { node: args.node.name }, opts);
    const { plan, platformNamespace } = args;
    const network = plan.name;
    const validators = pods({ network, role: "validator" });
    const dialling = plan.bootnodes.length > 0 ? "bootnode" : "rpc-node";
    // On networks for testing it reads back from every node.
    const smokeTest = plan.smokeTest ? pods({ network, role: "client", instance: ethereumSmokeTestName }) : [];
    this.rolled = ethereumNode(
      name,
      {
        ...args,
        role: "validator",
        ingress: [
          allowFrom([...validators, ...pods({ network, role: dialling })], ethereumPorts.p2p),
          allowFrom([...controllerIn(platformNamespace), ...smokeTest], ethereumPorts.rpc),
        ],
        egress: [allowTo(validators, ethereumPorts.p2p), allowToKubernetesApi],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
