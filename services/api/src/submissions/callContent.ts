/** Arguments of calls, from their form in JSON. */
import type { Argument } from "@baas/client";

type JsonArgument = string | { base64: string };

/** Texts stay what they are. */
export function toArguments(values: readonly JsonArgument[]): Argument[] {
  return values.map(toArgument);
}

/** Data for the endorsers only. */
export function toTransient(values: Record<string, JsonArgument>): Record<string, Argument> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toArgument(value)]));
}

/** What a chaincode answered: as text where it is one. */
export function resultOf(bytes: Uint8Array): { result: string } | { resultBase64: string } {
  try {
    return { result: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { resultBase64: Buffer.from(bytes).toString("base64") };
  }
}

function toArgument(value: JsonArgument): Argument {
  return typeof value === "string" ? value : Buffer.from(value.base64, "base64");
}
