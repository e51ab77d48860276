/**
 * Checks a release of a library before it is published: `node .ci/checkRelease.mjs fabric-v1.2.3` prints the library's
 * folder. It ends with exit code 1, and says why, when the tag, package.json and CHANGELOG.md do not name the same version.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const releaseTag = /^(?<folder>[a-z]+)-v(?<version>\d+\.\d+\.\d+)$/;

/**
 * Finds the library that a tag releases, and checks that it is ready.
 *
 * @param root - folder of the repository
 * @param tag - name of the tag, such as fabric-v1.2.3
 * @returns the library's folder, from the root
 * @throws Error that names the difference
 */
export function checkRelease(root, tag) {
  const { folder, version } = releaseTag.exec(tag)?.groups ?? {};
  if (folder === undefined) throw new Error(`Tag "${tag}" is not of the form fabric-v1.2.3.`);
  const manifest = join(root, folder, "package.json");
  if (!existsSync(manifest))
    throw new Error(`Tag "${tag}" names the library "${folder}", but there is no folder ${folder}/.`);
  const { name, version: packaged, private: isPrivate } = JSON.parse(readFileSync(manifest, "utf8"));
  if (isPrivate === true) throw new Error(`${folder}/package.json: ${name} is private and cannot be published.`);
  if (packaged !== version) {
    throw new Error(`Tag "${tag}" releases ${version}, but ${folder}/package.json says ${packaged}.`);
  }
  const changes = readFileSync(join(root, folder, "CHANGELOG.md"), "utf8");
  if (!changes.split("\n").some((line) => line.startsWith(`## [${version}] - `))) {
    throw new Error(`${folder}/CHANGELOG.md has no section "## [${version}] - YYYY-MM-DD".`);
  }
  return folder;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(checkRelease(join(dirname(fileURLToPath(import.meta.url)), ".."), process.argv[2] ?? ""));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
