/** Names that lead to a network's gateway, as lines for /etc/hosts. */
import { apiHosts } from "../../model/network/networkPlan";
import type { NetworkWithGateway } from "./connectionProfile";

/** First line of a network's hosts file. It marks a folder as the output of an earlier run. */
export function hostsHeading(stack: string): string {
  return `# Names of network ${stack}, for /etc/hosts of machines outside its cluster; written by: baas connection ${stack}`;
}

/**
 * A hosts file with every name that the gateway answers to. It includes the nodes' names inside the cluster, because service
 * discovery gives them to clients.
 *
 * @param addresses - IP addresses of the gateway; names lead to the first, the others are in comments
 */
export function hostsFile({ name, gateway, api }: NetworkWithGateway, addresses: readonly string[]): string {
  const names = [apiHosts(gateway.apiHost, api), ...gateway.routes.map((route) => route.names)];
  const lines = (address: string, start = "") => names.map((line) => `${start}${address} ${line.join(" ")}`);
  const [first, ...others] = addresses;
  return [
    hostsHeading(name),
    ...lines(first!),
    ...others.flatMap((address) => ["", `# Or, at another address of the gateway:`, ...lines(address, "#")]),
    "",
  ].join("\n");
}
