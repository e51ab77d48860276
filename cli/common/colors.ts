/** Colours for terminals. */
import { styleText } from "node:util";

/** Colours a text, or leaves it as it is. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** Leaves every text as it is. */
export const plain: Paint = (_, text) => text;

/** Colours for a stream that is a terminal and can show them, unless NO_COLOR is set. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  return stream.isTTY ? (style, text) => styleText(style, text, { stream }) : plain;
}
