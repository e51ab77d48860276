/** Has a test file wait until fewer than two others have a Kubernetes. The system ends its turn with its process. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { inject } from "vitest";

import { type FileLock, takeFileLock } from "../../local-cluster/fileLock";

// One for each Kubernetes that may be there at once. Where one serves all files, they use it one after the other.
const names = process.env.BAAS_TEST_INSTANCE === undefined ? ["first", "second"] : ["only"];
const places = names.map((name) => join(inject("turns"), name));

async function turn(): Promise<FileLock> {
  for (;;) {
    for (const place of places) {
      const lock = takeFileLock(place);
      if (lock !== undefined) return lock;
    }
    await sleep(500);
  }
}

const mine = await turn();
process.once("exit", () => mine.release());
