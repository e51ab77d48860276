/** The table of `baas status`: a line for the platform, and one for each network. */
import type { Paint } from "../common/colors";
import type { ChannelStatus, FiringAlert, NetworkStatus } from "./fleetStatus";

const heading = ["NAME", "STATE", "NODES", "CHANNELS", "CERTIFICATES", "WHY"];

/** The lines of the table. */
export function statusTable(all: readonly NetworkStatus[], paint: Paint): string {
  const rows = [heading, ...all.map(cells)];
  const widths = heading.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const line = (row: string[]): string[] => row.map((cell, i) => cell.padEnd(widths[i]!));
  return rows
    .map((row, index) => {
      const shown = line(row);
      if (index > 0) shown[1] = paint(all[index - 1]!.well ? "green" : "red", shown[1]!);
      return `${shown.join("  ").trimEnd()}\n`;
    })
    .join("");
}

function cells({ network, well, alerts, nodes, nodesUp, channels, certificate }: NetworkStatus): string[] {
  return [
    network ?? "(platform)",
    well ? "well" : "ill",
    `${nodesUp}/${nodes}`,
    channels.map(channelText).join(", ") || "-",
    certificate === undefined ? "-" : `${timeLeft(certificate.seconds)}, ${certificate.identity}`,
    alerts.map(alertText).join(", "),
  ];
}

function channelText({ name, height, blockRate }: ChannelStatus): string {
  // Of a line through the heights, which is slightly below zero when nothing changes.
  return `${name} ${height}${blockRate === undefined ? "" : ` (${Math.max(0, blockRate).toFixed(1)}/s)`}`;
}

function alertText({ alert, severity, count }: FiringAlert): string {
  return `${alert}${count > 1 ? ` x${count}` : ""}${severity === "critical" ? " (critical)" : ""}`;
}

function timeLeft(seconds: number): string {
  if (seconds <= 0) return "ended";
  const hours = Math.floor(seconds / 3600);
  return hours >= 48 ? `${Math.floor(hours / 24)} days` : `${hours} hours`;
}
