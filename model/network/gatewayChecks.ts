/** Rules of a network's gateway, and of how its environment exposes gateways. Pure functions over plain data. */
import { ports } from "../contracts/ports";
import { type Finding, unknownName } from "../stackFile/findings";
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

/** The message for a gateway in an environment that exposes none. */
export function exposesNone(environment: string): string {
  return (
    `environment "${environment}" exposes no gateways: ` +
    `give stacks/environments/${environment}.yaml a "gateway" with the ports of its networks`
  );
}

/**
 * Name of the nodes' own port with this number; undefined if a gateway may use it. They must differ: the Service of a node
 * that is passed through has the gateway's port, too.
 */
export function portOfNodes(port: number): string | undefined {
  const own = Object.entries(ports).find(([name, number]) => number === port && !/^(peer|orderer|gateway)$/.test(name));
  return own?.[0];
}

function unknownNames(path: string, names: string[], known: string[]): Finding[] {
  return names.flatMap((name, i) =>
    known.includes(name) ? [] : [unknownName(`${path}[${i}]`, "organization", name, known)],
  );
}

/** Checks the port of a gateway. */
export function portFindings(
  path: string,
  port: number,
  exposure: ExposureConfig,
  environment: string,
  free: number | undefined,
): Finding[] {
  const { from, to } = exposure.ports;
  if (port < from || port > to) {
    const next = free === undefined ? "all of them are taken" : `the next free one is ${free}`;
    const message = `${port} is not one of the ports ${from} to ${to} of environment "${environment}": ${next}`;
    return [{ path, message }];
  }
  const own = portOfNodes(port);
  if (own === undefined) return [];
  return [{ path, message: `${port} is a port of the nodes themselves (${own}): choose another one` }];
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
