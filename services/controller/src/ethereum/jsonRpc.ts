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
    callNode<{ number: string; timestamp: string } | null>(url, "eth_getBlockByNumber", ["latest", false]),
    callNode<string>(url, "net_peerCount", []),
  ]);
  if (last === null) throw new Error("eth_getBlockByNumber: no result");
  return { block: Number(last.number), timestamp: Number(last.timestamp), peers: Number(peers) };
}

/**
 * Calls a method.
 *
 * @param url - of the node's JSON-RPC
 * @throws Error when it does not answer as it should; methods that answer nothing answer null
 */
export async function callNode<T>(url: string, method: string, params: readonly unknown[]): Promise<T> {
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
  if (answer.result === undefined) {
    throw new Error(`${method}: ${answer.error?.message ?? "no result"}`);
  }
  return answer.result;
}

/** fetch says "fetch failed", and why in the cause. */
function causeOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  return messageOf(cause ?? error);
}
