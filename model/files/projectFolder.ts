/** Which files a project's folder contains. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Whether a project has a file; its path is relative to the project. */
export function hasFile(projectDir: string, file: string): boolean {
  return existsSync(join(projectDir, file));
}

/** Names of the files in a folder of a project; none if there is no such folder. */
export function filesIn(projectDir: string, folder: string): string[] {
  const path = join(projectDir, folder);
  return existsSync(path) ? readdirSync(path) : [];
}
