/** What a run of the test found, and its form as a termination message. */

/** What a run of the test found. In JSON, this is the termination message of its container: what `npm start` reads. */
export interface SmokeTestResult {
  channel: string;
  chaincode: string;
  version: string;
  transactions: readonly TransactionResult[];
  /** Peers that all gave the same answer, one of each organization; the own organization's first. */
  readBack: readonly { organization: string; peer: string }[];
  /** When the last of them answered; ISO 8601. */
  readAt: string;
  /** The answer, as text; its beginning if it is long. */
  answer: string;
}

/** A transaction that is committed. */
export interface TransactionResult {
  function: string;
  transactionId: string;
  blockNumber: number;
  /** From its proposal until a peer of the own organization has committed it. */
  milliseconds: number;
  /** ISO 8601. */
  committedAt: string;
}

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
