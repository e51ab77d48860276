/** Bounds what clients read of logs: the blocks that a call looks through, and the fields that nodes get. */
import { badParameters, noAnswer, type RpcError, tooMuch } from "./answers";

const tags = ["earliest", "latest", "pending", "safe", "finalized"];
const quantity = /^0x(0|[1-9a-fA-F][0-9a-fA-F]{0,12})$/;

/** A filter with its known fields alone: geth reads fields in any letters. */
export type LogFilter = Record<string, unknown>;

/**
 * The filter of eth_getLogs.
 *
 * @param head - the latest block, as far as it is known
 * @param mostBlocks - that one call may look through
 */
export function logFilter(
  params: readonly unknown[],
  head: number | undefined,
  mostBlocks: number,
): LogFilter | RpcError {
  const filter = knownFields(params, ["address", "topics", "fromBlock", "toBlock", "blockHash"]);
  if ("code" in filter) return filter as unknown as RpcError;
  const { fromBlock, toBlock, blockHash } = filter;
  if (blockHash !== undefined) {
    if (fromBlock !== undefined || toBlock !== undefined) {
      return badParameters("blockHash stands alone, without fromBlock and toBlock");
    }
    if (typeof blockHash === "string" && /^0x[0-9a-fA-F]{64}$/.test(blockHash)) return filter;
    return badParameters("blockHash is 0x and 64 hexadecimal digits");
  }
  for (const [key, value] of Object.entries({ fromBlock, toBlock })) {
    if (value !== undefined && !isBlock(value)) {
      return badParameters(`${key} is a number such as 0x1b4, or one of ${tags.join(", ")}`);
    }
  }
  if (head === undefined) return noAnswer("no node has told the latest block yet: try again");
  const blocks = last(toBlock, head) - first(fromBlock, head) + 1;
  if (blocks <= mostBlocks) return filter;
  return tooMuch(`the range has ${blocks} blocks: ${mostBlocks} at most. Ask for one part after another`);
}

/** The filter of a subscription to logs. */
export function subscribedLogs(params: readonly unknown[]): LogFilter | RpcError {
  return params.length === 0 ? {} : knownFields(params, ["address", "topics"]);
}

function knownFields(params: readonly unknown[], known: readonly string[]): LogFilter | RpcError {
  const [given] = params;
  if (params.length !== 1 || typeof given !== "object" || given === null || Array.isArray(given)) {
    return badParameters("one filter is expected, an object");
  }
  const other = Object.keys(given).find((key) => !known.includes(key));
  if (other !== undefined) return badParameters(`a filter of logs has no other fields than ${known.join(", ")}`);
  // Without those that are null, as nodes take them.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

function isBlock(value: unknown): value is string {
  return typeof value === "string" && (tags.includes(value) || quantity.test(value));
}

/** The first block of a range. Where "safe" and "finalized" are, only a node knows: at the beginning, if anything. */
function first(block: unknown, head: number): number {
  if (block === undefined || block === "latest" || block === "pending") return head;
  return typeof block === "string" && block.startsWith("0x") ? Number(block) : 0;
}

function last(block: unknown, head: number): number {
  if (block === "earliest") return 0;
  // Blocks that do not exist yet are not looked through, but may be by then.
  return typeof block === "string" && block.startsWith("0x") ? Number(block) : head;
}
