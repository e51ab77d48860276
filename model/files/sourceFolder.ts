/** Folders of the project that images are built from. */
import { existsSync, realpathSync, statSync } from "node:fs";
import { join, relative } from "node:path";

import { clipped, inQuotes } from "../messageText";

/**
 * What keeps an image from being built from a folder; undefined if nothing. Links are followed: a build must not take files
 * from outside the project.
 *
 * @param source - the folder, relative to the project
 */
export function sourceObstacle(projectDir: string, source: string): string | undefined {
  const dockerfile = join(projectDir, source, "Dockerfile");
  if (!existsSync(dockerfile) || !statSync(dockerfile).isFile()) {
    return `there is no ${clipped(source, 120)}/Dockerfile in the project`;
  }
  const root = realpathSync(projectDir);
  const outside = [join(projectDir, source), dockerfile]
    .map((path) => realpathSync(path))
    .find((path) => {
      const within = relative(root, path);
      return within === "" || within.startsWith("..");
    });
  return outside === undefined
    ? undefined
    : `${inQuotes(source)} leads to ${clipped(outside, 300)}, outside the project: copy it into the project`;
}

/** Files that tell of chaincode in other languages than those of a studio's sessions. */
const otherLanguages = ["go.mod", "pom.xml", "build.gradle", "build.gradle.kts"];

/**
 * What keeps a session of a studio from beginning with a chaincode's folder; undefined if nothing.
 *
 * @param source - the folder, relative to the project
 */
export function sessionObstacle(projectDir: string, source: string): string | undefined {
  const found = otherLanguages.find((file) => existsSync(join(projectDir, source, file)));
  if (found === undefined) return undefined;
  return `${clipped(source, 120)} has a ${found}: sessions are for chaincode in TypeScript or JavaScript`;
}
