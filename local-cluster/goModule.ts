/**
 * Builds programs from a Go module that is part of this repository, once for each machine.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

import { makeOnce } from "./fileLock";
import { cacheDirectory } from "./instance";
import { LocalError, messageOf } from "./localError";
import { requireDiskSpace, requireGo } from "./machineResources";
import type { Progress } from "./progress";
import { CommandError, run } from "./run";
import { renameIfAbsent, withTemporaryDirectory } from "./temporaryDirectory";

/** A Go module, and the programs that are built from it. */
export interface GoModule {
  /** What its builds are called. */
  name: string;
  /** Folder of its go.mod. */
  directory: string;
  packages: string[];
  /** Program names as built, in the order of the sorted package paths. */
  programs: string[];
  linkerFlags: string[];
  /** Build tags. */
  tags?: string[];
  /** The message before a build that takes minutes. */
  announcement?: string;
}

/** The folder of a module's programs, built or not. Its name holds a hash of their sources. */
export function programsOf(module: GoModule): string {
  const hash = createHash("sha256");
  for (const file of sourceFiles(module.directory)) {
    hash
      .update(`${relative(module.directory, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  hash.update(linkerFlags(module));
  if (module.tags) hash.update(`\0${module.tags.join()}`);
  const key = `${module.name}-${process.arch}-${hash.digest("hex").slice(0, 12)}`;
  return join(cacheDirectory(), "bin", key);
}

/** Whether its programs are built. */
export function isBuilt(module: GoModule): boolean {
  return existsSync(programsOf(module));
}

/**
 * Builds the programs of a module, unless they are there. They appear together, so an interrupted build leaves nothing
 * incomplete. The next build continues from Go's own build cache.
 *
 * @returns their folder
 * @throws {@link LocalError} when there is no Go tool chain or disk space, or the build fails
 */
export async function ensureBuilt(module: GoModule, progress: Progress): Promise<string> {
  await makeOnce(
    `${programsOf(module)}.lock`,
    () => isBuilt(module),
    async () => {
      await requireGo();
      await requireDiskSpace(cacheDirectory(), 6, `building ${module.name}`);
      if (module.announcement) progress.line(module.announcement);
      await build(module, progress);
    },
  );
  return programsOf(module);
}

async function build(module: GoModule, progress: Progress): Promise<void> {
  const target = programsOf(module);
  const flags = ["-trimpath", "-buildvcs=false", "-mod=readonly", `-ldflags=${linkerFlags(module)}`];
  if (module.tags) flags.push(`-tags=${module.tags.join()}`);
  let compiled = 0;
  const compiling = (details: string[] = []) =>
    progress.waiting(`compiling ${module.name}: ${compiled} packages`, details);
  compiling();
  try {
    await withTemporaryDirectory(dirname(target), async (temporary) => {
      const programs = join(temporary, "programs");
      // Go prints each module that it downloads, and with -v each package that it compiles.
      await run("go", ["build", "-v", ...flags, "-o", `${programs}/`, ...module.packages], {
        cwd: module.directory,
        env: { CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
        onLine: (line) => {
          if (line.startsWith("go: ")) return compiling([line]);
          compiled++;
          compiling();
        },
      });
      const missing = module.programs.filter((program) => !existsSync(join(programs, program)));
      if (missing.length > 0) throw new Error(`go build did not create ${missing.join(", ")}`);
      renameIfAbsent(programs, target);
    });
  } catch (error) {
    throw new LocalError(
      `Building ${module.name} failed: ${error instanceof CommandError ? error.output : messageOf(error)}`,
      "Check that `go` reaches its module proxy and that the disk is not full; compiled packages are kept.",
    );
  } finally {
    progress.done();
  }
}

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => /(\.go|go\.mod|go\.sum)$/.test(name))
    .sort()
    .map((name) => join(directory, name));
}

function linkerFlags(module: GoModule): string {
  return ["-s", "-w", ...module.linkerFlags].join(" ");
}
