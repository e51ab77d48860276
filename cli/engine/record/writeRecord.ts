/** Writes and deletes the records of stacks, and notes commands that change a cluster. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { recordFile, recordsFolder, recordVersion } from "../../../model/files/record";
import { writeAtomically } from "../../common/atomicFiles";
import { canonicalJson } from "../../common/canonical";
import type { ProgramResult } from "../declared/registration";
import { mapLeaves, Secret, Unknown } from "../declared/values";
import { type SecretDigest, secretDigestOf } from "./secretDigest";
import { marks, renderRecordFile, type StackRecord, withoutMarks } from "./stackRecord";

/** A command that began to change a cluster and has not succeeded. */
export interface UnfinishedCommand {
  command: "apply" | "destroy";
  context: string;
}

/**
 * Records what a program declares, for later previews. Call it after a successful apply.
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
 * Records what a program declares as the last render.
 *
 * @param folder - folder of the rendered files, relative to the project
 */
export function writeRenderRecord(result: ProgramResult, folder: string): void {
  const file = renderRecordFile(result.projectDir, result.stack);
  write(file, result, { renderedTo: folder, renderedAt: new Date().toISOString() });
}

/**
 * Records what a program declares at a Git revision.
 *
 * @param folder - with the files of that revision
 * @param revision - in words
 */
export function writeRevisionRecord(result: ProgramResult, folder: string, revision: string): void {
  write(recordFile(folder, result.stack), result, { revision });
}

function write(file: string, result: ProgramResult, when: Partial<StackRecord>): void {
  const record = { version: recordVersion, ...recordable(result, secretDigestOf(result.projectDir)), ...when };
  writeAtomically(file, `${canonicalJson(record, 2)}\n`, 0o600);
}

/** The record of what a program declares. */
export function recordOf(result: ProgramResult, digest: SecretDigest): StackRecord {
  const { resources, outputs, ...rest } = recordable(result, digest);
  return { ...rest, resources: resources.map(withoutMarks), outputs: withoutMarks(outputs) };
}

function recordable({ project, stack, registrations, outputs }: ProgramResult, digest: SecretDigest) {
  const resources = registrations.map(({ urn, type, name, custom, parent, inputs, read, options }) => ({
    ...{ urn, type, name, custom, parent, read, options },
    inputs: withoutSecrets(inputs, digest),
  }));
  return { project, stack, resources, outputs: withoutSecrets(outputs, digest) };
}

/** Deletes the record of a stack. Call it after a successful destroy. */
export function deleteRecord(projectDir: string, stack: string): void {
  rmSync(recordFile(projectDir, stack), { force: true });
  rmSync(unfinishedFile(projectDir, stack), { force: true });
}

/** Deletes the records of all stacks that were applied to a cluster. Call it when the cluster has been deleted. */
export function deleteRecordsOf(projectDir: string, context: string): void {
  const folder = recordsFolder(projectDir);
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) {
    const { context: applied } = JSON.parse(readFileSync(join(folder, file), "utf8"));
    if (applied === context) rmSync(join(folder, file));
  }
}

/** Notes that a command begins to change a cluster; {@link writeRecord} and {@link deleteRecord} remove the note. */
export function markUnfinished(projectDir: string, stack: string, unfinished: UnfinishedCommand): void {
  writeAtomically(unfinishedFile(projectDir, stack), `${JSON.stringify(unfinished)}\n`, 0o600);
}

/** The last command that changed a cluster, if it failed or was interrupted. */
export function readUnfinished(projectDir: string, stack: string): UnfinishedCommand | undefined {
  const file = unfinishedFile(projectDir, stack);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

function unfinishedFile(projectDir: string, stack: string): string {
  return join(recordsFolder(projectDir), `${stack}.unfinished.json`);
}

function withoutSecrets(value: unknown, digest: SecretDigest): unknown {
  return mapLeaves(value, (leaf) => {
    if (leaf instanceof Unknown) return { [marks.unknown]: true };
    if (!(leaf instanceof Secret)) return leaf;
    return leaf.content() instanceof Unknown ? { [marks.unknown]: true } : { [marks.secret]: digest(leaf.content()) };
  });
}
