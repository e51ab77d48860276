/**
 * Arranges the picture of a network: outside and gateway on the left, organizations in the middle, ordering service and
 * platform on the right. Vertical lines run between the columns, one for each kind of traffic, so their number does not grow
 * with the network. A general graph layout such as ELK draws a line for each pair of boxes and reorders the organizations to
 * keep the lines short: its pictures are twice as wide, and org1 may stand below org8.
 */
import {
  badgeShapes,
  type BoxLayout,
  boxShapes,
  boxWidth,
  branchedLine,
  columnWidths,
  type Connector,
  grid,
  isWithin,
  layoutBox,
  type LineEnd,
  placeBox,
  type Row,
} from "./boxes";
import { type Link, linkLabel, portLabels } from "./links";
import type { BoxKind, NetworkGraph } from "./networkGraph";
import { trafficColors } from "./palette";
import { colors, fitted, type Shape, type Sheet, sizes, straight, text, textWidth } from "./sheet";

const margin = 24;
const lineDistance = 12;
const boxGap = 30;
const labelDistance = 14;
const busDistance = 10;

const columnOf: Record<BoxKind, 0 | 1 | 2> = {
  outside: 0,
  gateway: 0,
  organization: 1,
  chain: 1,
  ordering: 2,
  platform: 2,
  cluster: 2,
};

type Side = "left" | "right";

/** A link between boxes, with the route of its line. */
interface RoutedLink {
  color: string;
  label: string;
  /** The gutters that it uses: left or right of the organizations. */
  gutters: Side[];
  ends: { row: Row; column: 0 | 1 | 2; side: Side; connector: Connector; isTarget: boolean }[];
  /** Whether its label stands at an end, not between two boxes. */
  hasLabelAtEnd: boolean;
}

/** The room between two columns, with the lines that run in it, from the organizations outwards. */
interface Gutter {
  routed: RoutedLink[];
  width: number;
}

/** A column of boxes. */
interface Column {
  x: number;
  width: number;
  boxes: BoxLayout[];
}

/** Position of the vertical part of a line in each gutter. */
type Xs = Partial<Record<Side, number>>;

/** Arranges a picture. The same graph gives the same picture. */
export function arrange(graph: NetworkGraph): Sheet {
  const { boxes, links } = graph;
  const layouts = boxes.map((box) =>
    layoutBox(
      box,
      columnOf[box.kind],
      links.filter((link) => isWithin(box, link)),
    ),
  );
  const between = links.filter((link) => !boxes.some((box) => isWithin(box, link)));
  const entry = between.find((link) => isEntry(link, graph));
  const routed = between.filter((link) => link !== entry).map((link) => route(link, layouts));
  for (const { row, side, connector } of routed.flatMap(({ ends }) => ends)) row.connectors[side].push(connector);

  const gutters = { left: gutter(routed, "left"), right: gutter(routed, "right") };
  const columns = columnsOf(layouts, gutters);
  const [left, middle, right] = columns;
  const width = right.x + right.width + margin;
  const header = headerShapes(graph, width);
  const buses = routed.filter(({ gutters }) => gutters.length > 1);
  const top = header.height + (buses.length === 0 ? 0 : buses.length * busDistance + 14);
  const bottom = placeBoxes(graph, columns, gutters, top);

  const xs = lineXs(gutters, middle);
  const lines = routed.flatMap((one) => {
    const bus = top - 14 - buses.indexOf(one) * busDistance;
    return [...wireShapes(one, xs.get(one)!, bus), ...endLabels(one, { left: left.x + left.width, right: right.x })];
  });
  const names = gapLabels(routed, xs, middle);
  const footer = footerShapes(graph, bottom + 30, width);
  return {
    width,
    height: footer.bottom + margin,
    shapes: [
      ...header.shapes,
      ...layouts.flatMap((layout) => boxShapes(layout, graph)),
      ...lines,
      ...names,
      ...(entry === undefined ? [] : entryShapes(entry, left.boxes)),
      ...footer.shapes,
    ],
  };
}

function columnsOf(layouts: readonly BoxLayout[], gutters: Record<Side, Gutter>): [Column, Column, Column] {
  const roomBehind = [gutters.left.width, gutters.right.width, margin];
  let x = margin;
  return columnWidths.map((_, number): Column => {
    const boxes = layouts.filter((layout) => layout.column === number);
    const column = { x, width: Math.max(0, ...boxes.map(boxWidth)), boxes };
    x += column.width + roomBehind[number]!;
    return column;
  }) as [Column, Column, Column];
}

