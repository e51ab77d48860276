/** The boxes of a picture: their sizes and contents. */
import { isAmongMembers, type Link, linkLabel } from "./links";
import type { Box, Group, Member, NetworkGraph } from "./networkGraph";
import { channelColors, trafficColors } from "./palette";
import { colors, fitted, type Point, type Rect, type Shape, sizes, straight, text, textWidth } from "./sheet";

/** Where a line meets the row of a group. */
export interface Connector {
  /** The labels above the line, one below the other. */
  labels: string[];
  /** Set by {@link placeBox}. */
  y: number;
}

/** A group as a row of its box. */
export interface Row {
  group: Group;
  rect: Rect;
  /** From top to bottom. */
  connectors: { left: Connector[]; right: Connector[] };
}

/** Lines within a box from some of its rows to a row that is not the next one. */
interface InnerLine {
  link: Link;
  connectors: Map<Row, Connector>;
}

/** A box with its rows. */
export interface BoxLayout {
  box: Box;
  column: 0 | 1 | 2;
  rect: Rect;
  rows: Row[];
  /** Lines between neighbours. */
  direct: Link[];
  /** Lines of members among themselves. */
  own: Link[];
  innerLines: InnerLine[];
}

const padding = 12;
const lineDistance = 10;
const headingHeight = 34;
const badge = { height: 22, gap: 6, padding: 9 };
const rowLabel = 98;
const lineHeight = 15;
const gap = { empty: 8, labelled: 26 };
/** Distance of lines. Lines of the middle column are offset, so that no line covers another. */
export const grid = 12;

/** Minimum widths of the columns. */
export const columnWidths = [184, 312, 216] as const;

/** Builds a box with its rows and inner lines; lines that leave it get their connectors later. */
export function layoutBox(box: Box, column: 0 | 1 | 2, links: readonly Link[]): BoxLayout {
  const rows = box.groups.map((group): Row => ({
    group,
    rect: { x: 0, y: 0, width: 0, height: 0 },
    connectors: { left: [], right: [] },
  }));
  const layout: BoxLayout = {
    box,
    column,
    rect: { x: 0, y: 0, width: 0, height: 0 },
    rows,
    direct: [],
    own: [],
    innerLines: [],
  };
  for (const link of links) {
    if (isAmongMembers(link)) layout.own.push(link);
    else if (isBetweenNeighbours(layout, link)) layout.direct.push(link);
    else layout.innerLines.push(innerLine(layout, link));
  }
  return layout;
}

/** Whether all groups of a link are in a box. */
export function isWithin({ groups }: Box, { sources, targets }: Link): boolean {
  return [...sources, ...targets].every((id) => groups.some((group) => group.id === id));
}

function rowOf({ rows }: BoxLayout, id: string): Row {
  return rows.find(({ group }) => group.id === id)!;
}

function isBetweenNeighbours(layout: BoxLayout, { sources, targets }: Link): boolean {
  if (sources.length !== 1 || targets.length !== 1) return false;
  return layout.rows.indexOf(rowOf(layout, targets[0]!)) === layout.rows.indexOf(rowOf(layout, sources[0]!)) + 1;
}

function innerLine(layout: BoxLayout, link: Link): InnerLine {
  const ids = [...new Set([...link.sources, ...link.targets])];
  return { link, connectors: new Map(ids.map((id) => [rowOf(layout, id), { labels: [], y: 0 }])) };
}

/** Links whose label stands in the gap above a row. */
function labelsAbove({ rows, direct, own, innerLines }: BoxLayout, row: Row): Link[] {
  const endsHere = ({ targets }: Link): boolean => targets[0] === row.group.id;
  return [
    ...direct.filter(endsHere),
    ...innerLines.map(({ link }) => link).filter(endsHere),
    ...own.filter(endsHere),
  ].filter(() => rows.includes(row));
}

