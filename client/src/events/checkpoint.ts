/** How far a reader of events has come, kept where the reader wants it. */
import { open, readFile, rename } from "node:fs/promises";

import { ClientError } from "../errors.ts";

/** The last event that was dealt with. */
export interface EventPosition {
  blockNumber: bigint;
  /** The transaction in that block; none for the block as a whole. */
  txID?: string;
}

/** Keeps the position of one reader. */
export interface Checkpoint {
  /** Where the reader was; nothing before the first event. */
  load(): Promise<EventPosition | undefined>;
  /**
   * Keeps a position.
   *
   * @param position - the last event that was dealt with
   */
  save(position: EventPosition): Promise<void>;
}

/**
 * Keeps the position in a file, which is replaced as a whole: it is never half written.
 *
 * @example
 * ```js
 * import { FileCheckpoint } from "@baas/client";
 *
 * const checkpoint = new FileCheckpoint("blocks.json");
 * for await (const { transactions } of client.blockEvents({ startBlock: 1, checkpoint })) {
 *   console.log(transactions[0].validationCode); // VALID
 *   break;
 * }
 * ```
 */
export class FileCheckpoint implements Checkpoint {
  /**
   * @param path - of the file; its folder must exist. One reader uses it.
   */
  constructor(private readonly path: string) {}

  /** @throws ClientError `INVALID_CONFIGURATION` if the file is not a checkpoint */
  async load(): Promise<EventPosition | undefined> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    try {
      const { blockNumber, txID } = JSON.parse(text);
      return { blockNumber: BigInt(blockNumber), ...(txID !== undefined && { txID }) };
    } catch (cause) {
      const reason = `${this.path} is not a checkpoint: ${(cause as Error).message}`;
      const remedy = "Name another file, or delete this one to begin anew.";
      throw new ClientError({ code: "INVALID_CONFIGURATION", stage: "events", reason, remedy, cause });
    }
  }

  async save({ blockNumber, txID }: EventPosition): Promise<void> {
    const temporary = `${this.path}.new`;
    const file = await open(temporary, "w");
    try {
      await file.writeFile(JSON.stringify({ blockNumber: String(blockNumber), txID }));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.path);
  }
}
