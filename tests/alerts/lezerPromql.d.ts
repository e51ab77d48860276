// Its package.json leads no module resolution to the types that it has.
declare module "@prometheus-io/lezer-promql" {
  import type { LRParser } from "@lezer/lr";

  /** Parser of Prometheus' expressions. */
  export const parser: LRParser;
}
