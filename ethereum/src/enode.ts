/** URLs by which nodes find each other. */
import { EthereumError } from "./errors";

/** Where a node listens for others. */
export interface EnodeAddress {
  /** Its public key: 128 hexadecimal digits. */
  enodeId: string;
  /** A name or an address. */
  host: string;
  port: number;
}

/**
 * The URL of a node without discovery: `enode://<id>@<host>:<port>?discport=0`.
 *
 * @throws {@link EthereumError} when the ID is none
 */
export function enodeUrl({ enodeId, host, port }: EnodeAddress): string {
  if (!/^[0-9a-f]{128}$/.test(enodeId))
    throw new EthereumError(`"${enodeId}" is no enode ID: 128 hexadecimal digits in lower case`);
  return `enode://${enodeId}@${host.includes(":") ? `[${host}]` : host}:${port}?discport=0`;
}

/** `static-nodes.json`, which Besu reads. */
export function staticNodesFile(nodes: readonly EnodeAddress[]): string {
  return `${JSON.stringify(nodes.map(enodeUrl), undefined, 2)}\n`;
}

/** `config.toml` for geth, which dials these nodes and keeps the connections. */
export function gethConfigFile(nodes: readonly EnodeAddress[]): string {
  const urls = nodes.map((node) => JSON.stringify(enodeUrl(node)));
  return `[Node.P2P]\nStaticNodes = [${urls.join(", ")}]\n`;
}
