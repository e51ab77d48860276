/** Keeps transactions in a folder, each in a file that is synced to disk before it is sent. For one process at a time. */
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { ClientError } from "../errors.ts";
import { MemoryStore, type Retention, type StoredTransaction, type TransactionStore } from "./transactionStore.ts";

const ending = ".json";

/**
 * Keeps transactions in a folder, so that they survive the end of the process and of the machine. One process uses a folder at
 * a time. {@link BlockchainClient.resume} settles what an earlier process has left.
 *
 * @example
 * ```js
 * import { connect, FileStore } from "@baas/client";
 *
 * const client = await connect("blockchain_client.yaml", { store: new FileStore("transactions") });
 * await client.resume();
 * await client.submit("CreateAsset", ["asset1", "alice"], { idempotencyKey: "order 4711" });
 * client.close();
 * ```
 */
export class FileStore implements TransactionStore {
  private readonly memory: MemoryStore;
  private loaded: Promise<void> | undefined;
  /** The end of the files of what is forgotten. */
  private removed: Promise<unknown> = Promise.resolve();

  /**
   * @param folder - is made if it does not exist; only its owner may read it
   * @param retention - how long transactions are remembered
   */
  constructor(
    private readonly folder: string,
    retention: Retention = {},
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.memory = new MemoryStore(retention, (key) => {
      // A file that stays is looked at again when the store is opened.
      const gone = rm(this.pathOf(key), { force: true }).catch(() => {});
      this.removed = Promise.all([this.removed, gone]);
    });
  }

  async load(key: string): Promise<StoredTransaction | undefined> {
    await this.read();
    return this.memory.load(key);
  }

  async save(transaction: StoredTransaction, replaces?: string): Promise<StoredTransaction> {
    await this.read();
    const before = await this.memory.load(transaction.key);
    const saved = await this.memory.save(transaction, replaces);
    if (saved !== transaction) return saved;
    try {
      await this.write(transaction);
    } catch (error) {
      await this.memory.remove(transaction.key, transaction.txID);
      if (before) await this.memory.save(before);
      throw error;
    }
    return saved;
  }

  async remove(key: string, txID: string): Promise<void> {
    await this.read();
    const present = await this.memory.load(key);
    if (present?.txID !== txID) return;
    await this.memory.remove(key, txID);
    await rm(this.pathOf(key), { force: true });
  }

  async pending(): Promise<StoredTransaction[]> {
    await this.read();
    return this.memory.pending();
  }

  private read(): Promise<void> {
    return (this.loaded ??= this.readAll());
  }

  private async readAll(): Promise<void> {
    const all: StoredTransaction[] = [];
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      // What is not complete was not sent.
      if (!name.endsWith(ending)) {
        await rm(path, { force: true });
        continue;
      }
      all.push(decode(await readFile(path, "utf8"), path));
    }
    for (const stored of all.sort((a, b) => a.storedAt - b.storedAt)) await this.memory.save(stored);
  }

  private async write(transaction: StoredTransaction): Promise<void> {
    await this.removed;
    const path = this.pathOf(transaction.key);
    const temporary = `${path}.new`;
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(encode(transaction));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    // A name is on disk when its folder is.
    const folder = await open(this.folder);
    await folder.sync().finally(() => folder.close());
  }

  private pathOf(key: string): string {
    return join(this.folder, createHash("sha256").update(key).digest("hex") + ending);
  }
}

function encode({ transaction, committed, ...rest }: StoredTransaction): string {
  return JSON.stringify({
    ...rest,
    transaction: Buffer.from(transaction).toString("base64"),
    ...(committed && { blockNumber: String(committed.blockNumber) }),
  });
}

function decode(text: string, path: string): StoredTransaction {
  try {
    const { transaction, blockNumber, ...rest } = JSON.parse(text);
    return {
      ...rest,
      transaction: Buffer.from(transaction, "base64"),
      ...(blockNumber !== undefined && { committed: { blockNumber: BigInt(blockNumber) } }),
    };
  } catch (cause) {
    const reason = `${path} is not a stored transaction: ${(cause as Error).message}`;
    const remedy = "Name another folder, or move this file away; its transaction may still be committed.";
    throw new ClientError({ code: "STORE", stage: "configuration", reason, remedy, cause });
  }
}
