/** What to build. */
interface BuildOrder {
  /** The folder that contains `.baas/build`. */
  folder: string;
  /** Name of the build in that folder. */
  name: string;
  /** File to build, from the folder; or `code` instead. */
  entry?: string;
  code?: string;
  /** Where `code` finds packages; by default the folder. */
  resolveDir?: string;
  /** Whether packages become part of the file, or are required from node_modules. */
  bundlesPackages: boolean;
  /** Packages that the program does without, each with what a use of it is told. */
  absent?: Record<string, string>;
}

/** A build of a program. */
export interface Build {
  /** Its path. */
  file: string;
  /** The packages that it requires from node_modules. */
  packages: string[];
}

/**
 * Returns the current build of a program. Builds it first if there is none.
 *
 * @throws Error named SyntaxError with the places in the sources when they cannot be built
 */
export function built(order: BuildOrder): Build;
