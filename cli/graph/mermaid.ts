/** Writes a network as a Mermaid flowchart, which GitHub draws in comments, where SVG files cannot be shown. */
import { isAmongMembers, type Link, linkLabel } from "./links";
import type { Box, Group, NetworkGraph } from "./networkGraph";

/** The picture of a network as a Mermaid flowchart; the same links as in the SVG. */
export function mermaid(graph: NetworkGraph): string {
  const ids = new Map(graph.boxes.flatMap(({ groups }) => groups).map(({ id }, i) => [id, `n${i}`] as const));
  const node = (id: string): string => ids.get(id)!;
  return [
    "flowchart LR",
    ...graph.boxes.flatMap((box, i) => boxLines(graph, box, i, node)),
    ...graph.links.flatMap((link) => linkLines(link, node)),
    "",
  ].join("\n");
}

function boxLines(graph: NetworkGraph, box: Box, position: number, node: (id: string) => string): string[] {
  const channels = box.channels.map((channel) => graph.channels[channel]!.name);
  const title = [
    [box.title, box.subtitle].filter((part) => part !== "").join(" "),
    ...(channels.length === 0 ? [] : [`channels: ${channels.join(", ")}`]),
  ];
  return [
    `  subgraph b${position}[${quoted(title)}]`,
    ...box.groups.map((group) => `    ${node(group.id)}[${quoted(groupText(group))}]`),
    "  end",
  ];
}

function groupText({ title, detail, members, lines }: Group): string[] {
  const names = members.map(({ name }) => name).filter((name) => name !== title);
  return [title, ...(names.length === 0 ? [] : [names.join(", ")]), ...(detail === "" ? [] : [detail]), ...lines];
}

function linkLines(link: Link, node: (id: string) => string): string[] {
  const label = `|${quoted([linkLabel(link)])}|`;
  if (isAmongMembers(link)) return [`  ${node(link.sources[0]!)} <-->${label} ${node(link.sources[0]!)}`];
  if (!link.mutual) {
    return [`  ${link.sources.map(node).join(" & ")} -->${label} ${link.targets.map(node).join(" & ")}`];
  }
  return link.sources.slice(0, -1).map(
    (from, i) =>
      `  ${node(from)} <-->${label} ${link.sources
        .slice(i + 1)
        .map(node)
        .join(" & ")}`,
  );
}

/** A quoted text of one or more lines, with everything escaped that Mermaid or HTML would interpret. */
function quoted(lines: readonly string[]): string {
  // Mermaid's own notation of characters.
  const plain = (line: string): string =>
    line.replace(/[^\w\s.,:/…·-]/gu, (character) => `#${character.codePointAt(0)};`);
  return `"${lines.map(plain).join("<br/>")}"`;
}
