/** Bytes of ledger and calls as the editor shows them. */
import { isUtf8 } from "node:buffer";

import type { Value } from "./protocol";

/** Bytes as text if they are some, and in base64 otherwise. */
export function valueOf(bytes: Uint8Array): Value {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? { text: buffer.toString("utf8") } : { base64: buffer.toString("base64") };
}
