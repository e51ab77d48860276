import { expect, it } from "vitest";

import type { SmokeTestResult } from "../../../model/contracts/smokeTest";
import { cut, terminationMessage } from "./result";

const result: SmokeTestResult = {
  channel: "main",
  chaincode: "asset-transfer",
  version: "1.0",
  transactions: Array.from({ length: 8 }, (_, i) => ({
    function: `Function${i}`,
    transactionId: "a".repeat(64),
    blockNumber: i,
    milliseconds: 600,
    committedAt: "2026-11-24T12:00:00.000Z",
  })),
  readBack: [{ organization: "org1", peer: "peer0-org1" }],
  readAt: "2026-11-24T12:00:01.000Z",
  answer: "{}",
};

it("a termination message holds the whole result where it fits", () => {
  expect(JSON.parse(terminationMessage(result))).toEqual(result);
});

it("a termination message keeps the transactions and the beginning of a long answer", () => {
  const message = terminationMessage({ ...result, answer: "ä".repeat(5000) });
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096);
  const { answer, ...rest } = JSON.parse(message);
  expect({ ...rest, answer: "{}" }).toEqual(result);
  expect(answer).toMatch(/^ä{300,}…$/);
});

it("a termination message leaves out peers when there are very many", () => {
  const readBack = Array.from({ length: 100 }, (_, i) => ({ organization: `org${i}`, peer: `peer0-org${i}` }));
  const message = terminationMessage({ ...result, readBack });
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096);
  expect(JSON.parse(message).readBack.slice(0, 2)).toEqual(readBack.slice(0, 2));
});

it("a text is cut between two characters", () => {
  expect(cut(`a${"ä".repeat(3000)}`)).toBe(`a${"ä".repeat(2047)}`);
});
