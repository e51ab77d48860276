/** Writes a picture as SVG: with real text, without scripts or external resources, and with a background for dark pages. */
import { arrange } from "./layout";
import { linkLabel } from "./links";
import type { NetworkGraph } from "./networkGraph";
import { colors, type Point, type Shape } from "./sheet";

/** The picture of a network as SVG. The same network gives the same bytes. */
export function svg(graph: NetworkGraph): string {
  const { width, height, shapes } = arrange(graph);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif">`,
    `<title id="title">${escaped(`Network ${graph.name}`)}</title>`,
    `<desc id="description">${escaped(description(graph))}</desc>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="12" fill="${colors.paper}" stroke="${colors.border}"/>`,
    ...shapes.map(written),
    "</svg>",
    "",
  ].join("\n");
}

/** A description of the picture in words: the organizations and the connections. */
function description({ boxes, links }: Pick<NetworkGraph, "boxes" | "links">): string {
  const names = new Map(
    boxes.flatMap(({ title, groups }) =>
      groups.map((group) => [group.id, group.members.length === 0 ? title : `${group.title} of ${title}`] as const),
    ),
  );
  const list = (ids: readonly string[]): string => ids.map((id) => names.get(id)).join(", ");
  return links
    .map((link) =>
      link.mutual
        ? `${list(link.sources)} among each other: ${linkLabel(link)}.`
        : `${list(link.sources)} to ${list(link.targets)}: ${linkLabel(link)}.`,
    )
    .join(" ");
}

function written(shape: Shape): string {
  switch (shape.kind) {
    case "rect": {
      const { rect, fill, stroke, radius, title } = shape;
      const place = `x="${rect.x}" y="${rect.y}" width="${rect.width}" height="${rect.height}"`;
      const start = `<rect ${place} rx="${radius}" fill="${fill}" stroke="${stroke}"`;
      return title === undefined ? `${start}/>` : `${start}><title>${escaped(title)}</title></rect>`;
    }
    case "text": {
      const { x, y, size, bold, anchor, color, text } = shape;
      const style = `font-size="${size}"${bold ? ' font-weight="600"' : ""}${anchor === "start" ? "" : ` text-anchor="${anchor}"`}`;
      return `<text x="${x}" y="${y}" ${style} fill="${color}">${escaped(text)}</text>`;
    }
    case "wire": {
      const d = shape.lines.map(line).join("");
      const title = `<title>${escaped(shape.title)}</title>`;
      // A white edge shows that the line passes above the lines that it crosses.
      return (
        `<path d="${d}" fill="none" stroke="${colors.paper}" stroke-width="5"/>` +
        `<path d="${d}" fill="none" stroke="${shape.color}" stroke-width="1.5" stroke-linecap="round">${title}</path>`
      );
    }
    case "arrow":
      return `<path d="${arrow(shape.at, shape.towards)}" fill="${shape.color}"/>`;
    case "dot":
      return `<circle cx="${shape.at.x}" cy="${shape.at.y}" r="2.5" fill="${shape.color}"/>`;
  }
}

function line([first, ...rest]: readonly Point[]): string {
  return `M${first!.x} ${first!.y}${rest.map(({ x, y }) => `L${x} ${y}`).join("")}`;
}

function arrow({ x, y }: Point, towards: "left" | "right" | "up" | "down"): string {
  const [length, half] = [8, 4];
  const sign = towards === "right" || towards === "down" ? -1 : 1;
  const back = sign * length;
  return towards === "left" || towards === "right"
    ? `M${x} ${y}L${x + back} ${y - half}L${x + back} ${y + half}Z`
    : `M${x} ${y}L${x - half} ${y + back}L${x + half} ${y + back}Z`;
}

/** Escapes a text for XML and drops characters that XML does not allow. */
export function escaped(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replace(/[&<>"']/g, (character) => entities[character]!);
}
