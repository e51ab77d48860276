/** Counts the transactions that are running, so that the server can end after the last of them. */
import { setTimeout as sleep } from "node:timers/promises";

let running = 0;

/** Runs a transaction and counts it as running meanwhile. */
export async function tracked<T>(transaction: () => Promise<T>): Promise<T> {
  running++;
  try {
    return await transaction();
  } finally {
    running--;
  }
}

/** Resolves when no transaction is running and the last answer had time to leave, or after `limit` milliseconds. */
export async function drained(limit: number): Promise<void> {
  const end = Date.now() + limit;
  while (running > 0 && Date.now() < end) await sleep(5);
  await sleep(50);
}
