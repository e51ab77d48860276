/** What a run of the test found, as a termination message. */
import type { SmokeTestResult } from "../../../model/contracts/smokeTest";

/** Kubernetes cuts off what is longer, in bytes. */
const longestMessage = 4096;

/** A result as a termination message: what is too long for one is left out, the answer first. */
export function terminationMessage(result: SmokeTestResult): string {
  for (let { answer, readBack } = result; ;) {
    const message = JSON.stringify({ ...result, answer, readBack });
    if (Buffer.byteLength(message) <= longestMessage) return message;
    if (answer.length > 1) answer = `${answer.slice(0, answer.length / 2 - 1)}…`;
    else if (readBack.length > 0) readBack = readBack.slice(0, -1);
    else return cut(message);
  }
}

/** A text of as many bytes as a termination message takes. */
export function cut(message: string): string {
  return Buffer.from(message)
    .subarray(0, longestMessage)
    .toString()
    .replace(/\uFFFD$/, "");
}
