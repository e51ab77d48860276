/** What a run of the test found. In JSON, this is the termination message of its container: what `npm start` reads. */
export interface SmokeTestResult {
  readonly channel: string;
  readonly chaincode: string;
  readonly version: string;
  readonly transactions: readonly TransactionResult[];
  /** Peers that all gave the same answer, one of each organization; the own organization's first. */
  readonly readBack: readonly { readonly organization: string; readonly peer: string }[];
  /** When the last of them answered; ISO 8601. */
  readonly readAt: string;
  /** The answer, as text; its beginning if it is long. */
  readonly answer: string;
}

/** A transaction that is committed. */
export interface TransactionResult {
  readonly function: string;
  readonly transactionId: string;
  readonly blockNumber: number;
  /** From its proposal until a peer of the own organization has committed it. */
  readonly milliseconds: number;
  /** ISO 8601. */
  readonly committedAt: string;
}

/** Kubernetes cuts off what is longer, in bytes. */
const LONGEST_MESSAGE = 4096;

/** A result as a termination message: what is too long for one is left out, the answer first. */
export function terminationMessage(result: SmokeTestResult): string {
  for (let { answer, readBack } = result; ;) {
    const message = JSON.stringify({ ...result, answer, readBack });
    if (Buffer.byteLength(message) <= LONGEST_MESSAGE) return message;
    if (answer.length > 1) answer = `${answer.slice(0, answer.length / 2 - 1)}…`;
    else if (readBack.length > 0) readBack = readBack.slice(0, -1);
    else return cut(message);
  }
}

/** A text of as many bytes as a termination message takes. */
export function cut(message: string): string {
  return Buffer.from(message)
    .subarray(0, LONGEST_MESSAGE)
    .toString()
    .replace(/\uFFFD$/, "");
}
