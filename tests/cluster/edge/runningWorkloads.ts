/** Which workloads of a network run on the edge's cluster: see edgeNetwork.ts. */
import { type DesiredObject } from "../../../cli/engine/apply/desiredObjects";
import type { KubernetesObject } from "../../../cli/engine/cluster/kubernetesObject";
import { instanceLabel, organizationLabel, roleLabel } from "../../../model/contracts/labels";
import { ports } from "../../../model/contracts/ports";
import { chaincodeServersOf, type NetworkPlan } from "../../../model/network/networkPlan";

/** They run as they are declared. */
const runningRoles = ["gateway", "api", "studio-gate", "studio-session"];

/** The program in place of a debug peer: it leads from the peer's port to where the peer finds a chaincode server. */
const leadToChaincode = `
  const net = require("node:net");
  const [server, peerPort, chaincodePort] = process.argv.slice(1);
  net.createServer((socket) => {
    const onward = net.connect(Number(chaincodePort), server);
    for (const [from, to] of [[socket, onward], [onward, socket]]) {
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
      from.pipe(to);
    }
  }).listen(Number(peerPort));
  process.on("SIGTERM", () => process.exit(0));`;

/** Workloads that run: those of {@link runningRoles}, and debug peers, of whose pods the peer alone is a double. */
export function runningWorkloads(desired: readonly DesiredObject[], plan: NetworkPlan): DesiredObject[] {
  const workloads = desired.filter(({ object }) => ["Deployment", "StatefulSet"].includes(object.kind));
  const image = keeperOf(workloads.find(({ object }) => object.metadata.name === plan.gateway!.name)!.object).image;
  return workloads.filter(({ object }) => {
    const role = object.metadata.labels?.[roleLabel] ?? "";
    if (["gateway", "api"].includes(role)) keeperOf(object).env.push({ name: "GATEWAY_RENEWAL_SECONDS", value: "2" });
    return runningRoles.includes(role) || replacePeer(object, plan, image);
  });
}

/** The container of a workload's pods that renews certificates. */
export const keeperOf = ({ spec }: KubernetesObject): any =>
  spec.template.spec.containers.find(({ name }: any) => name === "keeper");

/**
 * Puts a double in the peer's place in a debug peer's pods: its port leads to the relay beside it, for a peer in the test's process.
 *
 * @returns whether the workload is a debug peer
 */
function replacePeer({ metadata, spec }: KubernetesObject, plan: NetworkPlan, image: string): boolean {
  const { [instanceLabel]: instance, [organizationLabel]: of } = metadata.labels ?? {};
  const organization = plan.organizations.find(({ name }) => name === of);
  if (organization?.debugging?.peer.name !== instance) return false;
  const { containers } = spec.template.spec;
  const place = containers.findIndex(({ name }: any) => name === "peer");
  const { name, securityContext, resources, ports: open } = containers[place];
  const [server = ""] = chaincodeServersOf(plan, organization!);
  const command = ["node", "-e", leadToChaincode, server, String(ports.peer), String(ports.chaincode)];
  containers[place] = { name, image, command, securityContext, resources, ports: open };
  return true;
}
