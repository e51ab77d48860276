import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { drained, tracked } from "./drain";

test("waits for running transactions, failing ones too", async () => {
  let ended = 0;
  const transactions = [
    tracked(() => sleep(40).then(() => void ended++)),
    tracked(() => sleep(80).then(() => Promise.reject(new Error(`transaction ${++ended}`)))),
  ];
  const outcome = Promise.allSettled(transactions);
  await drained(5000);
  expect(ended).toBe(2);
  expect((await outcome).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
});

test("gives up on a transaction that does not end", async () => {
  let end!: () => void;
  const endless = tracked(() => new Promise<void>((resolve) => (end = resolve)));
  await drained(20);
  end();
  await endless;
});
