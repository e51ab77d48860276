/**
 * What was declared when a stack was last applied, in `.baas/state/<stack>.json`: the "before" of a preview. It holds
 * no secrets. The cluster remains the truth about what exists; the record only says what was asked for.
 */
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { isPlainObject } from "../../../model/plainData";
import { UserError } from "../../../model/userError";
import { writeAtomically } from "../../common/atomicFiles";
import { canonicalJson } from "../../common/canonical";
import type { ProgramResult, Registration } from "../declared/registration";
import { mapLeaves, Secret, Unknown, unknownValue } from "../declared/values";
import { secretDigestOf, type SecretDigest } from "./secretDigest";

/** A secret of which only the digest is known. */
export class RecordedSecret {
  constructor(readonly digest: string) {}

  toJSON(): string {
    return "[secret]";
  }
}

/** A resource as it was declared at the last apply. Its secrets are {@link RecordedSecret}s. */
export type RecordedResource = Pick<
  Registration,
  "urn" | "type" | "name" | "custom" | "parent" | "inputs" | "read" | "options"
>;

/** A stack as it was declared at the last apply. */
export interface StackRecord {
  stack: string;
  project: string;
  resources: RecordedResource[];
  outputs: Record<string, unknown>;
  /** Context of the cluster that it was applied to. */
  context?: string;
  /** When it was applied, in ISO 8601. */
  appliedAt?: string;
  /** Folder that it was rendered to, relative to the project, for a record that a render has left. */
  renderedTo?: string;
  /** When it was rendered, in ISO 8601. */
  renderedAt?: string;
  /** The Git revision that declares it, in words, for a record that no apply has left. */
  revision?: string;
}

/** A command that has begun to change a cluster and has not ended well. */
export interface Unfinished {
  command: "apply" | "destroy";
  context: string;
}

const secretKey = "[secret]";
const unknownKey = "[unknown]";

/**
 * Keeps what a program declares as the state that a later preview starts from. Call it after a successful apply.
 *
 * @param context - of the cluster that it was applied to
 */
export function writeRecord(result: ProgramResult, context?: string): void {
  const { projectDir, stack } = result;
  const applied = context === undefined ? {} : { context, appliedAt: new Date().toISOString() };
  write(recordFile(projectDir, stack), result, applied);
  rmSync(unfinishedFile(projectDir, stack), { force: true });
}

/**
 * Keeps what a program declares as what was last rendered.
 *
 * @param folder - that it was rendered to, relative to the project
 */
export function writeRenderRecord(result: ProgramResult, folder: string): void {
  const file = renderRecordFile(result.projectDir, result.stack);
  write(file, result, { renderedTo: folder, renderedAt: new Date().toISOString() });
}

/**
 * Keeps what a program declares at a Git revision.
 *
 * @param folder - with the files of that revision
 * @param revision - in words
 */
export function writeRevisionRecord(result: ProgramResult, folder: string, revision: string): void {
  write(recordFile(folder, result.stack), result, { revision });
}

function write(file: string, result: ProgramResult, when: Partial<StackRecord>): void {
  const record = { version: 1, ...recordable(result, secretDigestOf(result.projectDir)), ...when };
  writeAtomically(file, `${canonicalJson(record, 2)}\n`, 0o600);
}

/** What a program declares, as a record would hold it. */
export function recordOf(result: ProgramResult, digest: SecretDigest): StackRecord {
  const { resources, outputs, ...rest } = recordable(result, digest);
  return { ...rest, resources: resources.map(marked), outputs: marked(outputs) };
}

function recordable({ project, stack, registrations, outputs }: ProgramResult, digest: SecretDigest) {
  const resources = registrations.map(({ urn, type, name, custom, parent, inputs, read, options }) => ({
    ...{ urn, type, name, custom, parent, read, options },
    inputs: withoutSecrets(inputs, digest),
  }));
  return { project, stack, resources, outputs: withoutSecrets(outputs, digest) };
}

/**
 * What was declared when a stack was last applied.
 *
 * @returns undefined for a stack that was never applied
 * @throws {@link UserError} when there is a record that cannot be read
 */
export function readRecord(projectDir: string, stack: string): StackRecord | undefined {
  return read(recordFile(projectDir, stack), "apply");
}

/**
 * What was declared when a stack was last rendered.
 *
 * @returns undefined for a stack that was never rendered
 * @throws {@link UserError} when there is a record that cannot be read
 */
export function readRenderRecord(projectDir: string, stack: string): StackRecord | undefined {
  return read(renderRecordFile(projectDir, stack), "render");
}

function read(file: string, command: "apply" | "render"): StackRecord | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const { version, ...record } = JSON.parse(readFileSync(file, "utf8"));
    if (version !== 1 || !Array.isArray(record.resources)) throw new Error("unknown format");
    return { ...record, resources: record.resources.map(marked), outputs: marked(record.outputs) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") {
      throw new UserError(`${file} belongs to somebody else: run this as the user whose ${command} wrote it`);
    }
    throw new UserError(
      `${file} is the record of the last ${command} and cannot be read: ${(error as Error).message}. ` +
        `Delete it: everything then shows as new, and the next ${command} writes it again`,
    );
  }
}

/** Forgets a stack. Call it after a successful destroy. */
export function deleteRecord(projectDir: string, stack: string): void {
  rmSync(recordFile(projectDir, stack), { force: true });
  rmSync(unfinishedFile(projectDir, stack), { force: true });
}

/** Forgets all stacks that were applied to a cluster. Call it when the cluster is gone for good. */
export function deleteRecordsOf(projectDir: string, context: string): void {
  const folder = join(projectDir, ".baas", "state");
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) {
    const { context: applied } = JSON.parse(readFileSync(join(folder, file), "utf8"));
    if (applied === context) rmSync(join(folder, file));
  }
}

/** Notes that a command begins to change a cluster; {@link writeRecord} and {@link deleteRecord} take the note away. */
export function markUnfinished(projectDir: string, stack: string, unfinished: Unfinished): void {
  writeAtomically(unfinishedFile(projectDir, stack), `${JSON.stringify(unfinished)}\n`, 0o600);
}

/** The command that has changed a cluster last, if it did not end well. */
export function readUnfinished(projectDir: string, stack: string): Unfinished | undefined {
  const file = unfinishedFile(projectDir, stack);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

function unfinishedFile(projectDir: string, stack: string): string {
  return join(projectDir, ".baas", "state", `${stack}.unfinished.json`);
}

function recordFile(projectDir: string, stack: string): string {
  return join(projectDir, ".baas", "state", `${stack}.json`);
}

function renderRecordFile(projectDir: string, stack: string): string {
  return join(projectDir, ".baas", "state", `${stack}.rendered.json`);
}

function withoutSecrets(value: unknown, digest: SecretDigest): unknown {
  return mapLeaves(value, (leaf) => {
    if (leaf instanceof Unknown) return { [unknownKey]: true };
    if (!(leaf instanceof Secret)) return leaf;
    return leaf.content() instanceof Unknown ? { [unknownKey]: true } : { [secretKey]: digest(leaf.content()) };
  });
}

function marked(value: any): any {
  if (Array.isArray(value)) return value.map(marked);
  if (!isPlainObject(value)) return value;
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === unknownKey) return unknownValue;
  if (keys.length === 1 && keys[0] === secretKey) return new RecordedSecret(String(value[secretKey]));
  return Object.fromEntries(keys.map((key) => [key, marked(value[key])]));
}
