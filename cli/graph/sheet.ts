/** The shapes of pictures, and the width of text. */

/** A position from the upper left, in pixels. */
export interface Point {
  x: number;
  y: number;
}

/** A rectangle by its upper left corner. */
export interface Rect extends Point {
  width: number;
  height: number;
}

/** A line of text; `y` is its baseline. */
export interface Text extends Point {
  kind: "text";
  text: string;
  size: number;
  bold: boolean;
  anchor: "start" | "middle" | "end";
  color: string;
}

/** A part of a picture. */
export type Shape =
  | { kind: "rect"; rect: Rect; fill: string; stroke: string; radius: number; title?: string }
  | Text
  | { kind: "wire"; lines: Point[][]; color: string; title: string }
  | { kind: "arrow"; at: Point; towards: "left" | "right" | "up" | "down"; color: string }
  | { kind: "dot"; at: Point; color: string };

/** A complete picture. */
export interface Sheet {
  width: number;
  height: number;
  shapes: Shape[];
}

/** A line of text. */
export function text(
  content: string,
  at: Point,
  style: { size?: number; bold?: boolean; anchor?: "start" | "middle" | "end"; color?: string } = {},
): Text {
  const { size = sizes.body, bold = false, anchor = "start", color = colors.text } = style;
  return { kind: "text", text: content, ...at, size, bold, anchor, color };
}

/** A straight piece of a line. */
export function straight(x1: number, y1: number, x2: number, y2: number): Point[] {
  return [
    { x: x1, y: y1 },
    { x: x2, y: y2 },
  ];
}

/** Sizes of text. */
export const sizes = { title: 20, heading: 14, body: 12, small: 11 } as const;

/** Colours other than those of channels and lines. The background is white. */
export const colors = {
  text: "#1f2328",
  quiet: "#59636e",
  paper: "#ffffff",
  box: "#ffffff",
  row: "#f6f8fa",
  border: "#d1d9e0",
  badge: "#ffffff",
} as const;

// Widths of DejaVu Sans in parts of the size, rounded up. It is the widest of the fonts that viewers commonly have.
const characterWidths = new Map(
  Object.entries({
    IJijl: 0.3,
    " ,./:;\\|·'": 0.35,
    "()-[]ft": 0.4,
    "!r": 0.45,
    '"*_`': 0.5,
    "?csz": 0.55,
    FLkvxy: 0.6,
    "$0123456789EPSTYabdeghnopqu{}": 0.65,
    ABCKRVXZ: 0.7,
    NU: 0.75,
    "&DGHOQ": 0.8,
    "#+<=>^w~": 0.85,
  }).flatMap(([characters, width]) => [...characters].map((character) => [character, width] as const)),
);

/** Upper bound of the width of a text, whatever the sans-serif font: fonts differ from viewer to viewer. */
export function textWidth(content: string, size: number, bold = false): number {
  let width = 0;
  for (const character of content) width += characterWidths.get(character) ?? 1;
  return Math.ceil(width * size * (bold ? 1.2 : 1));
}

/** A text shortened in its middle, if it does not fit into a width. */
export function fitted(content: string, width: number, size: number, bold = false): string {
  if (textWidth(content, size, bold) <= width) return content;
  const characters = [...content];
  for (let kept = characters.length - 1; kept > 0; kept--) {
    const start = Math.ceil(kept / 2);
    const shorter = [...characters.slice(0, start), "…", ...characters.slice(characters.length - (kept - start))].join(
      "",
    );
    if (textWidth(shorter, size, bold) <= width) return shorter;
  }
  return "…";
}
