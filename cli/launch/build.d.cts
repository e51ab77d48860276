/** What to build. */
export interface BuildOrder {
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

/** Returns the path of the current build of a program, and builds it first if necessary. */
export function built(order: BuildOrder): string;

/** Loads a program of this project. */
export function load(name: string): unknown;
