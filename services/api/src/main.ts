/** Runs the API server that its settings describe. */
import { constants } from "node:os";

import { apiSettingsVariable } from "../../../model/contracts/api";
import { Failure, messageOf } from "../../common/failure";
import { jsonLog } from "../../common/log";
import { startServer } from "./apiServer";
import { readSettings } from "./settings";

const log = jsonLog("info");

async function main(): Promise<void> {
  const path = process.env[apiSettingsVariable];
  if (path === undefined) throw new Failure(`the variable ${apiSettingsVariable} names no file`);
  const server = await startServer(readSettings(path), log);
  log.info("The API server listens", { port: server.port, operationsPort: server.operationsPort });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      void server.stop().finally(() => process.exit(signal === "SIGTERM" ? 0 : 128 + constants.signals[signal]));
    });
  }
}

main().catch((error: unknown) => {
  log.error(messageOf(error));
  process.exit(1);
});
