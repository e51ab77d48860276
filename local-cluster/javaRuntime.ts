/** The Java of this machine, for images of programs that bring none. */
import { cpSync, existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";

import { LocalError } from "./localError";
import type { Progress } from "./progress";

/** Oldest release that Besu runs on. */
const oldest = 25;

/** Where distributions install it. */
const installed = "/usr/lib/jvm";

/** What of a Java is for those who write programs only. */
const left = ["include", "jmods", "man", "lib/ct.sym", "lib/src.zip"];

/** The release in the text of a Java's file `release`, such as 25; undefined if it says none. */
export function javaReleaseIn(text: string): number | undefined {
  const found = /^JAVA_VERSION="(\d+)/m.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

/**
 * Copies this machine's Java to a folder, without what only compilers need.
 *
 * @throws {@link LocalError} when there is none that is new enough
 */
export function layOutJava(folder: string, progress: Progress): void {
  const home = ownJava(candidates());
  progress.waiting(`copying Java from ${home}`);
  cpSync(home, folder, {
    recursive: true,
    dereference: true,
    filter: (source) => !left.includes(relative(home, source)),
  });
}

/**
 * The first folder that holds a Java which is new enough.
 *
 * @throws {@link LocalError} when none does, with what was found
 */
export function ownJava(homes: readonly string[]): string {
  const found = homes.flatMap((home) => {
    const file = join(home, "release");
    const release = existsSync(file) ? javaReleaseIn(readFileSync(file, "utf8")) : undefined;
    return release === undefined ? [] : [{ home, release }];
  });
  const enough = found.find(({ release }) => release >= oldest);
  if (enough !== undefined) return enough.home;
  const seen = found.map(({ home, release }) => `${release} in ${home}`).join(", ");
  throw new LocalError(
    `Besu runs on Java ${oldest} or newer, and there is ${seen === "" ? "none" : `only ${seen}`} here.`,
    `Install one below ${installed}, or set JAVA_HOME to the folder of one.`,
  );
}

/** JAVA_HOME, the Java of the path, and those that the distribution has. */
function candidates(): string[] {
  const { JAVA_HOME, PATH = "" } = process.env;
  const onPath = PATH.split(":")
    .map((folder) => join(folder, "java"))
    .filter((program) => existsSync(program))
    .map((program) => dirname(dirname(realpathSync(program))));
  const others = existsSync(installed) ? readdirSync(installed).map((name) => join(installed, name)) : [];
  const homes = [...(JAVA_HOME === undefined || JAVA_HOME === "" ? [] : [JAVA_HOME]), ...onPath, ...others];
  return [...new Set(homes.filter((home) => existsSync(home)).map((home) => realpathSync(home)))];
}