/** Width that a box needs, at least that of its column. */
export function boxWidth(layout: BoxLayout): number {
  const labels = layout.rows.map((row) =>
    labelsAbove(layout, row).reduce((sum, link) => sum + textWidth(gapText(link), sizes.small) + 26, 0),
  );
  return Math.max(columnWidths[layout.column], ...labels.map((width) => width + 2 * padding + innerLinesWidth(layout)));
}

function gapText(link: Link): string {
  return isAmongMembers(link) ? `${linkLabel(link)} among them` : linkLabel(link);
}

function innerLinesWidth({ innerLines }: BoxLayout): number {
  return innerLines.length === 0 ? 0 : innerLines.length * lineDistance + 6;
}

/** Places a box and returns its height. All connectors must be known. */
export function placeBox(layout: BoxLayout, graph: NetworkGraph, at: Point, width: number): number {
  const { rows } = layout;
  const x = at.x + padding + innerLinesWidth(layout);
  let y = at.y + heading(layout, graph, width).height;
  for (const row of rows) {
    const isLabelled = labelsAbove(layout, row).length > 0;
    y += isLabelled ? gap.labelled : row === rows[0] ? 0 : gap.empty;
    const inner = at.x + width - padding - x;
    const left = leftConnectors(layout, row);
    const heights = [contentHeight(row.group, inner), connectorsHeight(left), connectorsHeight(row.connectors.right)];
    row.rect = { x, y, width: inner, height: Math.max(...heights) + grid };
    placeConnectors(row, left, layout.column);
    placeConnectors(row, row.connectors.right, layout.column);
    y += row.rect.height;
  }
  layout.rect = { ...at, width, height: y + padding - at.y };
  return layout.rect.height;
}

/** Orders the connectors on the left so that lines do not cross: inner lines connect on the side they come from. */
function leftConnectors(layout: BoxLayout, row: Row): Connector[] {
  const position = layout.rows.indexOf(row);
  const inner = layout.innerLines.flatMap(({ connectors }) => {
    const connector = connectors.get(row);
    if (connector === undefined) return [];
    const others = [...connectors.keys()].filter((other) => other !== row).map((other) => layout.rows.indexOf(other));
    return [{ connector, isAbove: others.every((other) => other < position) }];
  });
  const pick = (above: boolean): Connector[] =>
    inner.filter(({ isAbove }) => isAbove === above).map(({ connector }) => connector);
  return [...pick(true), ...row.connectors.left, ...pick(false)];
}

function connectorsHeight(connectors: readonly Connector[]): number {
  return connectors.reduce((sum, { labels }) => sum + (labels.length + 1) * grid, 0);
}

function placeConnectors({ rect }: Row, connectors: readonly Connector[], column: 0 | 1 | 2): void {
  const shift = column === 1 ? 0 : grid / 2;
  const middle = rect.y + (rect.height - connectorsHeight(connectors)) / 2 - grid / 2;
  let y = Math.round((middle - shift) / grid) * grid + shift;
  for (const connector of connectors) {
    y += (connector.labels.length + 1) * grid;
    connector.y = y;
  }
}

function contentHeight(group: Group, width: number): number {
  const own = (Math.max(1, group.lines.length) + (group.detail === "" ? 0 : 1)) * lineHeight;
  return Math.max(own, badgeLines(group, width).length * (badge.height + 4));
}

/** A badge with its position in its row. */
interface Badge {
  member: Member;
  x: number;
  width: number;
  shown: string;
}

function badgeLines({ title, members }: Group, width: number): Badge[][] {
  // The title shows it already.
  if (members.length === 1 && members[0]!.name === title) return [];
  return inLines(members, width - rowLabel - padding, ({ name }) => name).map((line) =>
    line.map(({ item, ...rest }) => ({ member: item, ...rest })),
  );
}

