/** In which order nodes restart, for the controller that restarts them and for a preview that says so. */
import type { RolloutNode } from "../customResources/rollout";

/** What of a node decides when it restarts. */
export type OrderedNode = Pick<RolloutNode, "name" | "role" | "organization">;

const roles: readonly OrderedNode["role"][] = [
  ...(["certificate-authority", "zookeeper", "kafka", "orderer", "peer"] as const),
  ...(["alertmanager", "prometheus", "grafana"] as const),
  ...(["rpc-node", "bootnode", "validator"] as const),
];

/**
 * Nodes in the order in which they restart: certificate authorities, which give the others their certificates; orderers, the
 * one that leads most channels last, so that leaders change once; peers, of one organization and another by turns. Of the platform's
 * Kafka, ZooKeepers and then brokers, each with the one that leads the others last.
 *
 * @param all - every node of the network or of the platform, restarting or not; the place of a node never depends on which have restarted
 * @param leads - how many channels an orderer leads, or whether (1) a ZooKeeper or a broker leads the others
 */
export function inRestartOrder<N extends OrderedNode>(
  restarting: readonly N[],
  all: readonly OrderedNode[],
  leads: (node: string) => number = () => 0,
): N[] {
  const organizations = [...new Set(all.map(({ organization }) => organization))];
  const place = ({ name, role, organization }: OrderedNode): number[] => {
    const alike = all.filter((one) => one.role === role && one.organization === organization);
    return [
      roles.indexOf(role),
      leads(name),
      alike.findIndex((one) => one.name === name),
      organizations.indexOf(organization),
    ];
  };
  const placed = restarting.map((node) => ({ node, place: place(node) }));
  return placed.sort((a, b) => compared(a.place, b.place)).map(({ node }) => node);
}

function compared(a: readonly number[], b: readonly number[]): number {
  const different = a.findIndex((value, i) => value !== b[i]);
  return different < 0 ? 0 : a[different]! - b[different]!;
}
