/** What an image takes from a release archive. */
import type { ImageConfiguration } from "./docker";

/** The parts of a release archive for an image, with the paths of upstream's images. */
export interface ImageRecipe {
  repository: string;
  /** The program that prints its version. */
  program: string;
  /** Its arguments for that, `version` if absent, and how it prints it. */
  ask?: { arguments: string[]; printed: RegExp };
  /** Paths in the archive to paths in the image; those ending in `?` may be missing. */
  files: Record<string, string>;
  configuration: ImageConfiguration;
  /** Path in the image of the Java that the program, a script, runs on. */
  java?: string;
  /** Image that Docker adds the files to, if not plain Debian. */
  base?: string;
}
