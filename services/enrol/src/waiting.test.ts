import { expect, it } from "vitest";

import { TryAgain } from "../../common/failure";
import { waitFor } from "./waiting";

it("says what it waits for, and when it is over", async () => {
  const lines: string[] = [];
  let calls = 0;
  const attempt = async () => {
    if (++calls < 4) throw new TryAgain("not yet", "wait");
    return calls;
  };
  const options = { what: "the CA", log: (line: string) => lines.push(line), timeout: 0, shortest: 1 };
  expect(await waitFor(attempt, options)).toBe(4);
  expect(lines).toEqual([
    expect.stringMatching(/^waiting for the CA \(0\.0 s so far\): not yet$/),
    expect.stringMatching(/^the CA: there after/),
  ]);
});

it("says nothing of what is there at once", async () => {
  const lines: string[] = [];
  await waitFor(async () => {}, { what: "the CA", log: (line) => lines.push(line), timeout: 0 });
  expect(lines).toEqual([]);
});
