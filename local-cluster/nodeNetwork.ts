/**
 * The addresses inside the nodes, and the virtual Ethernet links: between the host and the first node, and between that and each
 * further node. The first node routes between all of them.
 */
import { chooseLink, type Instance, type Link, nodeAddress, type NodePlace } from "./instance";
import { LocalError, messageOf } from "./localError";
import { run, tryRun } from "./run";

// These addresses are visible only in the nodes' network namespaces, so all instances use the same ones.
/** Addresses of pods. */
export const podRange = "10.244.0.0/16";
/** The part of {@link podRange} that belongs to a node; the controller manager gives the first one to the first node. */
export function nodePodRange({ ordinal }: Pick<NodePlace, "ordinal">): string {
  return `10.244.${ordinal - 1}.0/24`;
}
/** Addresses of Services. */
export const serviceRange = "10.96.0.0/16";
/** The Service of the API server: always the first address of {@link serviceRange}. */
export const apiServiceAddress = "10.96.0.1";
/** The Service of the cluster's DNS. */
export const dnsAddress = "10.96.0.10";
/** The bridge of the pods. */
export const podBridge = "pods";

/** The relevant output of `ip -json address` and `ip -json route`. */
interface AddressListing {
  ifname: string;
  addr_info: { local: string; prefixlen: number }[];
}
interface RouteListing {
  dst: string;
  dev?: string;
}

/** The networks that this machine has, without those of `ownLink`, as `a.b.c.d/n`. */
export function takenNetworks(
  addresses: readonly AddressListing[],
  routes: readonly RouteListing[],
  ownLink: string,
): string[] {
  return [
    ...addresses
      .filter(({ ifname }) => ifname !== ownLink)
      .flatMap(({ addr_info }) => addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`)),
    ...routes.filter(({ dst, dev }) => dst !== "default" && dev !== ownLink).map(({ dst }) => dst),
  ].filter((network) => /^\d+\.\d+\.\d+\.\d+(\/\d+)?$/.test(network));
}

/** Chooses addresses for the link between host and node that do not conflict with others on this machine. */
export async function planLink(instance: Instance): Promise<Link> {
  const addresses = JSON.parse((await run("ip", ["-json", "-4", "address"])) || "[]") as AddressListing[];
  const routes = JSON.parse((await run("ip", ["-json", "-4", "route"])) || "[]") as RouteListing[];
  return chooseLink(instance.id, takenNetworks(addresses, routes, instance.link));
}

/**
 * Connects the first node to the host by a pair of virtual Ethernet devices. The node gets no default route, so it can reach
 * only this machine.
 *
 * @param init - process 1 of the node
 * @throws {@link LocalError} when the kernel refuses
 */
export async function connectNode(instance: Instance, link: Link, init: number): Promise<void> {
  await removeLink(instance);
  const host = (...args: string[]) => run("ip", args);
  const node = inNode(init);
  const length = link.prefixLength;
  try {
    await host("link", "add", instance.link, "type", "veth", "peer", "name", "eth0", "netns", String(init));
    await host("address", "add", `${link.hostAddress}/${length}`, "dev", instance.link);
    await host("link", "set", instance.link, "up");
    await node("link", "set", "lo", "up");
    await node("address", "add", `${link.nodeAddress}/${length}`, "dev", "eth0");
    await node("link", "set", "eth0", "up");
    await routeServices(node);
  } catch (error) {
    await removeLink(instance);
    throw notConnected(error);
  }
}

/**
 * Connects a further node to the first one, and through it to the host and to all other nodes. It gets no default route either.
 *
 * @param first - process 1 of the first node
 * @param init - process 1 of the further node
 * @throws {@link LocalError} when the kernel refuses
 */
export async function connectFurtherNode(
  instance: Instance,
  link: Link,
  node: NodePlace,
  { first, init }: { first: number; init: number },
): Promise<void> {
  const router = inNode(first);
  const further = inNode(init);
  const port = `node-${node.ordinal}`;
  const address = nodeAddress(link, node);
  const wholeLink = `${networkOf(link)}/${link.prefixLength}`;
  try {
    // The end of a node that was killed stays until the kernel has removed the node's namespace.
    await router("link", "delete", port).catch(() => undefined);
    await router("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", String(init));
    // The first node has one address towards all others; a masqueraded connection needs it on the device.
    await router("address", "add", `${link.nodeAddress}/32`, "dev", port);
    await router("link", "set", port, "up");
    await router("route", "replace", address, "dev", port, "src", link.nodeAddress);
    await further("link", "set", "lo", "up");
    await further("address", "add", `${address}/32`, "dev", "eth0");
    await further("link", "set", "eth0", "up");
    await further("route", "replace", link.nodeAddress, "dev", "eth0", "src", address);
    for (const range of [wholeLink, podRange]) await further("route", "replace", range, "via", link.nodeAddress);
    await routeServices(further);
    await router("route", "replace", nodePodRange(node), "via", address, "dev", port);
    await run("ip", ["route", "replace", address, "via", link.nodeAddress, "dev", instance.link]);
  } catch (error) {
    throw notConnected(error);
  }
}

type Ip = (...args: string[]) => Promise<string>;

/** The command `ip` in the network namespace of a process. */
function inNode(init: number): Ip {
  return (...args) => run("nsenter", [`--target=${init}`, "--net", "--", "ip", ...args]);
}

// Without a route to it, a connection to a Service fails before iptables rewrites its address.
async function routeServices(node: Ip): Promise<void> {
  await node("link", "add", "services", "type", "bridge");
  await node("link", "set", "services", "up");
  await node("route", "replace", serviceRange, "dev", "services");
}

/** The first address of the link's subnet, which precedes the host's. */
function networkOf({ hostAddress }: Link): string {
  return hostAddress.replace(/\d+$/, (last) => String(Number(last) - 1));
}

function notConnected(error: unknown): LocalError {
  return new LocalError(
    `The node's network cannot be created: ${messageOf(error)}`,
    "The kernel needs veth and bridge devices (modprobe veth bridge br_netfilter).",
  );
}

/** Removes the host's end of the link, and with it the first node's and the host's routes to further nodes. */
export async function removeLink(instance: Instance): Promise<void> {
  await tryRun("ip", ["link", "delete", instance.link]);
}
