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
 * Gives a signature a low S.
 *
 * @param signature - DER, as OpenSSL makes it: in half of the time that it takes for plain r and s
 */
export function withLowS(signature: Uint8Array): Uint8Array {
  const endOfR = 4 + signature[3]!;
  const s = signature.subarray(endOfR + 2);
  const digits = s[0] === 0 ? s.subarray(1) : s;
  // Half of all signatures are low already.
  if (digits.length < size || isLowS(digits)) return signature;
  const body = Buffer.concat([signature.subarray(2, endOfR), derInteger(toBytes(order - toBigInt(digits)))]);
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

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * size, "0"), "hex");
}
