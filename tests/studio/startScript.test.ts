/** The first process of a session's container, in a process namespace of its own. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";

const run = promisify(execFile);
const script = join(__dirname, "../../services/studio/start.sh");
const alone = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child"];
let folder: string;
let missing: string | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "baas-start-"));
  await run("unshare", [...alone, "true"]).catch((error: Error) => (missing = error.message));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the script with a stand-in for the host. @returns what it says, and the script's exit code */
async function start(ctx: TestContext, host: string): Promise<{ said: string[]; code: unknown }> {
  if (missing !== undefined) return ctx.skip(`no process namespace can be made here: ${missing}`);
  writeFileSync(join(folder, "node"), `#!/bin/bash\n${host}`, { mode: 0o755 });
  writeFileSync(join(folder, "runs"), "");
  const env = {
    ...process.env,
    PATH: `${folder}:${process.env.PATH}`,
    RUNS: join(folder, "runs"),
    STUDIO_PROCESSES: "hard",
  };
  const ended = await run("unshare", [...alone, "bash", script], { env, timeout: 60_000 }).catch((error: any) => error);
  return { said: ended.stdout.trim().split("\n"), code: ended.code ?? 0 };
}

describe("the first process of a session's container", () => {
  it("ends all others with a session, also those that ignore signals or stand still, and starts the next host", async (ctx) => {
    const { said, code } = await start(
      ctx,
      `echo >>"$RUNS"
mapfile -t runs <"$RUNS"
all=(/proc/[0-9]*)
((\${#runs[@]} == 1)) || echo "\${#all[@]} processes: \${all[*]##*/}" | sed "s/ $$$/ host/"
((\${#runs[@]} < 3)) || exit 7
# Neither stops or ends the first process.
kill -STOP 1
kill -KILL 1
(trap "" TERM HUP INT; exec setsid sleep 1000) &
bash -c 'kill -STOP $$' &
exit 0
`,
    );
    expect(said).toEqual(["2 processes: 1 host", "2 processes: 1 host"]);
    expect(code).toBe(7);
  }, 90_000);

  it("ends with a host that was killed, and so the container", async (ctx) => {
    expect(await start(ctx, 'echo "$@"; kill -KILL $$')).toEqual({
      said: ["--disable-sigusr1 /app/main.mjs"],
      code: 137,
    });
  }, 90_000);

  it("ends when it is told to", async (ctx) => {
    expect(await start(ctx, "echo begun; kill -TERM 1; exec sleep 1000")).toEqual({ said: ["begun"], code: 0 });
  }, 90_000);
});
