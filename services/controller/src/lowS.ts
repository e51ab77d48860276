/** Signatures in the form that Fabric accepts. */
import { type KeyObject, sign } from "node:crypto";

/** Order of the group of P-256. */
const groupOrder = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * Signs with ECDSA over P-256 and SHA-256. Of the two values of S that are valid, Fabric accepts the lower one only.
 *
 * @returns the signature in DER
 */
export function signLowS(key: KeyObject, text: string): Buffer {
  const raw = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  const r = BigInt(`0x${raw.toString("hex", 0, 32)}`);
  const s = BigInt(`0x${raw.toString("hex", 32, 64)}`);
  const content = Buffer.concat([derInteger(r), derInteger(s > groupOrder / 2n ? groupOrder - s : s)]);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}

function derInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  const padded = bytes[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([0x02, padded.length]), padded]);
}
