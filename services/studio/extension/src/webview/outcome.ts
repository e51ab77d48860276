/** Shows what became of a call: result, read and write set, queries, event, transaction. */
import type { CallOutcome, CallRecord } from "../../../src/session/protocol";
import { headline, inShort, keyInWords, shown } from "../words";
import { element } from "./elements";

export function outcomeElement(outcome: CallOutcome): HTMLElement {
  const { succeeded, error, result, txID, record } = outcome;
  return element(
    "section",
    { className: succeeded ? "outcome" : "outcome bad" },
    element("h2", {}, headline(outcome)),
    ...(error === undefined ? [] : [element("pre", { className: "mistake" }, error)]),
    ...(result === undefined ? [] : [element("pre", {}, shown(result) || "(empty)")]),
    ...(txID === undefined ? [] : section("Transaction", [txID])),
    ...(record === undefined
      ? section("Read and write set", ["not seen: another peer ran what is deployed"])
      : parts(record)),
  );
}

function parts({ reads, writes, queries, calledChaincodes, event }: CallRecord): Node[] {
  const keyOf = ({ key, what, collection }: { key: string; what: string; collection?: string }): string =>
    [keyInWords(key), ...(what === "state" ? [] : [`[${what}]`]), ...(collection ? [`in ${collection}`] : [])].join(
      " ",
    );
  return [
    ...section(
      "Reads",
      reads.map((read) => `${keyOf(read)}: ${inShort(read.value)}`),
    ),
    ...section(
      "Writes",
      writes.map((write) => `${keyOf(write)}: ${write.value ? inShort(write.value, 200) : "deleted"}`),
    ),
    ...(queries.length === 0
      ? []
      : section(
          "Queries",
          queries.map(
            ({ what, of, keys }) => `${what} ${keyInWords(of)}: ${keys.map(keyInWords).join(", ") || "nothing"}`,
          ),
        )),
    ...(calledChaincodes.length === 0 ? [] : section("Called chaincodes", calledChaincodes)),
    ...section("Event", event ? [`${event.name}: ${inShort(event.payload, 200)}`] : []),
  ];
}

function section(title: string, lines: readonly string[]): Node[] {
  const list = lines.length === 0 ? element("div", { className: "hint" }, "none") : element("ul", {});
  for (const line of lines) list.append(element("li", {}, line));
  return [element("h2", {}, title), list];
}
