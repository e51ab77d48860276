/** Syncs a file for many who wait at the same time: one sync serves all whose writes were made before it began. */
import { fdatasync } from "node:fs";
import { promisify } from "node:util";

const sync = promisify(fdatasync);

/** The syncs of one file, which is open. */
export class SharedSync {
  private next: Promise<void> | undefined;
  private running: Promise<void> = Promise.resolve();

  /**
   * @param file - gives its descriptor
   */
  constructor(private readonly file: () => number) {}

  /**
   * Resolves when what was written before is on disk.
   *
   * @throws Error of this sync, and from then on: after a sync that failed, the next one says nothing about what was lost
   */
  done(): Promise<void> {
    this.next ??= this.afterRunning();
    return this.next;
  }

  private async afterRunning(): Promise<void> {
    await this.running;
    // Writes that come from here on are for the next one.
    this.running = this.next!;
    this.next = undefined;
    await sync(this.file());
  }
}
