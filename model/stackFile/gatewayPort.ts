/** The port of a gateway, whatever is behind it: what all kinds of stacks check alike. */
import { ports } from "../contracts/ports";
import type { Finding } from "./findings";
import type { ExposureConfig } from "./schema";

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