/** Places all boxes and returns the bottom of the lowest one. */
function placeBoxes(
  graph: NetworkGraph,
  columns: readonly Column[],
  { left, right }: Record<Side, Gutter>,
  top: number,
): number {
  const labels = [left, right].map(({ routed }) => routed.filter(({ hasLabelAtEnd }) => !hasLabelAtEnd).length);
  const bottoms = columns.map(({ x, width, boxes }, number) => {
    const gap = number === 1 ? Math.max(boxGap, Math.max(...labels) * labelDistance + 8) : boxGap;
    return boxes.reduce((y, layout) => y + placeBox(layout, graph, { x, y }, width) + gap, top) - gap;
  });
  return Math.max(...bottoms);
}

function lineXs({ left, right }: Record<Side, Gutter>, { x, width }: Column): Map<RoutedLink, Xs> {
  const xs = new Map<RoutedLink, Xs>();
  for (const [i, one] of left.routed.entries()) xs.set(one, { left: x - (i + 1) * lineDistance - 4 });
  for (const [i, one] of right.routed.entries()) {
    xs.set(one, { ...xs.get(one), right: x + width + (i + 1) * lineDistance + 4 });
  }
  return xs;
}

/** Whether a link leads from outside to the gateway below. */
function isEntry({ sources, targets }: Link, { boxes }: NetworkGraph): boolean {
  const [above, below] = boxes.filter(({ kind }) => columnOf[kind] === 0);
  return (
    sources.length === 1 &&
    targets.length === 1 &&
    above?.groups[0]?.id === sources[0] &&
    below?.groups[0]?.id === targets[0]
  );
}

/** The route of a line: its sides of the organizations, and the position of its label. */
function route(link: Link, layouts: readonly BoxLayout[]): RoutedLink {
  const ids = [...new Set([...link.sources, ...link.targets])];
  const ends = ids.map((id) => {
    const layout = layouts.find(({ box }) => box.groups.some((group) => group.id === id))!;
    return { id, row: layout.rows.find(({ group }) => group.id === id)!, column: layout.column };
  });
  const columns = new Set(ends.map(({ column }) => column));
  // Clients use the same services as callers outside, so their line is on that side.
  const isOnTheLeft = columns.has(0) || (columns.size === 1 && columns.has(1) && link.ports[0]!.traffic === "client");
  const hasLabelAtEnd = columns.has(0) || columns.has(2);
  const outer = ends.filter(({ column }) => column !== 1);
  const label = linkLabel(link);
  // A line with a single end has its label there.
  const labelled =
    outer.find(({ id }) => link.sources.length === 1 && link.sources[0] === id) ??
    outer.find(({ id }) => link.targets.length === 1 && link.targets[0] === id) ??
    outer[0];
  const routedEnds = ends.map((end) => ({
    row: end.row,
    column: end.column,
    side: sideOf(end.column, isOnTheLeft),
    connector: { labels: end === labelled ? portLabels(link) : [], y: 0 },
    isTarget: link.targets.includes(end.id),
  }));
  const gutters: Side[] = [
    ...(isOnTheLeft ? ["left" as const] : []),
    ...(columns.has(2) || !isOnTheLeft ? ["right" as const] : []),
  ];
  return { color: trafficColors[link.ports[0]!.traffic], label, gutters, ends: routedEnds, hasLabelAtEnd };
}

function sideOf(column: 0 | 1 | 2, isOnTheLeft: boolean): Side {
  if (column === 0) return "right";
  return column === 2 || isOnTheLeft ? "left" : "right";
}

/** The lines of a gutter, and the width that they need with their labels. */
function gutter(all: readonly RoutedLink[], side: Side): Gutter {
  const here = all.filter(({ gutters }) => gutters.includes(side));
  const routed = [
    ...here.filter(({ hasLabelAtEnd }) => !hasLabelAtEnd),
    ...here.filter(({ hasLabelAtEnd }) => hasLabelAtEnd),
  ];
  const outerColumn = side === "left" ? 0 : 2;
  const labels = here.flatMap(({ ends }) =>
    ends.flatMap(({ column, connector }) =>
      column === outerColumn ? connector.labels.map((label) => textWidth(label, sizes.small)) : [],
    ),
  );
  const room = labels.length === 0 ? 0 : Math.max(...labels) + 16;
  return { routed, width: here.length === 0 ? 30 : (here.length + 1) * lineDistance + room };
}

