/** Runs the session program that its environment describes. */
import { studioEditorPorts, studioEditorVariables as variables } from "../../../../model/contracts/studioEditor";
import { required } from "../../../common/environment";
import { messageOf } from "../../../common/failure";
import { jsonLog } from "../../../common/log";
import { startSession } from "./session";
import { readSettings } from "./settings";

const log = jsonLog("info");

async function main(): Promise<void> {
  const session = await startSession({
    settings: readSettings(required(variables.settings)),
    project: required(variables.project),
    packageId: required(variables.packageId),
    folder: required(variables.folder),
    ports: studioEditorPorts,
  });
  log.info("ready");
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => void session.stop().finally(() => process.exit(0)));
}

main().catch((error: unknown) => {
  log.error(messageOf(error));
  process.exit(1);
});