/** Places badges one after the other, in as many lines as necessary. */
function inLines<T>(items: readonly T[], width: number, name: (item: T) => string) {
  const lines: { item: T; x: number; width: number; shown: string }[][] = [];
  let x = 0;
  for (const item of items) {
    const shown = fitted(name(item), width - 2 * badge.padding, sizes.small);
    const own = textWidth(shown, sizes.small) + 2 * badge.padding;
    if (lines.length === 0 || x + own > width) {
      lines.push([]);
      x = 0;
    }
    lines[lines.length - 1]!.push({ item, x, width: own, shown });
    x += own + badge.gap;
  }
  return lines;
}

/** The top of a box: title, subtitle, and the tags of channels, beside these if there is room. */
function heading({ box }: BoxLayout, graph: NetworkGraph, width: number) {
  const room = width - 2 * padding;
  const title = fitted(box.title, box.subtitle === "" ? room : room * 0.6, sizes.heading, true);
  const subtitleX = textWidth(title, sizes.heading, true) + 8;
  const subtitle = fitted(box.subtitle, room - subtitleX, sizes.small);
  const tags = inLines(box.channels, room, (channel) => graph.channels[channel]!.name);
  const last = tags[0]?.[tags[0].length - 1];
  const tagsWidth = last === undefined ? 0 : last.x + last.width;
  const isBeside = tags.length === 1 && subtitleX + textWidth(subtitle, sizes.small) + 10 + tagsWidth <= room;
  const below = isBeside ? 0 : tags.length * (badge.height + 4);
  return {
    title,
    subtitle,
    subtitleX,
    tags,
    tagsAt: isBeside ? { x: room - tagsWidth, y: 7 } : { x: 0, y: headingHeight - 4 },
    height: headingHeight + below,
  };
}

/** A badge for a channel, or for something in it. */
export function badgeShapes(shown: string, rect: Rect, title: string, channel?: number): Shape[] {
  const { fill, text: color } =
    channel === undefined ? { fill: colors.badge, text: colors.text } : channelColors(channel);
  const stroke = channel === undefined ? colors.border : fill;
  return [
    { kind: "rect", rect, fill, stroke, radius: 11, title },
    text(shown, { x: rect.x + rect.width / 2, y: rect.y + 15 }, { size: sizes.small, color, anchor: "middle" }),
  ];
}

/** The shapes of a placed box. */
export function boxShapes(layout: BoxLayout, graph: NetworkGraph): Shape[] {
  const { box, rect, rows } = layout;
  const { title, subtitle, subtitleX, tags, tagsAt } = heading(layout, graph, rect.width);
  const x = rect.x + padding;
  const y = rect.y + 22;
  return [
    {
      kind: "rect",
      rect,
      fill: colors.box,
      stroke: colors.border,
      radius: 10,
      title: `${box.title} ${box.subtitle}`.trim(),
    },
    text(title, { x, y }, { size: sizes.heading, bold: true }),
    ...(subtitle === "" ? [] : [text(subtitle, { x: x + subtitleX, y }, { size: sizes.small, color: colors.quiet })]),
    ...tags.flatMap((line, i) =>
      line.flatMap(({ item, x: offset, width, shown }) => {
        const at = { x: x + tagsAt.x + offset, y: rect.y + tagsAt.y + i * (badge.height + 4) };
        return badgeShapes(shown, { ...at, width, height: badge.height }, graph.channels[item]!.name, item);
      }),
    ),
    ...rows.flatMap((row) => rowShapes(row)),
    ...innerShapes(layout),
  ];
}

