import { expect, it } from "vitest";

import { EndWarning } from "./endWarning";

const minute = 60_000;

/** A warning, by a clock that is set. */
function warning() {
  const said: string[] = [];
  const at = { now: 0, until: new Date(100 * minute).toISOString() as string | undefined, isAway: false };
  const ends = () => (at.isAway ? Promise.reject(new Error("away")) : Promise.resolve({ until: at.until! }));
  const looks = new EndWarning(
    { ends },
    (text) => said.push(text),
    () => at.now,
  );
  return { at, said, look: async (minutes: number) => ((at.now = minutes * minute), await looks.look()) };
}

const told = (when: string): string =>
  `This session ends ${when}, at its longest life. Save what is open: files stay, programs end.`;

it("warns some minutes before the session ends, each time once", async () => {
  const { said, look } = warning();
  for (const minutes of [0, 84, 85.2, 86, 94.9, 95, 96, 99.5, 99.9, 101]) await look(minutes);
  expect(said).toEqual([told("in 15 minutes"), told("in 5 minutes"), told("within a minute")]);
});

it("warns at once where little time is left, and of another end anew", async () => {
  const { at, said, look } = warning();
  await look(97);
  at.until = new Date(200 * minute).toISOString();
  for (const minutes of [98, 190]) await look(minutes);
  expect(said).toEqual([told("in 3 minutes"), told("in 10 minutes")]);
});

it("says nothing where nobody ends the session, or nobody answers", async () => {
  const { at, said, look } = warning();
  at.isAway = true;
  await look(99);
  Object.assign(at, { isAway: false, until: undefined });
  await look(99);
  expect(said).toEqual([]);
});