/** @param bus - height at which a line that runs in both gutters passes above the organizations */
function wireShapes({ ends, gutters, color, label }: RoutedLink, xs: Xs, bus: number): Shape[] {
  const endsAt = (side: Side): LineEnd[] =>
    ends
      .filter(({ column, side: ownSide }) => (column === 1 ? ownSide : column === 0 ? "left" : "right") === side)
      .map(({ row: { rect }, side: ownSide, connector: { y }, isTarget }) => ({
        y,
        edge: ownSide === "left" ? rect.x : rect.x + rect.width,
        isTarget,
      }));
  const shapes = gutters.flatMap((side) => {
    const toBus: LineEnd[] = gutters.length > 1 ? [{ y: bus, edge: xs[side]!, isTarget: false }] : [];
    return branchedLine(xs[side]!, [...toBus, ...endsAt(side)], color, label);
  });
  if (gutters.length < 2) return shapes;
  return [...shapes, { kind: "wire", lines: [straight(xs.left!, bus, xs.right!, bus)], color, title: label }];
}

/** Labels above the lines, beside the columns on the outside. */
function endLabels({ ends, color }: RoutedLink, edges: Record<Side, number>): Shape[] {
  return ends
    .filter(({ column }) => column !== 1)
    .flatMap(({ connector: { labels, y }, column }) =>
      labels.map((label, i) => {
        const above = y - 5 - (labels.length - 1 - i) * grid;
        return column === 0
          ? text(label, { x: edges.left + 8, y: above }, { size: sizes.small, color })
          : text(label, { x: edges.right - 8, y: above }, { size: sizes.small, color, anchor: "end" });
      }),
    );
}

/** Labels of lines between organizations, in the gap below the first of them. */
function gapLabels(routed: readonly RoutedLink[], xs: ReadonlyMap<RoutedLink, Xs>, middle: Column): Shape[] {
  const inner = routed.filter(({ hasLabelAtEnd }) => !hasLabelAtEnd);
  return (["left", "right"] as const).flatMap((side) =>
    inner
      .filter(({ gutters }) => gutters.includes(side))
      .flatMap((one, i): Shape[] => {
        const { color, label } = one;
        const ys = one.ends.map(({ connector }) => connector.y);
        const { rect } = middle.boxes.find(({ rect }) => rect.y + rect.height > Math.min(...ys))!;
        const y = rect.y + rect.height + 13 + i * labelDistance;
        const x = xs.get(one)![side]!;
        const isLeft = side === "left";
        const end = isLeft ? middle.x : middle.x + middle.width;
        const at = { x: isLeft ? end + 5 : end - 5, y };
        return [
          { kind: "wire", lines: [straight(x, y - 4, end, y - 4)], color, title: label },
          { kind: "dot", at: { x, y: y - 4 }, color },
          text(label, at, { size: sizes.small, color, anchor: isLeft ? "start" : "end" }),
        ];
      }),
  );
}

function entryShapes(link: Link, [above, below]: readonly BoxLayout[]): Shape[] {
  const { rect } = above!;
  const x = rect.x + rect.width / 2;
  const y = below!.rect.y;
  const color = trafficColors[link.ports[0]!.traffic];
  const label = linkLabel(link);
  return [
    { kind: "wire", lines: [straight(x, rect.y + rect.height, x, y - 6)], color, title: label },
    { kind: "arrow", at: { x, y }, towards: "down", color },
    text(fitted(label, rect.width / 2 - 9, sizes.small), { x: x + 9, y: y - 14 }, { size: sizes.small, color }),
  ];
}

function headerShapes(graph: NetworkGraph, width: number): { shapes: Shape[]; height: number } {
  const room = width - 2 * margin;
  const facts = [graph.domain, ...graph.facts].filter((fact) => fact !== "").join(" · ");
  const shapes: Shape[] = [
    text(fitted(graph.name, room, sizes.title, true), { x: margin, y: margin + 18 }, { size: sizes.title, bold: true }),
    text(fitted(facts, room, sizes.body), { x: margin, y: margin + 40 }, { color: colors.quiet }),
  ];
  let y = margin + 54;
  for (const [i, channel] of graph.channels.entries()) {
    const name = fitted(channel.name, room / 3, sizes.small);
    const own = textWidth(name, sizes.small) + 18;
    const chaincodes = channel.chaincodes.length === 0 ? "no chaincode" : channel.chaincodes.join(", ");
    const members = `channel of ${channel.organizations.join(", ")} · ${chaincodes}`;
    shapes.push(...badgeShapes(name, { x: margin, y, width: own, height: 22 }, channel.name, i));
    shapes.push(text(fitted(members, room - own - 10, sizes.body), { x: margin + own + 10, y: y + 15 }));
    y += 28;
  }
  return { shapes, height: y + 12 };
}

function footerShapes({ notes }: NetworkGraph, top: number, width: number): { shapes: Shape[]; bottom: number } {
  const shapes = notes.map((note, i) =>
    text(
      fitted(note, width - 2 * margin, sizes.small),
      { x: margin, y: top + i * 16 },
      { size: sizes.small, color: colors.quiet },
    ),
  );
  return { shapes, bottom: top + Math.max(0, notes.length - 1) * 16 };
}
