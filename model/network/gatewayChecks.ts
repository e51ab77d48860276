/** Rules of a network's gateway, and of how its environment exposes gateways. Pure functions over plain data. */
import { type Finding, unknownName } from "../stackFile/findings";
import { exposesNone, portFindings } from "../stackFile/gatewayPort";
import type { EnvironmentConfig, ExposureConfig, NetworkConfig } from "../stackFile/schema";
import { allOrganizations, type NetworkPlan } from "./networkPlan";

/**
 * Checks a network's gateway.
 *
 * @param networkRoot - path of the network in its file, such as `baas:network`
 * @param free - the next free port of the environment, for the messages
 */
export function checkGateway(
  networkRoot: string,
  config: NetworkConfig,
  plan: NetworkPlan,
  environment: EnvironmentConfig,
  free: number | undefined,
): Finding[] {
  const { gateway } = config;
  if (gateway === undefined) return [];
  const root = `${networkRoot}.gateway`;
  const { gateway: exposure } = environment;
  if (exposure === undefined) return [{ path: root, message: exposesNone(config.environment) }];
  const all = allOrganizations(plan).map(({ name }) => name);
  const withPeers = plan.organizations.map(({ name }) => name);
  const { peers, certificateAuthorities } = gateway.passthrough;
  return [
    ...portFindings(`${root}.port`, gateway.port, exposure, config.environment, free),
    ...(gateway.organization === undefined || all.includes(gateway.organization)
      ? []
      : [unknownName(`${root}.organization`, "organization", gateway.organization, all)]),
    ...unknownNames(`${root}.passthrough.peers`, peers, withPeers),
    ...unknownNames(`${root}.passthrough.certificateAuthorities`, certificateAuthorities, all),
  ];
}

function unknownNames(path: string, names: string[], known: string[]): Finding[] {
  return names.flatMap((name, i) =>
    known.includes(name) ? [] : [unknownName(`${path}[${i}]`, "organization", name, known)],
  );
}

/** Checks how an environment exposes gateways. */
export function checkExposure(exposure: ExposureConfig | undefined): Finding[] {
  if (exposure === undefined) return [];
  const { type, ports: range, nodePortRange, gateway, proxyProtocol } = exposure;
  const found: Finding[] = [];
  for (const [key, { from, to }] of Object.entries({ ports: range, nodePortRange })) {
    if (from > to) found.push({ path: `gateway.${key}`, message: `ends at ${to}, before its start at ${from}` });
  }
  if (type === "NodePort" && (range.from < nodePortRange.from || range.to > nodePortRange.to)) {
    const message =
      `the cluster gives node ports from ${nodePortRange.from} to ${nodePortRange.to} only, not all of ${range.from} to ` +
      `${range.to}: choose ports of that range, or set gateway.nodePortRange to what the cluster's API server was started with`;
    found.push({ path: "gateway.ports", message });
  }
  if ((type === "TLSRoute") !== (gateway !== undefined)) {
    const message =
      type === "TLSRoute"
        ? "is missing: TLSRoute needs the name and the namespace of a Gateway"
        : `is for TLSRoute only, not for ${type}: leave it out, or set gateway.type to TLSRoute`;
    found.push({ path: "gateway.gateway", message });
  }
  if (type !== "LoadBalancer" && exposure.loadBalancerClass !== undefined) {
    const message = `is for LoadBalancer only, not for ${type}: leave it out, or set gateway.type to LoadBalancer`;
    found.push({ path: "gateway.loadBalancerClass", message });
  }
  if (type === "NodePort" && proxyProtocol) {
    const message =
      "needs a load balancer in front that speaks it; with NodePort clients come by themselves: set it to false";
    found.push({ path: "gateway.proxyProtocol", message });
  }
  return found;
}
