/** Which release of this product runs: its version, and the commit where it is none that was tagged. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Names the release that a folder holds.
 *
 * @param folder - the root of a clone, or of a copy without Git
 * @param version - the one in its package.json, such as `1.2.3`
 * @returns `1.2.3` at the tag `v1.2.3` and where Git says nothing; otherwise also what Git calls the commit, and `-dirty` if files have
 *   changed since: `1.2.3 (v1.2.3-4-g1a2b3c4-dirty)`
 */
export function releaseOf(folder: string, version: string): string {
  // A copy inside another repository must not be named by that.
  if (!existsSync(join(folder, ".git"))) return version;
  const args = ["--no-optional-locks", "-C", folder, "describe", "--tags", "--match", "v[0-9]*", "--always", "--dirty"];
  const { status, stdout } = spawnSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const commit = status === 0 ? stdout.trim() : "";
  return commit === "" || commit === `v${version}` ? version : `${version} (${commit})`;
}
