/** Serializes values, to the same bytes on every endorser. */
import { JSONSerializer } from "fabric-contract-api";

/**
 * JSON with the keys of every object sorted. All endorsers must write the same bytes, and CouchDB hands documents back
 * with sorted keys anyway.
 */
export function toSortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

const numberPattern = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * Fabric's JSON serializer, with results in sorted JSON, and with number arguments read strictly: Fabric's takes "" for
 * 0 and rejects "abc" without saying which argument it was. Here both become NaN, which the contract refuses with its name.
 */
export class SortedJsonSerializer extends JSONSerializer {
  /** A transaction's result as it goes to the client. */
  override toBuffer(result: unknown, schema: any, loggerPrefix?: string): Buffer {
    return result !== null && typeof result === "object"
      ? Buffer.from(toSortedJson(result))
      : super.toBuffer(result, schema, loggerPrefix);
  }

  /** A transaction's argument as the client sent it. */
  override fromBuffer(data: Buffer, schema: any, loggerPrefix?: string): any {
    if (schema?.properties?.prop?.type !== "number") return super.fromBuffer(data, schema, loggerPrefix);
    const digits = data.toString();
    return { value: numberPattern.test(digits) ? Number(digits) : NaN };
  }
}
