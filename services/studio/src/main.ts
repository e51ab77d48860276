/** What start.sh starts in a session's container: it waits for the gate, and runs the editor and the session program. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import {
  studioLinkDir,
  studioLinkKey,
  studioPorts,
  studioSessionVariables as variables,
} from "../../../model/contracts/studio";
import { hostAndPort, required } from "../../common/environment";
import { messageOf } from "../../common/failure";
import { jsonLog } from "../../common/log";
import { linkKey } from "../../common/studioLink";
import { Host } from "./host/host";
import type { Program } from "./host/programs";

const log = jsonLog("info");

/** Beside this program, in the image. */
const sessionProgram = join(import.meta.dirname, "session.mjs");

function programs(): Program[] {
  const project = process.env[variables.project] ?? process.cwd();
  // Settings of the gate's side are of no use here.
  const { [variables.linkDir]: _link, [variables.listen]: _listen, [variables.health]: _health, ...env } = process.env;
  const { editor } = studioPorts;
  const flags = [
    ...[`--bind-addr=127.0.0.1:${editor}`, "--auth=none", "--disable-proxy", "--disable-telemetry"],
    ...["--disable-update-check", "--disable-workspace-trust", "--disable-getting-started-override"],
    // By default, each closed window's extension host stays for three hours.
    "--reconnection-grace-time=300",
  ];
  const editorProgram: Program = {
    name: "editor",
    start: () =>
      spawn("code-server", [...flags, project], {
        cwd: project,
        env: { ...env, EXTENSIONS_GALLERY: "{}" },
        stdio: ["ignore", "inherit", "inherit"],
      }),
  };
  const session: Program = {
    name: "session",
    start: () =>
      spawn(process.execPath, [sessionProgram], { cwd: project, env, stdio: ["ignore", "inherit", "inherit"] }),
  };
  return [editorProgram, ...(existsSync(sessionProgram) ? [session] : [])];
}

/** What the editor begins with, unless the developer has chosen something: its chat is of no use where nothing outside is reached. */
function writeSettings(): void {
  const folder = join(process.env.HOME ?? "", ".local/share/code-server/User");
  const file = join(folder, "settings.json");
  if (existsSync(file)) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify({ "chat.disableAIFeatures": true }, undefined, 2)}\n`);
}

function main(): void {
  const folder = process.env[variables.linkDir] ?? studioLinkDir;
  const key = (): Buffer => linkKey(readFileSync(join(folder, studioLinkKey), "utf8"));
  // With this program end all others of the container but its first process, whatever they are; see start.sh.
  const host = new Host({ key, programs: programs(), ports: studioPorts, end: () => process.exit(0), log });
  const forGate = hostAndPort(required(variables.listen));
  const forProbes = hostAndPort(required(variables.health));
  for (const server of [host.server, host.calls, host.health]) server.on("error", fail);
  host.server.listen(forGate.port, forGate.host);
  host.health.listen(forProbes.port, forProbes.host);
  host.calls.listen(studioPorts.calls, "127.0.0.1");
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0));
  try {
    writeSettings();
  } catch (error) {
    log.warn("the editor's settings cannot be written", { reason: messageOf(error) });
  }
  log.info("ready");
}

function fail(error: unknown): void {
  log.error(messageOf(error));
  process.exit(1);
}

try {
  main();
} catch (error) {
  fail(error);
}
