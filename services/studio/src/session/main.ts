/** Runs the session program that its environment describes. */
import { studioEditorPorts, studioEditorVariables as variables } from "../../../../model/contracts/studioEditor";
import { Failure, messageOf } from "../../../common/failure";
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

function required(name: string): string {
  const value = process.env[name]?.trim();
  if (!value) throw new Failure(`${name} is not set`, `Set ${name} in the container's env`);
  return value;
}

main().catch((error: unknown) => {
  log.error(messageOf(error));
  process.exit(1);
});
