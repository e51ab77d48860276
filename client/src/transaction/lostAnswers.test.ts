/** Many calls at a time, while requests and answers are lost at random at every stage, peers end, and transactions conflict. */
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, it } from "vitest";

import { isClientError } from "../errors.ts";
import type { Fault, Method } from "../testing/gatewayDouble.ts";
import { TestOrganization } from "../testing/testOrganization.ts";

let organization: TestOrganization;
beforeEach(async () => {
  organization = await TestOrganization.start(3);
});
afterEach(() => organization.close());

/** Numbers from 0 to 1, the same ones for a seed: a linear congruential generator. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const overload = "too many requests for /gateway.Gateway, exceeding concurrency limit (500)";
const anyFault: Fault[] = [
  { lost: "request" },
  { lost: "without a word" },
  { lost: "answer" },
  { lost: "answer", code: status.CANCELLED },
  { code: status.UNAVAILABLE },
  { code: status.DEADLINE_EXCEEDED },
  { code: status.UNKNOWN, message: overload },
];
const stages: Method[] = ["endorse", "submit", "commitStatus"];

it.each([1, 2, 3])("nothing is applied twice, and nothing acknowledged is lost (seed %i)", async (seed) => {
  const random = randomNumbers(seed);
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const { ledger, peers } = organization;
  for (const peer of peers)
    peer.faultFor = (method) => (stages.includes(method) && random() < 0.15 ? oneOf(anyFault) : undefined);
  ledger.codeFor = () => (random() < 0.1 ? 11 : 0);
  ledger.loses = () => random() < 0.1;
  const client = await organization.connect({
    maxInFlight: 50,
    timeouts: { endorse: 1000, submit: 1000, commitStatus: 1000, total: 150_000 },
  });
  const ending = setTimeout(async () => {
    peers[1]!.stop();
    await peers[1]!.restart();
  }, 300);
  const calls = Array.from({ length: 200 }, (_, i) => client.submit("Put", [`a${i}`, "x"], { idempotencyKey: `${i}` }));
  const results = await Promise.allSettled(calls);
  clearTimeout(ending);

  const failed = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  expect(failed.filter((error) => !isClientError(error) || error.isOutcomeUnknown)).toEqual([]);
  results.forEach((result, i) => {
    const times = ledger.applied.get(`a${i}`) ?? 0;
    expect([i, times]).toEqual([i, result.status === "fulfilled" ? 1 : 0]);
  });
  // Faults and conflicts there were.
  expect(ledger.ordered).toBeGreaterThan(220);
});
