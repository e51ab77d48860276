/** Runs Schemathesis, which holds an OpenAPI document against the server that it describes. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { cacheDirectory } from "../../../local-cluster/instance";
import { type RunResult, tryRun } from "../../../local-cluster/run";
import { renameIfAbsent, withTemporaryDirectory } from "../../../local-cluster/temporaryDirectory";

const requirements = join(__dirname, "requirements.txt");
const start = "from schemathesis.cli import schemathesis; schemathesis()";

/** Runs it with arguments. */
export type Schemathesis = (...args: string[]) => Promise<RunResult>;

/** The version that requirements.txt pins, installed apart, once for each machine; or why there is none. */
export async function findSchemathesis(): Promise<Schemathesis | string> {
  const version = await tryRun("python3", ["-c", "import sys, pip; print(*sys.version_info[:2])"]).catch(
    () => undefined,
  );
  const [major = 0, minor = 0] = version?.code === 0 ? version.stdout.trim().split(" ").map(Number) : [];
  if (major < 3 || minor < 11) return "Schemathesis needs Python 3.11 or newer with pip";
  const key = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 8);
  const folder = join(cacheDirectory(), "python", `schemathesis-${major}.${minor}-${process.arch}-${key}`);
  if (!existsSync(folder)) {
    const reason = await install(folder);
    if (reason !== undefined) return reason;
  }
  const env = { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" };
  const options = ["-c", start, "--config-file", join(__dirname, "schemathesis.toml")];
  // It writes what it has found into the folder that it runs in.
  return (...args) => withTemporaryDirectory(tmpdir(), (cwd) => tryRun("python3", [...options, ...args], { env, cwd }));
}

/** Installs it, or says why that fails. */
async function install(folder: string): Promise<string | undefined> {
  return withTemporaryDirectory(join(folder, ".."), async (temporary) => {
    const options = ["--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--require-hashes"];
    const { code, stderr } = await tryRun("python3", [
      ...["-m", "pip", "install", ...options, "--target", join(temporary, "packages"), "-r", requirements],
    ]);
    if (code !== 0) return `Schemathesis cannot be installed: ${stderr.trim().split("\n").at(-1)}`;
    renameIfAbsent(join(temporary, "packages"), folder);
    return undefined;
  });
}
