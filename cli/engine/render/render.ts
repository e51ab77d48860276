/** Writes a stack's objects as files, one for each object, that are the same in every clone and on every run. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { baas } from "../../../model/baasCommand";
import { compareText } from "../../../model/plainData";
import { groupOf } from "../../../model/pulumi/kubernetesTypes";
import { UserError } from "../../../model/userError";
import { writeAtomically } from "../../common/atomicFiles";
import { canonicalJson, canonicalYaml } from "../../common/canonical";
import type { ProgramResult } from "../declared/registration";
import { creationStage } from "../kubernetes/creationOrder";
import { type Manifest, withoutSecretData } from "../kubernetes/manifest";
import { manifests } from "../kubernetes/manifests";

/** Lists the files that a render wrote into a folder. It has no extension, so `kubectl apply -f FOLDER` ignores it. */
export const indexFile = ".baas-render";

/** The result of a render: names of files. */
export interface Rendered {
  created: string[];
  changed: string[];
  unchanged: string[];
  removed: string[];
}

/**
 * The files of a stack's objects: name and content, in the order of `kubectl apply -f FOLDER`. Secrets are written without
 * their data.
 */
export function renderFiles(result: ProgramResult): Map<string, string> {
  const objects = manifests(result);
  const short = objects.map((one) => fileName(one, false));
  const taken = new Set(short.filter((name, i) => short.indexOf(name) !== i));
  const named = objects.map((one, i) => {
    const name = short[i] as string;
    return [taken.has(name) ? fileName(one, true) : name, fileContent(one)] as const;
  });
  return new Map(named.sort(([a], [b]) => compareText(a, b)));
}

/** File names sort prerequisites first. An object's file name does not depend on the other objects. */
function fileName({ kind, name, namespace, apiVersion }: Manifest, long: boolean): string {
  const safe = (text: string): string => text.toLowerCase().replace(/[^a-z0-9.-]/g, "_");
  if (!long) return `${creationStage(kind)}-${safe(kind)}-${safe(name)}.yaml`;
  // A hash of the identity distinguishes objects whose file names would be equal.
  const hash = createHash("sha256").update(`${apiVersion}/${kind}/${namespace}/${name}`).digest("hex").slice(0, 8);
  return [creationStage(kind), safe(kind), safe(groupOf(apiVersion)), safe(namespace ?? ""), safe(name), hash]
    .filter((part) => part !== "")
    .join("-")
    .concat(".yaml");
}

function fileContent(manifest: Manifest): string {
  const { object, filledAtApply } = withoutSecretData(manifest);
  const note = filledAtApply.length === 0 ? "" : `# Filled in by "baas apply": ${filledAtApply.join(", ")}\n`;
  return note + canonicalYaml(object);
}

/**
 * Writes a stack's objects into a folder, and removes what an earlier render wrote there and is no longer declared.
 *
 * @throws {@link UserError} if the folder holds other files; nothing is changed then
 */
export function renderTo(folder: string, result: ProgramResult): Rendered {
  const files = renderFiles(result);
  const own = ownFiles(folder, result.stack);
  mkdirSync(folder, { recursive: true });
  const rendered: Rendered = { created: [], changed: [], unchanged: [], removed: [] };
  const names = [...files.keys()];
  // Both the old and the new files are listed until all are written: an interrupted render can be repeated.
  writeIndex(folder, result.stack, [...new Set([...own, ...names])].sort(compareText));
  for (const [name, content] of files) {
    const path = join(folder, name);
    const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
    if (before === content) rendered.unchanged.push(name);
    else {
      writeAtomically(path, content);
      rendered[before === undefined ? "created" : "changed"].push(name);
    }
  }
  for (const name of own.filter((name) => !files.has(name))) {
    rmSync(join(folder, name), { force: true });
    rendered.removed.push(name);
  }
  writeIndex(folder, result.stack, names);
  return rendered;
}

function writeIndex(folder: string, stack: string, files: readonly string[]): void {
  const content = `${canonicalJson({ version: 1, stack, files }, 2)}\n`;
  const path = join(folder, indexFile);
  if (!existsSync(path) || readFileSync(path, "utf8") !== content) writeAtomically(path, content);
}

/**
 * The files that an earlier render of the stack wrote into a folder.
 *
 * @throws {@link UserError} if the folder holds other files
 */
export function ownFiles(folder: string, stack: string): string[] {
  if (!existsSync(folder)) return [];
  if (!statSync(folder).isDirectory()) throw new UserError(`${folder} is a file; --out names a folder`);
  const index = readIndex(folder);
  if (index !== undefined && index.stack !== stack) {
    throw new UserError(
      `${folder} holds the manifests of stack "${index.stack}"; each stack needs a folder of its own`,
    );
  }
  const own = index?.files ?? [];
  const foreign = readdirSync(folder)
    .filter((name) => name !== indexFile && !own.includes(name))
    .sort(compareText);
  if (foreign.length > 0) {
    const shown = foreign.slice(0, 3).join(", ") + (foreign.length > 3 ? ` and ${foreign.length - 3} more` : "");
    throw new UserError(
      `${folder} holds files that "${baas("render")}" did not write: ${shown}. Name an empty or a new folder`,
    );
  }
  return own;
}

function readIndex(folder: string): { stack: string; files: string[] } | undefined {
  const path = join(folder, indexFile);
  if (!existsSync(path)) return undefined;
  try {
    const { version, stack, files } = JSON.parse(readFileSync(path, "utf8"));
    const isSafe = (name: unknown): boolean => typeof name === "string" && /^[a-z0-9._-]+\.yaml$/.test(name);
    if (version !== 1 || typeof stack !== "string" || !Array.isArray(files) || !files.every(isSafe)) throw new Error();
    return { stack, files };
  } catch {
    throw new UserError(
      `${path} is damaged, so the files that may be overwritten are unknown. Delete the folder, or name another`,
    );
  }
}
