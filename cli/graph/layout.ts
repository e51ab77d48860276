/**
 * The picture of a network: outside and gateway on the left, organizations in the middle, ordering service and platform
 * on the right. Between the columns run vertical lines, one for each kind of traffic, so that their number does not grow
 * with the network.
 */
import {
  boxShapes,
  boxWidth,
  chipShapes,
  columnWidths,
  grid,
  isWithin,
  laneShapes,
  layoutBox,
  placeBox,
  type BoxLayout,
  type End,
  type Row,
  type Tap,
} from "./boxes";
import { linkLabel, portLabels, type Link } from "./links";
import type { BoxKind, NetworkGraph } from "./networkGraph";
import { trafficColors } from "./palette";
import { colors, fitted, sizes, text, textWidth, type Shape, type Sheet } from "./sheet";

const margin = 24;
const laneDistance = 12;
const boxGap = 30;
const labelDistance = 14;
const busDistance = 10;

const columnOf: Record<BoxKind, 0 | 1 | 2> = {
  outside: 0,
  gateway: 0,
  organization: 1,
  ordering: 2,
  platform: 2,
  cluster: 2,
};

/** A line between boxes. */
interface Lane {
  link: Link;
  color: string;
  label: string;
  /** Gutters that it runs in: left or right of the organizations. */
  gutters: ("left" | "right")[];
  taps: { row: Row; column: 0 | 1 | 2; side: "left" | "right"; tap: Tap; isTarget: boolean }[];
  /** Whether its label stands at an end, not between two boxes. */
  hasLabelAtEnd: boolean;
}

/** Arranges a picture. The same graph gives the same picture. */
export function arrange(graph: NetworkGraph): Sheet {
  const layouts = graph.boxes.map((box) =>
    layoutBox(
      box,
      columnOf[box.kind],
      graph.links.filter((link) => isWithin(box, link)),
    ),
  );
  const between = graph.links.filter((link) => !graph.boxes.some((box) => isWithin(box, link)));
  const entry = between.find((link) => isEntry(link, graph));
  const lanes = between.filter((link) => link !== entry).map((link) => laneOf(link, layouts));
  for (const { taps } of lanes) for (const { row, side, tap } of taps) row.taps[side].push(tap);

  const column = (number: 0 | 1 | 2): BoxLayout[] => layouts.filter((layout) => layout.column === number);
  const widths = columnWidths.map((_, number) =>
    column(number as 0 | 1 | 2).reduce((width, layout) => Math.max(width, boxWidth(layout)), 0),
  ) as [number, number, number];
  const left = gutter(lanes, "left");
  const right = gutter(lanes, "right");
  const x0 = margin;
  const x1 = x0 + widths[0] + left.width;
  const x2 = x1 + widths[1] + right.width;
  const width = x2 + widths[2] + margin;

  const header = headerShapes(graph, width);
  const buses = lanes.filter(({ gutters }) => gutters.length > 1);
  const top = header.height + (buses.length === 0 ? 0 : buses.length * busDistance + 14);
  const inGaps = Math.max(
    ...[left, right].map(({ lanes }) => lanes.filter(({ hasLabelAtEnd }) => !hasLabelAtEnd).length),
  );
  const gapBelow = (number: number): number => (number === 1 ? Math.max(boxGap, inGaps * labelDistance + 8) : boxGap);
  const bottoms = ([0, 1, 2] as const).map((number) =>
    column(number).reduce(
      (y, layout) => y + placeBox(layout, graph, { x: [x0, x1, x2][number]!, y }, widths[number]) + gapBelow(number),
      top,
    ),
  );
  const bottom = Math.max(...bottoms.map((y, number) => y - gapBelow(number)));

  const laneX = new Map<Lane, Partial<Record<"left" | "right", number>>>();
  for (const [i, lane] of left.lanes.entries()) laneX.set(lane, { left: x1 - (i + 1) * laneDistance - 4 });
  for (const [i, lane] of right.lanes.entries()) {
    laneX.set(lane, { ...laneX.get(lane), right: x1 + widths[1] + (i + 1) * laneDistance + 4 });
  }
  const lines = lanes.flatMap((lane) => {
    const bus = top - 14 - buses.indexOf(lane) * busDistance;
    return [...wireShapes(lane, laneX.get(lane)!, bus), ...endLabels(lane, { left: x0 + widths[0], right: x2 })];
  });
  const names = gapLabels(lanes, laneX, column(1), { left: x1, right: x1 + widths[1] });
  const footer = footerShapes(graph, bottom + 30, width);
  return {
    width,
    height: footer.bottom + margin,
    shapes: [
      ...header.shapes,
      ...layouts.flatMap((layout) => boxShapes(layout, graph)),
      ...lines,
      ...names,
      ...(entry === undefined ? [] : entryShapes(entry, column(0))),
      ...footer.shapes,
    ],
  };
}

