/**
 * Chaincode packages for chaincode as a service (ccaas).
 *
 * A package is `metadata.json` and `code.tar.gz` in a gzipped tar; `code.tar.gz` holds `connection.json`. Its ID is
 * `label:sha256(package)`. Packages made here are the same byte for byte wherever they are made, so that the ID is known
 * before anything is installed: entries sorted, all times and owners zero, mode 0644, and the gzip stream stored
 * instead of compressed, as compressed bytes differ between zlib versions.
 *
 * Source: Hyperledger Fabric documentation, "Running Chaincode as an External Service"; tar: POSIX.1-1988 ustar;
 * gzip: RFC 1952; stored blocks: RFC 1951, section 3.2.4.
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** How a peer reaches a chaincode server; every string may be a Go template over the peer's builder configuration. */
export interface ChaincodeConnection {
  /** Host and port of the server, such as `asset-transfer-1-0-{{.organization}}:7052`. */
  address: string;
  /** Longest time to connect, as a Go duration such as `10s`. */
  dialTimeout: string;
  /** Root certificate (PEM) that the server's TLS certificate is checked with; without one the connection is plain. */
  rootCert?: string;
}

/**
 * A connection that is the same for the peers of all organizations: address and root certificate are templates over what a
 * peer says of itself in CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG, `{"organization": NAME, "tls_root_cert": PEM}`.
 *
 * @param address - such as `asset-transfer-1-0-{{.organization}}:7052`
 */
export function templatedConnection(address: string): ChaincodeConnection {
  return { address, dialTimeout: "10s", rootCert: "{{.tls_root_cert}}" };
}

/** A package and what identifies it. */
export interface ChaincodePackage {
  /** `label:sha256` in hexadecimal, as the peer computes it. */
  id: string;
  label: string;
  /** The package, ready to be installed. */
  bytes: Buffer;
}

/**
 * Makes a ccaas package.
 *
 * @param label - letters, digits, "_", ".", "+" and "-", starting with a letter or digit
 * @throws RangeError if the label is not one that a peer accepts
 */
export function packageChaincode(label: string, connection: ChaincodeConnection): ChaincodePackage {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.+-]*$/.test(label)) {
    throw new RangeError(
      `chaincode label "${label}": letters, digits, "_", ".", "+" and "-" are allowed, a letter or digit first`,
    );
  }
  const connectionJson = JSON.stringify({
    address: connection.address,
    dial_timeout: connection.dialTimeout,
    tls_required: connection.rootCert !== undefined,
    ...(connection.rootCert === undefined ? {} : { root_cert: connection.rootCert }),
  });
  const code = gzipStored(tar({ "connection.json": Buffer.from(connectionJson) }));
  const metadata = Buffer.from(JSON.stringify({ type: "ccaas", label }));
  const bytes = gzipStored(tar({ "code.tar.gz": code, "metadata.json": metadata }));
  return { id: packageId(label, bytes), label, bytes };
}

/** ID that a peer computes for a package: `label:sha256(bytes)`. */
export function packageId(label: string, bytes: Uint8Array): string {
  return `${label}:${createHash("sha256").update(bytes).digest("hex")}`;
}

const blockSize = 512;

/** A ustar archive of plain files. */
function tar(files: Record<string, Buffer>): Buffer {
  const entries = Object.keys(files)
    .sort()
    .flatMap((name) => {
      const content = files[name]!;
      const padding = Buffer.alloc((blockSize - (content.length % blockSize)) % blockSize);
      return [tarHeader(name, content.length), content, padding];
    });
  return Buffer.concat([...entries, Buffer.alloc(2 * blockSize)]);
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(blockSize);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, "0")}\0`;
  header.write(name, 0, 100);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(0, 12), 136);
  // The checksum is computed with its own field full of spaces.
  header.write(" ".repeat(8), 148);
  header.write("0", 156);
  header.write("ustar\0" + "00", 257);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** A gzip stream of stored blocks, without name and time. */
function gzipStored(content: Buffer): Buffer {
  const unknownSystem = 255;
  const parts: Buffer[] = [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, unknownSystem])];
  const longest = 0xffff;
  for (let start = 0; start === 0 || start < content.length; start += longest) {
    const block = content.subarray(start, start + longest);
    const header = Buffer.alloc(5);
    header.writeUInt8(start + longest >= content.length ? 1 : 0, 0);
    header.writeUInt16LE(block.length, 1);
    header.writeUInt16LE(~block.length & 0xffff, 3);
    parts.push(header, block);
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length % 2 ** 32, 4);
  return Buffer.concat([...parts, trailer]);
}
