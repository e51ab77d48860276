/**
 * Reads what clients send. Nodes never get a client's own text: what is read here is written anew, with the four known fields, each
 * once. So nodes cannot read anything else in it than was judged, such as a field that is there twice or in other letters.
 */
import { badParameters, type Id, noCall, type RpcError, tooMuch, unreadable } from "./answers";

/** A call. */
export interface Call {
  id: Id;
  method: string;
  params: unknown[];
}

/** A call, or why it is none, with its ID as far as it has one. */
export type ReadCall = Call | { id: Id; refused: RpcError };

/** What a client has sent: one call, or several. */
export interface Payload {
  isBatch: boolean;
  calls: ReadCall[];
}

/**
 * Reads a body or a message.
 *
 * @param mostCalls - calls that a batch may have
 */
export function readPayload(text: string, mostCalls: number): Payload | RpcError {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadable("what was sent is no JSON");
  }
  if (!Array.isArray(value)) return { isBatch: false, calls: [readCall(value)] };
  if (value.length === 0) return noCall("the batch is empty");
  if (value.length > mostCalls) return tooMuch(`the batch has ${value.length} calls: ${mostCalls} at most`);
  return { isBatch: true, calls: value.map(readCall) };
}

function readCall(value: unknown): ReadCall {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { id: null, refused: noCall("a call is an object") };
  }
  const { jsonrpc, id, method, params = [] } = value as Record<string, unknown>;
  if (!isId(id)) {
    const message = "a call needs an id: a text of at most 256 characters, or a whole number of at most 53 bits";
    return { id: null, refused: noCall(message) };
  }
  if (jsonrpc !== "2.0") return { id, refused: noCall('a call has "jsonrpc": "2.0"') };
  if (typeof method !== "string") return { id, refused: noCall("a call names a method") };
  const list = params ?? [];
  if (!Array.isArray(list)) return { id, refused: noCall("params is a list") };
  if (hasChangedNumber(list)) {
    return { id, refused: badParameters("a number has at most 53 bits: larger ones are texts, such as 0x1b4") };
  }
  return { id, method, params: list };
}

/** Whether there is a number that a node would get as another one, however deep it stands. */
function hasChangedNumber(params: readonly unknown[]): boolean {
  const left: unknown[] = [params];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === "number" && (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER))
      return true;
    if (typeof value === "object" && value !== null) for (const part of Object.values(value)) left.push(part);
  }
  return false;
}

/** Larger numbers would come back as others. */
function isId(id: unknown): id is Id {
  return id === null || (typeof id === "string" && id.length <= 256) || Number.isSafeInteger(id);
}

/** What a node gets of a call. Nested deeper than this, it cannot be written. */
export function callText({ id, method, params }: Call): string | undefined {
  try {
    return JSON.stringify({ jsonrpc: "2.0", id, method, params });
  } catch {
    return undefined;
  }
}
