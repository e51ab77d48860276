/** What the gateway of an Ethereum network consists of. Plain data, derived from a stack file once. */
import { jsonRpcHostName, usualMethods } from "../contracts/jsonRpc";
import type { EthereumGatewayConfig } from "../stackFile/ethereumGatewaySchema";
import type { EthereumConfig } from "../stackFile/ethereumSchema";
import { byteCount } from "../stackFile/fields";
import type { GatewayLimits } from "../stackFile/gatewaySchema";
import type { EnvironmentConfig, ExposureConfig } from "../stackFile/schema";

/** The edge, and the filter of JSON-RPC behind it. */
export interface EthereumGatewayPlan {
  /** Name by which clients reach it: `rpc.<domain>`. */
  host: string;
  port: number;
  replicas: number;
  exposure: ExposureConfig;
  certificateSecret?: string;
  /** Absent where anyone may call. */
  tokens?: NonNullable<EthereumGatewayConfig["tokens"]>;
  origins: string[];
  /** All that clients may call. */
  methods: string[];
  calls: Omit<EthereumGatewayConfig["calls"], "body"> & { bodyBytes: number };
  limits: GatewayLimits;
}

/** Derives the gateway; undefined where there is none, or no way to one. */
export function planEthereumGateway(
  { domain, gateway }: EthereumConfig,
  { gateway: exposure }: EnvironmentConfig,
): EthereumGatewayPlan | undefined {
  if (domain === undefined || gateway === undefined || exposure === undefined) return undefined;
  const { port, replicas, certificateSecret, tokens, origins, methods, limits } = gateway;
  const { body, ...calls } = gateway.calls;
  const usual = usualMethods.filter((method) => !methods.remove.includes(method));
  return {
    ...{ host: jsonRpcHostName(domain), port, replicas, exposure, origins, limits },
    ...(certificateSecret !== undefined && { certificateSecret }),
    ...(tokens && { tokens }),
    methods: [...new Set([...usual, ...methods.add])].sort(),
    calls: { ...calls, bodyBytes: byteCount(body) },
  };
}
