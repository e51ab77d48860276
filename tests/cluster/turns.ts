/** The folder of the turns that test files on a Kubernetes take; it is there during one run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** The folder. */
    turns: string;
  }
}

/** Makes the folder; Vitest calls it before the first test and what it returns after the last one. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "baas-turns-"));
  project.provide("turns", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