/** Whether a link is the way from outside to the gateway, which stands below. */
function isEntry({ sources, targets }: Link, { boxes }: NetworkGraph): boolean {
  const [above, below] = boxes.filter(({ kind }) => columnOf[kind] === 0);
  return (
    sources.length === 1 &&
    targets.length === 1 &&
    above?.groups[0]?.id === sources[0] &&
    below?.groups[0]?.id === targets[0]
  );
}

function laneOf(link: Link, layouts: readonly BoxLayout[]): Lane {
  const ids = [...new Set([...link.sources, ...link.targets])];
  const ends = ids.map((id) => {
    const layout = layouts.find(({ box }) => box.groups.some((group) => group.id === id))!;
    return { id, row: layout.rows.find(({ group }) => group.id === id)!, column: layout.column };
  });
  const columns = new Set(ends.map(({ column }) => column));
  // Clients call as those outside do, so that their line is on that side.
  const isOnTheLeft = columns.has(0) || (columns.size === 1 && columns.has(1) && link.ports[0]!.traffic === "client");
  const hasLabelAtEnd = columns.has(0) || columns.has(2);
  const outer = ends.filter(({ column }) => column !== 1);
  const label = linkLabel(link);
  // Where there is one end only, the label stands there.
  const labelled =
    outer.find(({ id }) => link.sources.length === 1 && link.sources[0] === id) ??
    outer.find(({ id }) => link.targets.length === 1 && link.targets[0] === id) ??
    outer[0];
  const taps = ends.map((end) => ({
    row: end.row,
    column: end.column,
    side: sideOf(end.column, isOnTheLeft),
    tap: { labels: end === labelled ? portLabels(link) : [], y: 0 },
    isTarget: link.targets.includes(end.id),
  }));
  const gutters: Lane["gutters"] = [
    ...(isOnTheLeft ? ["left" as const] : []),
    ...(columns.has(2) || !isOnTheLeft ? ["right" as const] : []),
  ];
  return { link, color: trafficColors[link.ports[0]!.traffic], label, gutters, taps, hasLabelAtEnd };
}

function sideOf(column: 0 | 1 | 2, isOnTheLeft: boolean): "left" | "right" {
  if (column === 0) return "right";
  return column === 2 || isOnTheLeft ? "left" : "right";
}

/** Lanes of a gutter, from the organizations outwards, and the room that they take with their labels. */
function gutter(lanes: readonly Lane[], side: "left" | "right"): { lanes: Lane[]; width: number } {
  const here = lanes.filter(({ gutters }) => gutters.includes(side));
  const inner = here.filter(({ hasLabelAtEnd }) => !hasLabelAtEnd);
  const ordered = [...inner, ...here.filter(({ hasLabelAtEnd }) => hasLabelAtEnd)];
  const outerColumn = side === "left" ? 0 : 2;
  const labels = here.flatMap(({ taps }) =>
    taps.flatMap(({ column, tap }) =>
      column === outerColumn ? tap.labels.map((label) => textWidth(label, sizes.small)) : [],
    ),
  );
  const room = labels.length === 0 ? 0 : Math.max(...labels) + 16;
  return { lanes: ordered, width: here.length === 0 ? 30 : (here.length + 1) * laneDistance + room };
}

