/**
 * The record of what a stack declared when it was last applied, or declares at a Git revision: its path and its contents.
 * The commands write it. Policies compare with it, both in the commands' process and under the Pulumi CLI.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { isPlainObject } from "../plainData";

/** A record as its file has it. In place of each secret it holds a value that changes with the secret. */
export interface StoredRecord {
  stack: string;
  project: string;
  resources: StoredResource[];
  outputs: Record<string, unknown>;
  /** The Git revision that declares it, in words, for a record that no apply has written. */
  revision?: string;
}

/** A resource as a record has it. */
export interface StoredResource {
  urn: string;
  type: string;
  inputs: Record<string, unknown>;
}

/** Version of the file's format; files of other versions are refused. */
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
 * @throws Error when it is not JSON or of another format; an error of the system when it cannot be read
 */
export function readStoredRecord(file: string): StoredRecord | undefined {
  if (!existsSync(file)) return undefined;
  const { version, ...record } = JSON.parse(readFileSync(file, "utf8"));
  if (version !== recordVersion || !Array.isArray(record.resources) || !record.resources.every(isResource)) {
    throw new Error("unknown format");
  }
  return record;
}

function isResource(resource: unknown): boolean {
  if (!isPlainObject(resource)) return false;
  const { urn, type, inputs, options } = resource;
  return typeof urn === "string" && typeof type === "string" && isPlainObject(inputs) && isPlainObject(options);
}
