/** Runs one of the commands of the init containers and the sidecar. */
import { existsSync, writeFileSync } from "node:fs";

import { cryptoDir, enrolVariables } from "../../../model/contracts/enrolment";
import { messageOf } from "../../common/failure";
import { enrolClients } from "./clientIdentities";
import { enrolNode } from "./enrolNode";
import { gateway } from "./gatewayKeeper";
import { initCa } from "./initCa";
import { keepEnrolled } from "./keepEnrolled";
import { log } from "./log";
import { keyReport } from "./newKeys";
import { publishRoots } from "./publishRoots";
import { ConfigurationFailure, optional } from "./settings";

/** Exit code of work that failed. */
const failureExitCode = 1;

/** Exit code when the program was given a configuration that it cannot work with. */
const configurationExitCode = 2;

const usage = "Give one of: init-ca, node, node --tls-only, gateway, keep";

// Removed from the command line, because fabric-ca-client also reads it when it is loaded.
const [command, ...rest] = process.argv.splice(2);

async function main(): Promise<void> {
  const wrong = command === "node" ? rest.find((argument) => argument !== "--tls-only") : rest[0];
  if (wrong !== undefined) throw new ConfigurationFailure(`Unknown argument "${wrong}"`, usage);
  switch (command) {
    case "init-ca":
      await initCa(process.env, log);
      return publishRoots(process.env, log);
    case "node":
      await enrolNode(process.env, { tlsOnly: rest.includes("--tls-only") }, log);
      if (rest.includes("--tls-only")) return;
      report();
      await enrolClients(process.env, log);
      return;
    case "gateway":
      return gateway(process.env, log);
    case "keep":
      return keepEnrolled(process.env, log);
    default:
      throw new ConfigurationFailure(command ? `Unknown command "${command}"` : "No command given", usage);
  }
}

/** Tells the controller of the node's keys. Kubernetes makes the file of a container's termination message before it starts. */
function report(): void {
  const file = optional(process.env, enrolVariables.reportFile, "/dev/termination-log");
  const output = optional(process.env, enrolVariables.outputDir, cryptoDir);
  if (existsSync(file)) writeFileSync(file, JSON.stringify(keyReport(output)));
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    const done = command === "gateway" || command === "keep"; // They have no other end.
    log(`stopped by ${signal}${done ? "" : "; run again to go on"}`);
    process.exit(done ? 0 : failureExitCode);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`baas-enrol: ${messageOf(error)}\n`);
  process.exitCode = error instanceof ConfigurationFailure ? configurationExitCode : failureExitCode;
});
