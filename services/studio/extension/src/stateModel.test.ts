import { expect, it } from "vitest";

import type { History, StatePage } from "../../src/session/protocol";
import { lineOf, StateModel } from "./stateModel";

const value = { text: "v" };

/** Pages of the world state, in order. */
function model(pages: StatePage[], history: History = { entries: [], isCut: false }) {
  const asked: string[] = [];
  const client = {
    state(prefix: string, bookmark = "") {
      asked.push(`${prefix}|${bookmark}`);
      return Promise.resolve(pages[asked.length - 1]!);
    },
    history: () => Promise.resolve(history),
  };
  return { asked, state: new StateModel(client) };
}

it("shows a page, and further ones when they are asked for", async () => {
  const { asked, state } = model([
    { entries: [{ key: "a", value }], bookmark: "b" },
    { entries: [{ key: "b", value }] },
  ]);
  expect((await state.children()).map(lineOf).map(({ label }) => label)).toEqual(["a", "Show more…"]);
  await state.more();
  expect((await state.children()).map(lineOf).map(({ label }) => label)).toEqual(["a", "b"]);
  await state.more();
  expect(asked).toEqual(["|", "|b"]);
});

it("begins anew with other keys", async () => {
  const { asked, state } = model([{ entries: [{ key: "a", value }] }, { entries: [] }]);
  await state.children();
  state.clear("x");
  expect((await state.children()).map(lineOf)).toMatchObject([{ label: "there are no keys" }]);
  expect(asked).toEqual(["|", "x|"]);
});

it("shows the history of a key", async () => {
  const entries = [
    { txID: "t2", at: "2026-01-02T03:04:05.678Z" },
    { txID: "t1", at: "2026-01-01T03:04:05.678Z", value },
  ];
  const { state } = model([], { entries, isCut: true });
  const lines = (await state.children({ kind: "key", entry: { key: "a", value } })).map(lineOf);
  expect(lines.map(({ label, description }) => [label, description])).toEqual([
    ["2026-01-02 03:04:05", "deleted"],
    ["2026-01-01 03:04:05", "v"],
    ["older changes are not shown", ""],
  ]);
});

it("says why there is nothing, and asks again the next time", async () => {
  let isThere = false;
  const state = new StateModel({
    state: () =>
      isThere ? Promise.resolve({ entries: [{ key: "a", value }] }) : Promise.reject(new Error("the peer is away")),
    history: () => Promise.reject(new Error("the peer is away")),
  });
  expect((await state.children()).map(lineOf)).toMatchObject([{ label: "the peer is away" }]);
  isThere = true;
  expect((await state.children()).map(lineOf)).toMatchObject([{ label: "a" }]);
  expect((await state.children({ kind: "key", entry: { key: "a", value } })).map(lineOf)).toMatchObject([
    { label: "the peer is away" },
  ]);
});
