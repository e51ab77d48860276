/**
 * The record of what a stack declared when it was last applied, or declares at a Git revision: where it lies and what is in
 * it. The commands write it; policies compare with it, in whatever process they run.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A record as its file has it. It holds no secrets: in their place stands what tells that one has changed. */
export interface StoredRecord {
  stack: string;
  project: string;
  resources: StoredResource[];
  outputs: Record<string, unknown>;
  /** The Git revision that declares it, in words, for a record that no apply has left. */
  revision?: string;
}

/** A resource as a record has it. */
export interface StoredResource {
  urn: string;
  type: string;
  inputs: Record<string, unknown>;
}

/** Format of the file. Another one is not understood. */
export const recordVersion = 1;

/** Folder of a project's records. */
export function recordsFolder(projectDir: string): string {
  return join(projectDir, ".baas", "state");
}

/** File with what a stack declared when it was last applied. */
export function recordFile(projectDir: string, stack: string): string {
  return join(recordsFolder(projectDir), `${stack}.json`);
}

/**
 * Reads the file of a record.
 *
 * @returns undefined when there is no such file
 * @throws Error when it is of another format; an error of the system when it cannot be read
 */
export function readStoredRecord(file: string): StoredRecord | undefined {
  if (!existsSync(file)) return undefined;
  const { version, ...record } = JSON.parse(readFileSync(file, "utf8"));
  if (version !== recordVersion || !Array.isArray(record.resources)) throw new Error("unknown format");
  return record;
}
