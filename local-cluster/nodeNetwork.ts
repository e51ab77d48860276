/** The addresses inside the node, and the virtual Ethernet link between it and the host. */
import { chooseLink, type Instance, type Link } from "./instance";
import { LocalError } from "./localError";
import { run, tryRun } from "./run";

// These addresses are visible only in the node's network namespace, so all instances use the same ones.
/** Addresses of pods. */
export const podRange = "10.244.0.0/16";
/** The part of {@link podRange} that the controller manager gives to the first and only node. */
export const nodePodRange = "10.244.0.0/24";
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
 * Connects the node to the host by a pair of virtual Ethernet devices. The node gets no default route, so it can reach only
 * this machine.
 *
 * @param init - process 1 of the node
 * @throws {@link LocalError} when the kernel refuses
 */
export async function connectNode(instance: Instance, link: Link, init: number): Promise<void> {
  await removeLink(instance);
  const host = (...args: string[]) => run("ip", args);
  const node = (...args: string[]) => run("nsenter", [`--target=${init}`, "--net", "--", "ip", ...args]);
  const length = link.prefixLength;
  try {
    await host("link", "add", instance.link, "type", "veth", "peer", "name", "eth0", "netns", String(init));
    await host("address", "add", `${link.hostAddress}/${length}`, "dev", instance.link);
    await host("link", "set", instance.link, "up");
    await node("link", "set", "lo", "up");
    await node("address", "add", `${link.nodeAddress}/${length}`, "dev", "eth0");
    await node("link", "set", "eth0", "up");
    // Services need a route. Without one, a connection fails before iptables rewrites its address.
    await node("link", "add", "services", "type", "bridge");
    await node("link", "set", "services", "up");
    await node("route", "replace", serviceRange, "dev", "services");
  } catch (error) {
    await removeLink(instance);
    throw new LocalError(
      `The node's network cannot be created: ${error instanceof Error ? error.message : String(error)}`,
      "The kernel needs veth and bridge devices (modprobe veth bridge br_netfilter).",
    );
  }
}

/** Removes the host's end of the link, and with it the node's. */
export async function removeLink(instance: Instance): Promise<void> {
  await tryRun("ip", ["link", "delete", instance.link]);
}
