/** Runs the filter that its settings describe, and follows them when they change. */
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { basename } from "node:path";

import { jsonRpcSettingsVariable } from "../../../model/contracts/jsonRpc";
import { filesDigest, loadedLine } from "../../../model/contracts/loadedFiles";
import { Failure, messageOf } from "../../common/failure";
import { jsonLog } from "../../common/log";
import { startServer } from "./rpcServer";
import { parseSettings, readSettings } from "./settings";

const log = jsonLog("info");

/** Milliseconds between two looks at the settings, and between two lines that say which ones are loaded. */
const interval = 2000;
const repeated = 3_600_000;

async function main(): Promise<void> {
  const path = process.env[jsonRpcSettingsVariable];
  if (path === undefined) throw new Failure(`the variable ${jsonRpcSettingsVariable} names no file`);
  const server = await startServer(readSettings(path), log);
  log.info("The filter listens", { port: server.port });
  followSettings(path, server.follow.bind(server));
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      void server.stop().finally(() => process.exit(signal === "SIGTERM" ? 0 : 128 + constants.signals[signal]));
    });
  }
}

/** Says by a line of its own, which `apply` waits for, what is loaded. */
function followSettings(path: string, follow: (settings: ReturnType<typeof parseSettings>) => void): void {
  const say = (text: string): void =>
    void process.stdout.write(`${loadedLine(filesDigest({ [basename(path)]: text }))}\n`);
  let loaded = readFileSync(path, "utf8");
  let refused: string | undefined;
  say(loaded);
  setInterval(() => say(loaded), repeated).unref();
  setInterval(() => {
    let text: string | undefined;
    try {
      text = readFileSync(path, "utf8");
      if (text === loaded || text === refused) return;
      follow(parseSettings(JSON.parse(text), path));
      loaded = text;
      log.info("The settings have changed");
      say(loaded);
    } catch (error) {
      refused = text;
      log.warn("The settings cannot be read", { error: messageOf(error) });
    }
  }, interval).unref();
}

main().catch((error: unknown) => {
  log.error(messageOf(error));
  process.exit(1);
});
