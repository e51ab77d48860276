/** Colours of lines and channels; each is readable on white. */
import type { Traffic } from "./traffic";

/** Colour of a line, by its kind of traffic. */
export const trafficColors: Record<Traffic, string> = {
  outside: "#be123c",
  gossip: "#1d4ed8",
  order: "#15803d",
  chaincode: "#7c3aed",
  enrol: "#b45309",
  client: "#0e7490",
  control: "#475569",
  other: "#78716c",
};

const channels = [
  { fill: "#dbeafe", text: "#1e40af" },
  { fill: "#dcfce7", text: "#166534" },
  { fill: "#fef3c7", text: "#92400e" },
  { fill: "#fce7f3", text: "#9d174d" },
  { fill: "#ede9fe", text: "#5b21b6" },
  { fill: "#cffafe", text: "#155e75" },
  { fill: "#ecfccb", text: "#3f6212" },
  { fill: "#fee2e2", text: "#991b1b" },
];

/** Colours of a channel, by its position; they repeat after the eighth. */
export function channelColors(position: number): { fill: string; text: string } {
  return channels[position % channels.length]!;
}
