import { describe, expect, it } from "vitest";

import type { ForkTime } from "../contracts/ethereum";
import { forkTimes, refusedForks, timeText } from "./forks";

const newYear = Date.UTC(2027, 0, 1) / 1000;
const day = 24 * 3600;
const prague = (time: number): ForkTime => ({ name: "prague", time });
const osaka = (time: number): ForkTime => ({ name: "osaka", time });

describe("the forks of a stack file", () => {
  it("are in their order, with seconds", () => {
    const forks = { osaka: "2027-06-01T12:00:30Z", prague: "2027-01-01T00:00:00Z" };
    expect(forkTimes("cancun", forks)).toEqual([prague(newYear), osaka(Date.UTC(2027, 5, 1, 12, 0, 30) / 1000)]);
    expect(timeText(newYear)).toBe("2027-01-01T00:00:00Z");
  });

  it("come with those that are left out between them", () => {
    expect(forkTimes("london", { prague: "2027-01-01T00:00:00Z" })).toEqual([
      { name: "shanghai", time: newYear },
      { name: "cancun", time: newYear },
      prague(newYear),
    ]);
  });
});

describe("the forks of a chain that lives", () => {
  it.each<[string, ForkTime[], ForkTime[]]>([
    ["are added before they begin", [prague(newYear - day)], [prague(newYear - day), osaka(newYear + 1)]],
    ["are moved before they begin", [prague(newYear + day)], [prague(newYear + 1)]],
    ["are taken back before they begin", [prague(newYear + day)], []],
    ["stay when they have begun", [prague(newYear - day)], [prague(newYear - day)]],
  ])("%s", (_name, before, after) => {
    expect(refusedForks(before, after, newYear)).toEqual([]);
  });

  const begun =
    "prague began at 2026-12-31T00:00:00Z, and blocks stand on it: write forks.prague: 2026-12-31T00:00:00Z";
  it.each<[string, ForkTime[], ForkTime[], string]>([
    [
      "are not added in the past",
      [],
      [prague(newYear)],
      "prague would have begun at 2027-01-01T00:00:00Z, when blocks were made without it: write a time to come for forks.prague",
    ],
    [
      "are not moved into the past",
      [prague(newYear + day)],
      [prague(newYear - day)],
      "prague would have begun at 2026-12-31T00:00:00Z, when blocks were made without it: write a time to come for forks.prague",
    ],
    ["are not moved when they have begun", [prague(newYear - day)], [prague(newYear + day)], begun],
    ["are not moved within the past", [prague(newYear - day)], [prague(newYear - 2 * day)], begun],
    ["are not taken back when they have begun", [prague(newYear - day)], [], begun],
  ])("%s", (_name, before, after, message) => {
    expect(refusedForks(before, after, newYear)).toEqual([message]);
  });
});
