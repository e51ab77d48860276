/** Calls of a node's JSON-RPC. */
import { messageOf } from "../../../common/failure";

/** Longest wait for an answer, in milliseconds. */
const answerTimeout = 5_000;

/** What a node tells of itself. */
export interface NodeState {
  /** Number of its last block. */
  block: number;
  /** When that was made, in seconds since 1970. */
  timestamp: number;
  peers: number;
}

/**
 * Asks a node for its last block and its peers.
 *
 * @param url - of its JSON-RPC
 * @throws Error when it does not answer as it should
 */
export async function nodeState(url: string): Promise<NodeState> {
  const [last, peers] = await Promise.all([
    call<{ number: string; timestamp: string }>(url, "eth_getBlockByNumber", ["latest", false]),
    call<string>(url, "net_peerCount", []),
  ]);
  return { block: Number(last.number), timestamp: Number(last.timestamp), peers: Number(peers) };
}

async function call<T>(url: string, method: string, params: readonly unknown[]): Promise<T> {
  let answer: { result?: T; error?: { message?: string } };
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      signal: AbortSignal.timeout(answerTimeout),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    answer = (await response.json()) as typeof answer;
  } catch (error) {
    throw new Error(`${method}: ${causeOf(error)}`);
  }
  if (answer.result === undefined || answer.result === null) {
    throw new Error(`${method}: ${answer.error?.message ?? "no result"}`);
  }
  return answer.result;
}

/** fetch says "fetch failed", and why in the cause. */
function causeOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  return messageOf(cause ?? error);
}
