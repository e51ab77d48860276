/**
 * ECDSA signatures on P-256 as Fabric accepts them: DER, with an S in the lower half of the curve's order. For every
 * signature (r, s) the pair (r, n - s) is valid too; Fabric accepts one of the two, so that a transaction's
 * bytes cannot be altered without its key.
 *
 * Source: SEC 1 (ECDSA), SEC 2 (order of secp256r1), X.690 (DER); Fabric: bccsp/utils/ecdsa.go.
 */

const order = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
const half = Buffer.from("7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8", "hex");
const size = 32;

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
  const body = Buffer.concat([signature.subarray(2, endOfR), derInteger(difference(order, digits))]);
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

/** The difference of two numbers of 32 bytes, big-endian; the first one is larger. Faster than a bigint. */
function difference(larger: Uint8Array, smaller: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(size);
  let borrowed = 0;
  for (let i = size - 1; i >= 0; i--) {
    const digit = larger[i]! - smaller[i]! - borrowed;
    borrowed = digit < 0 ? 1 : 0;
    bytes[i] = digit;
  }
  return bytes;
}
