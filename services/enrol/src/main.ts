/** Runs one of the commands of the init containers and the sidecar. */
import { enrolNode } from "./enrolNode";
import { configurationExitCode, Failure, failureExitCode, messageOf } from "./failure";
import { gateway } from "./gatewayKeeper";
import { initCa } from "./initCa";
import { log } from "./log";
import { publishRoots } from "./publishRoots";

const usage = "Give one of: init-ca, publish-roots, node, node --tls-only, gateway";

// Taken off the command line, which fabric-ca-client reads, too, when it is loaded.
const [command, ...rest] = process.argv.splice(2);

async function main(): Promise<void> {
  const wrong = command === "node" ? rest.find((argument) => argument !== "--tls-only") : rest[0];
  if (wrong !== undefined) throw new Failure(`Unknown argument "${wrong}"`, usage, configurationExitCode);
  switch (command) {
    case "init-ca":
      return initCa(process.env, log);
    case "publish-roots":
      return publishRoots(process.env, log);
    case "node":
      return enrolNode(process.env, { tlsOnly: rest.includes("--tls-only") }, log);
    case "gateway":
      return gateway(process.env, log);
    default:
      throw new Failure(command ? `Unknown command "${command}"` : "No command given", usage, configurationExitCode);
  }
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    const done = command === "gateway"; // It has no other end.
    log(`stopped by ${signal}${done ? "" : "; run again to go on"}`);
    process.exit(done ? 0 : failureExitCode);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`baas-enrol: ${messageOf(error)}\n`);
  process.exitCode = error instanceof Failure ? error.exitCode : failureExitCode;
});
