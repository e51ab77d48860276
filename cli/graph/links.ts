/** Merges connections between groups so that a picture needs few lines: in each link, all sources reach all targets. */
import type { Traffic } from "./traffic";

/** Ports on which one group reaches another. */
export interface Edge {
  from: string;
  to: string;
  toRole: string;
  ports: LinkPort[];
}

/** A port and what it is for. */
export interface LinkPort {
  /** Number of the port; "any" where every port is open. */
  port: string;
  purpose: string;
  traffic: Traffic;
}

/** A link: every source group reaches every target group on the same ports. */
export interface Link {
  /** Identifiers of groups, in the order of the picture. */
  sources: string[];
  targets: string[];
  ports: LinkPort[];
  /** Whether sources and targets are the same groups. */
  mutual: boolean;
}

/**
 * Merges edges into links. A link stands for exactly its edges: a group that reaches only some of another's targets gets
 * links of its own.
 *
 * @param edges - at most one for each pair of groups; an edge from a group to itself connects its members
 * @param groups - all of them in the order of the picture, with the number of their members
 */
export function mergeEdges(edges: readonly Edge[], groups: readonly { id: string; size: number }[]): Link[] {
  const places = new Map(groups.map(({ id }, place) => [id, place]));
  const inOrder = (ids: Iterable<string>): string[] =>
    [...new Set(ids)].sort((a, b) => places.get(a)! - places.get(b)!);
  // A single member never connects to itself. It may still be merged with groups whose members reach each other.
  const single = new Set(groups.filter(({ size }) => size <= 1).map(({ id }) => id));
  const kinds = grouped(edges, ({ toRole, ports }) =>
    [toRole, ...ports.flatMap(({ port, purpose, traffic }) => [port, purpose, traffic])].join("\0"),
  );
  const links = kinds.flatMap((kind) => {
    const merge = (from: readonly string[], withItself: boolean): Link[] => {
      const reaches = from.map((source) => {
        const targets = kind.filter((edge) => edge.from === source).map(({ to }) => to);
        const itself = withItself && single.has(source) ? [source] : [];
        return { source, targets: inOrder([...targets, ...itself]) };
      });
      return grouped(reaches, ({ targets }) => targets.join("\0")).map((alike) => {
        const sources = inOrder(alike.map(({ source }) => source));
        const { targets } = alike[0]!;
        return { sources, targets, ports: kind[0]!.ports, mutual: sources.join("\0") === targets.join("\0") };
      });
    };
    const sources = inOrder(kind.map(({ from }) => from));
    const mutual = merge(sources, true).filter((link) => link.mutual);
    const others = sources.filter((source) => !mutual.some((link) => link.sources.includes(source)));
    return [...mutual, ...merge(others, false)];
  });
  const key = ({ sources, targets }: Link): number =>
    places.get(sources[0]!)! * groups.length + places.get(targets[0]!)!;
  return links.sort((a, b) => key(a) - key(b));
}

/** Whether a link connects the members of a group with each other. */
export function isAmongMembers({ mutual, sources }: Link): boolean {
  return mutual && sources.length === 1;
}

/** Labels of the ports of a link, such as `chaincode 7052`. */
export function portLabels({ ports }: Pick<Link, "ports">): string[] {
  return ports.map(({ port, purpose }) => (purpose === "" ? port : `${purpose} ${port}`));
}

/** The label of a link: all of its ports in one line. */
export function linkLabel(link: Pick<Link, "ports">): string {
  return portLabels(link).join(", ");
}

function grouped<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()];
}
