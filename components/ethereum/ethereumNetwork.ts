/** A whole Ethereum network, from its namespace to its smoke test. */
import * as pulumi from "@pulumi/pulumi";

import { besuVersionOf } from "../../model/contracts/besuVersion";
import { labels } from "../../model/contracts/labels";
import { rolloutName } from "../../model/contracts/names";
import type { EthereumNetworkSpec } from "../../model/customResources/ethereumNetwork";
import type { RolloutSpec } from "../../model/customResources/rollout";
import { describedEthereum } from "../../model/ethereum/ethereumDescription";
import type { EthereumPlan } from "../../model/ethereum/ethereumPlan";
import type { Cluster } from "../kubernetes/cluster";
import { customResource } from "../kubernetes/customResource";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { networkNamespace } from "../kubernetes/networkNamespace";
import { type ImageSettings, ProjectImage, upstreamReference } from "../kubernetes/projectImage";
import { Bootnode } from "./bootnode";
import { EthereumGateway } from "./ethereumGateway";
import { EthereumSmokeTest } from "./ethereumSmokeTest";
import { RpcNode } from "./rpcNode";
import { Validator } from "./validator";

/** Arguments of {@link EthereumNetwork}. */
export interface EthereumNetworkArgs {
  plan: EthereumPlan;
  cluster: Cluster;
  images: ImageSettings;
  /** Namespace of the network controller; from the platform's stack. */
  platformNamespace: pulumi.Input<string>;
  /** Namespace whose pods may read metrics, if the platform names one. */
  monitoringNamespace?: string | undefined;
}

/** One Ethereum network in a namespace of its own. */
export class EthereumNetwork extends pulumi.ComponentResource {
  /** Namespace, chain ID, and addresses of the RPC nodes inside the cluster, and of the gateway outside. */
  readonly outputs: Record<string, unknown>;

  constructor(name: string, args: EthereumNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, images, platformNamespace, monitoringNamespace } = args;
    const { validators, bootnodes, rpcNodes, gateway } = plan;
    const version = besuVersionOf(upstreamReference(images, "besu"));
    // A diff of two revisions compares these properties.
    super("baas:index:EthereumNetwork", name, { ...describedEthereum(plan, version) }, opts);
    const child = { parent: this };
    const { namespace, started: before } = networkNamespace(name, args, this);

    const source = { source: "services/ethereum-node", context: ".", images };
    const nodeImage = new ProjectImage(`${name}-ethereum-node`, source, child);
    const parts = { plan, images, nodeImage: nodeImage.reference, platformNamespace, monitoringNamespace };
    const nodesOpts = { parent: this, dependsOn: [namespace, nodeImage.image] };
    const signing = validators.map((node) => new Validator(`${name}-${node.name}`, { ...parts, node }, nodesOpts));
    const between = bootnodes.map((node) => new Bootnode(`${name}-${node.name}`, { ...parts, node }, nodesOpts));
    const serving = rpcNodes.map((node) => new RpcNode(`${name}-${node.name}`, { ...parts, node }, nodesOpts));
    const roles = [
      ["validator", validators] as const,
      ["bootnode", bootnodes] as const,
      ["rpc-node", rpcNodes] as const,
    ];
    for (const [role, nodes] of roles) {
      if (nodes.length === 0) continue;
      const metadata = { name: `${role}s`, namespace: plan.namespace, labels: labels({ network: plan.name, role }) };
      disruptionBudget(`${name}-${role}s`, metadata, nodes.length, { ...child, dependsOn: [namespace] });
    }

    // Nothing among these waits, so all of them are started before something waits.
    const nodes = [...signing, ...between, ...serving];
    const started = [...before, ...nodes];
    const ending = { parent: this, dependsOn: started };
    const metadata = (object: string) => ({
      name: object,
      namespace: plan.namespace,
      labels: labels({ network: plan.name }),
    });
    const rollout: RolloutSpec = { nodes: nodes.map(({ rolled }) => rolled) };
    customResource(`${name}-rollout`, "Rollout", metadata(rolloutName), rollout, ending);
    const chain = customResource(`${name}-chain`, "EthereumNetwork", metadata(plan.resource), specOf(plan), ending);
    if (gateway !== undefined) {
      const readers = { platformNamespace, monitoringNamespace };
      new EthereumGateway(`${name}-gateway`, { plan, gateway, images, ...readers, needs: [...started, chain] }, child);
    }
    if (plan.smokeTest) new EthereumSmokeTest(`${name}-smoke-test`, { ...parts, needs: [...started, chain] }, child);

    this.outputs = {
      ...{ namespace: plan.namespace, chainId: plan.chainId, rpcNodes: rpcNodes.map(({ address }) => address) },
      ...(gateway && { rpc: `https://${gateway.host}:${gateway.port}` }),
    };
    this.registerOutputs(this.outputs);
  }
}

function specOf(plan: EthereumPlan): EthereumNetworkSpec {
  const { client, chainId, blockPeriodSeconds, gasLimit, freeGas, latestFork, forks, allocations, validators } = plan;
  return {
    ...{ client, chainId, blockPeriodSeconds, gasLimit, freeGas, latestFork, allocations },
    ...(forks.length > 0 && { forks }),
    validators: validators.map(({ name, peerHost: host }) => ({ name, host })),
  };
}
