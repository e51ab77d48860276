/** Runs the test that its environment describes, and writes the result to the termination message. */
import { writeFileSync } from "node:fs";
import { constants } from "node:os";

import { smokeTestExitCodes, smokeTestVariables } from "../../../model/contracts/smokeTest";
import { messageOf } from "../../common/failure";
import { jsonLog } from "../../common/log";
import { UnknownOutcome } from "./failure";
import { cut, terminationMessage } from "./result";
import { readTest } from "./settings";
import { smokeTest } from "./smokeTest";

const log = jsonLog("info");

/** Where Kubernetes takes a container's termination message from. */
const messageFile = process.env[smokeTestVariables.messageFile] ?? "/dev/termination-log";

async function main(): Promise<void> {
  const test = readTest(process.env);
  try {
    const result = await smokeTest(test, log);
    writeFileSync(messageFile, terminationMessage(result));
  } finally {
    for (const peer of test.organizations.flat()) peer.close();
  }
}

// Node as process 1 would ignore them, and the pod would wait for the kill.
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

main().catch((error: unknown) => {
  const message = messageOf(error);
  log.error(message);
  writeFileSync(messageFile, cut(message));
  process.exitCode = error instanceof UnknownOutcome ? smokeTestExitCodes.unknownOutcome : smokeTestExitCodes.failed;
});
