import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const repository = join(__dirname, "..");
const parts = [
  ".dockerignore",
  "Pulumi.yaml",
  "baas",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "infra",
  "model",
  "components",
  "cli",
  "local-cluster",
  "client",
  "ethereum",
  "fabric",
  "policies",
  "services",
  "chaincode",
];

/** Names of the stacks in tests/stacks, sorted. */
export const testStacks = readdirSync(join(__dirname, "stacks"))
  .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
  .sort();

/**
 * A copy of this project in a temporary folder, for tests that edit its files. Its stacks are those of tests/stacks, so that an
 * edit of a user's network breaks no test.
 */
export class ProjectCopy {
  readonly dir = mkdtempSync(join(tmpdir(), "baas-project-"));

  constructor() {
    const source = (path: string): boolean => !["node_modules", "dist"].includes(basename(path));
    // A lock file newer than the installed packages would cause another installation.
    const options = { recursive: true, filter: source, preserveTimestamps: true };
    for (const part of parts) cpSync(join(repository, part), join(this.dir, part), options);
    cpSync(join(repository, "tests", "stacks"), join(this.dir, "stacks"), { recursive: true });
    symlinkSync(join(repository, "node_modules"), join(this.dir, "node_modules"));
  }

  /** Text of a file. */
  read(file: string): string {
    return readFileSync(join(this.dir, file), "utf8");
  }

  /** Replaces a text in a file; it must be there exactly once. A test that is tried again has replaced it already. */
  edit(file: string, before: string, after: string): void {
    const content = this.read(file);
    const isThere = after !== "" && content.includes(after);
    if (isThere && (after.includes(before) || !content.includes(before))) return;
    if (content.split(before).length !== 2) throw new Error(`"${before}" is not exactly once in ${file}`);
    writeFileSync(join(this.dir, file), content.replace(before, after));
  }

  /** Writes a file anew. */
  write(file: string, content: string): void {
    writeFileSync(join(this.dir, file), content);
  }

  /** Restores a file. */
  restore(file: string): void {
    const source = file.startsWith("stacks/") ? join("tests", file) : file;
    cpSync(join(repository, source), join(this.dir, file));
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
