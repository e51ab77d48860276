import { writeFileSync } from "node:fs";

import { UnknownOutcome } from "./failure";
import { jsonLog, messageOf } from "./log";
import { cut, terminationMessage } from "./result";
import { readTest } from "./settings";
import { smokeTest } from "./smokeTest";

const log = jsonLog();

/** Exit codes: Kubernetes starts the test anew after the second, as components/fabric/smokeTest.ts says. */
const EXIT_FAILED = 1;
const EXIT_UNKNOWN_OUTCOME = 2;

/** Where Kubernetes takes a container's termination message from. */
const messageFile = process.env.SMOKE_TEST_MESSAGE_FILE ?? "/dev/termination-log";

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
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(143));

main().catch((error: unknown) => {
  const message = messageOf(error);
  log("error", message);
  writeFileSync(messageFile, cut(message));
  process.exitCode = error instanceof UnknownOutcome ? EXIT_UNKNOWN_OUTCOME : EXIT_FAILED;
});
