/** The relay beside a debug peer. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { rootKeys } from "../../../model/contracts/certificateAuthority";
import { debugRelayAddress, debugRelayVariables as variables } from "../../../model/contracts/debugging";
import { ports } from "../../../model/contracts/ports";
import { Failure, messageOf } from "../../common/failure";
import { jsonLog } from "../../common/log";
import { Relay, serverIn } from "./relay";

const log = jsonLog("info");

function main(): void {
  const [tls, roots] = [required(variables.tlsDir), required(variables.rootsDir)];
  const file = (folder: string, name: string): string => readFileSync(join(folder, name), "utf8");
  const relay = new Relay({
    tls: { cert: file(tls, "server.crt"), key: file(tls, "server.key") },
    signingRoot: file(roots, rootKeys.signing),
    tlsRoot: file(roots, rootKeys.tls),
    servers: list(process.env[variables.servers]),
    developers: list(required(variables.developers)),
    addressOf: serverIn(required(variables.serverDomain)),
    log,
  });
  const [, host, port] = /^(.*):(\d+)$/.exec(required(variables.listen)) ?? [];
  relay.server.listen(ports.chaincode, debugRelayAddress);
  relay.sessions.server.listen(Number(port), host!.replace(/^\[|\]$/g, ""));
  for (const server of [relay.server, relay.sessions.server]) server.on("error", fail);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      relay.close();
      process.exit(0);
    });
  }
  log.info("ready");
}

function required(name: string): string {
  const value = process.env[name]?.trim();
  if (!value) throw new Failure(`${name} is not set`, `Set ${name} in the container's env`);
  return value;
}

const list = (text = ""): string[] => text.split(",").filter((name) => name !== "");

function fail(error: unknown): void {
  log.error(messageOf(error));
  process.exit(1);
}

try {
  main();
} catch (error) {
  fail(error);
}