function rowShapes({ group, rect }: Row): Shape[] {
  const x = rect.x + 10;
  const frame: Shape = { kind: "rect", rect, fill: colors.row, stroke: "none", radius: 6 };
  if (group.lines.length > 0) {
    const width = rect.width - 20;
    const all = group.detail === "" ? group.lines : [group.detail, ...group.lines];
    const top = rect.y + (rect.height - all.length * lineHeight) / 2;
    const names = all.map((line, i) => {
      const color = line === group.detail ? colors.quiet : colors.text;
      const y = Math.round(top + (i + 1) * lineHeight) - 4;
      return text(fitted(line, width, sizes.small), { x, y }, { size: sizes.small, color });
    });
    return [frame, ...names];
  }
  const lines = badgeLines(group, rect.width);
  const room = (lines.length === 0 ? rect.width : rowLabel) - 14;
  const height = group.detail === "" ? lineHeight : 2 * lineHeight - 1;
  const top = rect.y + (rect.height - height) / 2;
  const chipsTop = rect.y + (rect.height - lines.length * (badge.height + 4) + 4) / 2;
  const detail = fitted(group.detail, room, sizes.small);
  return [
    frame,
    text(
      fitted(group.title, room, sizes.body, true),
      { x, y: Math.round(top + 12) },
      { bold: group.members.length > 0 },
    ),
    ...(detail === ""
      ? []
      : [text(detail, { x, y: Math.round(top + 26) }, { size: sizes.small, color: colors.quiet })]),
    ...lines.flatMap((line, i) =>
      line.flatMap(({ member, x: offset, width, shown }) => {
        const at = { x: rect.x + rowLabel + offset, y: Math.round(chipsTop + i * (badge.height + 4)) };
        return badgeShapes(shown, { ...at, width, height: badge.height }, member.title, member.channel);
      }),
    ),
  ];
}

/** Lines between the rows of a box, with their labels in the gaps above where they end. */
function innerShapes(layout: BoxLayout): Shape[] {
  const lines = layout.innerLines.flatMap(({ link, connectors }, i) => {
    const x = layout.rect.x + padding + i * lineDistance;
    const ends = [...connectors].map(([row, { y }]) => ({
      y,
      edge: row.rect.x,
      isTarget: link.targets.includes(row.group.id),
    }));
    return branchedLine(x, ends, trafficColors[link.ports[0]!.traffic], linkLabel(link));
  });
  return [...lines, ...layout.rows.flatMap((row) => gapShapes(layout, row))];
}

/** The contents of the gap above a row: labels, and arrows from the row before. */
function gapShapes(layout: BoxLayout, row: Row): Shape[] {
  const { y } = row.rect;
  let x = row.rect.x + 4;
  return labelsAbove(layout, row).flatMap((link) => {
    const color = trafficColors[link.ports[0]!.traffic];
    const shapes: Shape[] = [];
    if (layout.direct.includes(link)) {
      x += 10;
      const lines = [straight(x, y - gap.labelled, x, y - 5)];
      shapes.push({ kind: "wire", lines, color, title: linkLabel(link) });
      shapes.push({ kind: "arrow", at: { x, y }, towards: "down", color });
      x += 8;
    }
    shapes.push(text(gapText(link), { x, y: y - 9 }, { size: sizes.small, color }));
    x += textWidth(gapText(link), sizes.small) + 18;
    return shapes;
  });
}

/** An end of a line at the edge of a row. */
export interface LineEnd {
  y: number;
  edge: number;
  isTarget: boolean;
}

/** A vertical line with its branches, arrows where it enters, dots where it branches. */
export function branchedLine(x: number, ends: readonly LineEnd[], color: string, title: string): Shape[] {
  const ys = ends.map(({ y }) => y);
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const arrowLength = 6;
  const branches = ends.map(({ y, edge, isTarget }) =>
    straight(x, y, isTarget ? edge + (edge > x ? -arrowLength : arrowLength) : edge, y),
  );
  const trunk = top < bottom ? [straight(x, top, x, bottom)] : [];
  return [
    { kind: "wire", lines: [...trunk, ...branches], color, title },
    ...ends
      .filter(({ isTarget }) => isTarget)
      .map(({ y, edge }): Shape => ({
        kind: "arrow",
        at: { x: edge, y },
        towards: edge > x ? "right" : "left",
        color,
      })),
    ...ends
      .filter(({ y }, i) => (y > top && y < bottom) || ys.indexOf(y) !== i)
      .map(({ y }): Shape => ({ kind: "dot", at: { x, y }, color })),
  ];
}
