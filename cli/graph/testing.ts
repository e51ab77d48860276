/** Helpers of the tests: objects in namespaces, and graphs of any shape. */
import fc from "fast-check";

import type { Manifest } from "../engine/kubernetes/manifest";
import { type Edge, mergeEdges } from "./links";
import type { Box, BoxKind, NetworkGraph } from "./networkGraph";
import { type Rect, type Text, textWidth } from "./sheet";
import type { Traffic } from "./traffic";

/** An object as the renderer gives it. */
export function manifest(kind: string, name: string, spec: object, namespace = "net"): Manifest {
  const object = { kind, metadata: { name, namespace }, spec };
  return { urn: name, apiVersion: "v1", kind, name, namespace, object, dependsOn: [], retain: false };
}

/** Pods with the label `app`, which listen on ports. */
export function pods(app: string, ports: readonly number[] = [], namespace = "net"): Manifest {
  const containers = [{ ports: ports.map((containerPort) => ({ containerPort, name: `p${containerPort}` })) }];
  return manifest("Deployment", app, { template: { metadata: { labels: { app } }, spec: { containers } } }, namespace);
}

/** Text that may be long, with characters that XML and Mermaid must escape. */
const anyText = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9.-]{0,12}$/),
  fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 60 }),
);

interface Shape {
  kind: BoxKind;
  title: string;
  subtitle: string;
  channels: number[];
  groups: { title: string; detail: string; members: string[]; lines: string[] }[];
}

const anyGroup = fc.record({
  title: anyText,
  detail: fc.oneof(fc.constant(""), anyText),
  members: fc.array(anyText, { minLength: 1, maxLength: 7 }),
  lines: fc.constant<string[]>([]),
});

const boxOf = (kind: BoxKind, groups: { minLength: number; maxLength: number }): fc.Arbitrary<Shape> =>
  fc.record({
    kind: fc.constant(kind),
    title: anyText,
    subtitle: fc.oneof(fc.constant(""), anyText),
    channels: kind === "organization" ? fc.subarray([0, 1, 2, 3]) : fc.constant([]),
    groups: fc.array(anyGroup, groups),
  });

const some = (kind: BoxKind, maxLength: number, groups: number): fc.Arbitrary<Shape[]> =>
  fc.array(boxOf(kind, { minLength: 1, maxLength: groups }), { maxLength });

/** A graph of any shape and with any connections, likely or not. */
export const anyGraph: fc.Arbitrary<NetworkGraph> = fc
  .record({
    name: anyText,
    domain: anyText,
    boxes: fc
      .tuple(
        some("outside", 1, 1),
        some("gateway", 1, 2),
        some("organization", 5, 5),
        some("ordering", 1, 3),
        some("platform", 2, 3),
        some("cluster", 1, 1),
      )
      .map((lists) => lists.flat()),
    channels: fc.array(fc.record({ name: anyText, organizations: fc.array(anyText), chaincodes: fc.array(anyText) }), {
      minLength: 4,
      maxLength: 4,
    }),
    edges: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(3)), { maxLength: 30 }),
  })
  .map(({ boxes: shapes, edges, ...rest }) => {
    let id = 0;
    const boxes: Box[] = shapes.map((box) => ({
      ...box,
      groups: box.groups.map((group) => ({
        ...group,
        id: `g${id++}`,
        role: "any",
        members: group.members.map((name) => ({ name, title: name })),
      })),
    }));
    const groups = boxes.flatMap((box) => box.groups.map((group) => ({ id: group.id, size: group.members.length })));
    return { ...rest, facts: [], boxes, links: mergeEdges(anyEdges(edges, groups), groups), notes: ["a note"] };
  });

const kinds: [port: string, purpose: string, traffic: Traffic][][] = [
  [["7051", "gossip, endorse", "gossip"]],
  [["7051", "transactions", "client"]],
  [
    ["7050", "clients", "outside"],
    ["9443", "health", "outside"],
  ],
  [["9090", "", "other"]],
];

function anyEdges(pairs: readonly [number, number, number][], groups: readonly { id: string; size: number }[]): Edge[] {
  const edges = new Map<string, Edge>();
  if (groups.length === 0) return [];
  for (const [a, b, kind] of pairs) {
    const [from, to] = [groups[a % groups.length]!, groups[b % groups.length]!];
    if (from === to && from.size === 1) continue;
    const ports = kinds[kind]!.map(([port, purpose, traffic]) => ({ port, purpose, traffic }));
    edges.set(`${from.id} ${to.id}`, { from: from.id, to: to.id, toRole: "any", ports });
  }
  return [...edges.values()];
}

/** The rectangle in which a text stands. */
export function textBounds({ text: content, x, y, size, bold, anchor }: Text): Rect {
  const width = textWidth(content, size, bold);
  const left = { start: x, middle: x - width / 2, end: x - width }[anchor];
  return { x: left, y: y - size * 0.8, width, height: size };
}
