/**
 * ECDSA signatures on P-256 as Fabric accepts them: DER, with an S in the lower half of the curve's order. For every
 * signature (r, s) the pair (r, n - s) is valid too; Fabric accepts one of the two, so that a transaction's
 * bytes cannot be altered without its key.
 *
 * Source: SEC 1 (ECDSA), SEC 2 (order of secp256r1), X.690 (DER); Fabric: bccsp/utils/ecdsa.go.
 */

const order = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
const size = 32;
const half = toBytes(order >> 1n);

/**
 * Makes a DER signature with a low S.
 *
 * @param raw - r and s, 32 bytes each (IEEE P1363)
 */
export function derSignature(raw: Uint8Array): Uint8Array {
  const r = Buffer.from(raw.subarray(0, size));
  const s = Buffer.from(raw.subarray(size, 2 * size));
  // Compare bytes first: half of all signatures are low already and need no big integers.
  const low = Buffer.compare(s, half) <= 0 ? s : toBytes(order - toBigInt(s));
  const body = Buffer.concat([derInteger(r), derInteger(low)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

/** Whether an S of 32 bytes is in the lower half. */
export function isLowS(s: Uint8Array): boolean {
  return Buffer.compare(s, half) <= 0;
}

/** DER of a positive integer of up to 126 bytes, given big-endian. */
export function derInteger(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  // The first bit of a DER integer is its sign.
  const sign = digits[0]! & 0x80 ? [0] : [];
  return Buffer.concat([Buffer.from([0x02, digits.length + sign.length, ...sign]), digits]);
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex")}`);
}

function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * size, "0"), "hex");
}
