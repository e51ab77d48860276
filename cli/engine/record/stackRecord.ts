/**
 * Records what a stack declared at its last apply, in `.baas/state/<stack>.json`: the "before" of a preview. It holds no
 * secrets. It records the declaration only; the cluster alone shows which objects exist.
 */
import { join } from "node:path";

import { readStoredRecord, recordFile, recordsFolder, type StoredRecord } from "../../../model/files/record";
import { isPlainObject } from "../../../model/plainData";
import { UserError } from "../../../model/userError";
import type { Registration } from "../declared/registration";
import { unknownValue } from "../declared/values";

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
export interface StackRecord extends StoredRecord {
  resources: RecordedResource[];
  /** Context of the cluster that it was applied to. */
  context?: string;
  /** When it was applied, in ISO 8601. */
  appliedAt?: string;
  /** Folder of the rendered files, relative to the project, if a render wrote this record. */
  renderedTo?: string;
  /** When it was rendered, in ISO 8601. */
  renderedAt?: string;
}

/** When and where a stack was applied, in words; undefined if its record does not have it. */
export function appliedText({ context, appliedAt }: StackRecord): string | undefined {
  if (context === undefined || appliedAt === undefined) return undefined;
  return `the apply of ${minuteText(appliedAt)} to context "${context}"`;
}

/** An ISO 8601 time for people: `2026-11-24 12:00 UTC`. */
export function minuteText(time: string): string {
  return `${time.slice(0, 16).replace("T", " ")} UTC`;
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
  try {
    const record = readStoredRecord(file);
    if (record === undefined) return undefined;
    return { ...record, resources: record.resources.map(withoutMarks), outputs: withoutMarks(record.outputs) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") {
      throw new UserError(`${file} belongs to another user: run this as the user whose ${command} wrote it`);
    }
    throw new UserError(
      `${file} is the record of the last ${command} and cannot be read: ${(error as Error).message}. ` +
        `Delete it: everything then shows as new, and the next ${command} writes it again`,
    );
  }
}

/** The file with the record of the last render. */
export function renderRecordFile(projectDir: string, stack: string): string {
  return join(recordsFolder(projectDir), `${stack}.rendered.json`);
}

/** Marks in a record for what is not plain data: an object with one of these keys only. */
export const marks = { secret: "[secret]", unknown: "[unknown]" } as const;

/** A value of a record with {@link RecordedSecret}s and unknown values in place of their marks. */
export function withoutMarks(value: any): any {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (!isPlainObject(value)) return value;
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === marks.unknown) return unknownValue;
  if (keys.length === 1 && keys[0] === marks.secret) return new RecordedSecret(String(value[marks.secret]));
  return Object.fromEntries(keys.map((key) => [key, withoutMarks(value[key])]));
}
