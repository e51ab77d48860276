/** How clients outside the cluster reach an Ethereum network: HAProxy on its one port, and the filter of JSON-RPC behind it. */
import * as pulumi from "@pulumi/pulumi";

import { jsonRpcName, jsonRpcPorts } from "../../model/contracts/jsonRpc";
import type { EthereumGatewayPlan } from "../../model/ethereum/ethereumGatewayPlan";
import { passThrough } from "../gateway/passThrough";
import type { PassedTo } from "../gateway/passThroughConfiguration";
import { upstreamReference } from "../kubernetes/projectImage";
import { jsonRpcFilter, type JsonRpcFilterArgs } from "./jsonRpcFilter";

/** Arguments of {@link EthereumGateway}. */
export type EthereumGatewayArgs = JsonRpcFilterArgs;

/**
 * The edge of an Ethereum network. HAProxy passes TLS through to the filter, so that tokens, which may stand in paths, are in clear in
 * the filter alone. The filter judges every call, and hands those that clients may make on to the RPC nodes.
 */
export class EthereumGateway extends pulumi.ComponentResource {
  constructor(name: string, args: EthereumGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, gateway, images, platformNamespace, monitoringNamespace, needs } = args;
    // A diff of two revisions compares these properties.
    super("baas:index:EthereumGateway", name, { ...describe(gateway) }, opts);
    const child = { parent: this };
    const filter = jsonRpcFilter(`${name}-json-rpc`, args, child);
    const { host, port, replicas, limits, exposure } = gateway;
    passThrough(
      name,
      {
        ...{ host, port, replicas, limits, exposure, surroundings: plan, size: plan.size, target: toFilter },
        clusterDomain: plan.clusterDomain,
        image: upstreamReference(images, "haproxy"),
        leadsTo: { role: "json-rpc", instance: jsonRpcName },
        readers: { platformNamespace, monitoringNamespace },
        needs: [filter, ...needs],
      },
      { ...child, dependsOn: needs.slice(0, 1) },
    );
    this.registerOutputs({});
  }
}

/** How HAProxy reaches the filter: it tells for whom it connects. */
export const toFilter: PassedTo = {
  name: jsonRpcName,
  port: jsonRpcPorts.rpc,
  options: "send-proxy check check-send-proxy",
};

/** A gateway as diffs describe it. Of tokens, the beginning of the hash tells two apart. */
function describe({ host, port, replicas, exposure, certificateSecret, tokens, methods, calls }: EthereumGatewayPlan) {
  return {
    ...{ host, port, replicas, exposure: exposure.type, certificateSecret, methods, calls },
    clients: tokens?.map(({ name, sha256 }) => `${name} (${sha256.slice(0, 8)})`),
  };
}