function wireShapes(lane: Lane, xs: Partial<Record<"left" | "right", number>>, bus: number): Shape[] {
  const endsAt = (side: "left" | "right"): End[] =>
    lane.taps
      .filter(({ column, side: ownSide }) => (column === 1 ? ownSide : column === 0 ? "left" : "right") === side)
      .map(({ row: { rect }, side: ownSide, tap: { y }, isTarget }) => ({
        y,
        edge: ownSide === "left" ? rect.x : rect.x + rect.width,
        isTarget,
      }));
  const { color, label } = lane;
  const shapes = lane.gutters.flatMap((side) => {
    const ends = endsAt(side);
    const toBus: End[] = lane.gutters.length > 1 ? [{ y: bus, edge: xs[side]!, isTarget: false }] : [];
    return laneShapes(xs[side]!, [...toBus, ...ends], color, label);
  });
  if (lane.gutters.length < 2) return shapes;
  const over = [
    { x: xs.left!, y: bus },
    { x: xs.right!, y: bus },
  ];
  return [...shapes, { kind: "wire", lines: [over], color, title: label }];
}

/** Labels above the lines, beside the columns on the outside. */
function endLabels({ taps, color }: Lane, edges: { left: number; right: number }): Shape[] {
  return taps
    .filter(({ column }) => column !== 1)
    .flatMap(({ tap: { labels, y }, column }) =>
      labels.map((label, i) => {
        const above = y - 5 - (labels.length - 1 - i) * grid;
        return column === 0
          ? text(label, { x: edges.left + 8, y: above }, { size: sizes.small, color })
          : text(label, { x: edges.right - 8, y: above }, { size: sizes.small, color, anchor: "end" });
      }),
    );
}

/** Labels of lines between organizations, in the gap below the first of them. */
function gapLabels(
  lanes: readonly Lane[],
  xs: ReadonlyMap<Lane, Partial<Record<"left" | "right", number>>>,
  boxes: readonly BoxLayout[],
  edges: { left: number; right: number },
): Shape[] {
  const inner = lanes.filter(({ hasLabelAtEnd }) => !hasLabelAtEnd);
  return (["left", "right"] as const).flatMap((side) =>
    inner
      .filter(({ gutters }) => gutters.includes(side))
      .flatMap((lane, i) => {
        const ys = lane.taps.map(({ tap }) => tap.y);
        const box = boxes.find(({ rect }) => rect.y + rect.height > Math.min(...ys))!;
        const y = box.rect.y + box.rect.height + 13 + i * labelDistance;
        const x = xs.get(lane)![side]!;
        const { color, label } = lane;
        const end = side === "left" ? edges.left : edges.right;
        return [
          {
            kind: "wire",
            lines: [
              [
                { x, y: y - 4 },
                { x: end, y: y - 4 },
              ],
            ],
            color,
            title: label,
          },
          { kind: "dot", at: { x, y: y - 4 }, color },
          text(
            label,
            { x: side === "left" ? end + 5 : end - 5, y },
            { size: sizes.small, color, anchor: side === "left" ? "start" : "end" },
          ),
        ] as Shape[];
      }),
  );
}

function entryShapes(link: Link, [above, below]: readonly BoxLayout[]): Shape[] {
  const x = above!.rect.x + above!.rect.width / 2;
  const y = below!.rect.y;
  const color = trafficColors[link.ports[0]!.traffic];
  return [
    {
      kind: "wire",
      lines: [
        [
          { x, y: above!.rect.y + above!.rect.height },
          { x, y: y - 6 },
        ],
      ],
      color,
      title: linkLabel(link),
    },
    { kind: "arrow", at: { x, y }, towards: "down", color },
    text(
      fitted(linkLabel(link), above!.rect.width / 2 - 9, sizes.small),
      { x: x + 9, y: y - 14 },
      { size: sizes.small, color },
    ),
  ];
}

function headerShapes(graph: NetworkGraph, width: number): { shapes: Shape[]; height: number } {
  const room = width - 2 * margin;
  const facts = [graph.domain, ...graph.facts].join(" · ");
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
    shapes.push(...chipShapes(name, { x: margin, y, width: own, height: 22 }, channel.name, i));
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
