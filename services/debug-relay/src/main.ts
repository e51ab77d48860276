/** The relay beside a debug peer. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { rootKeys } from "../../../model/contracts/certificateAuthority";
import { debugRelayAddress, debugRelayVariables as variables } from "../../../model/contracts/debugging";
import { ports } from "../../../model/contracts/ports";
import { hostAndPort, required } from "../../common/environment";
import { messageOf } from "../../common/failure";
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
  const { host, port } = hostAndPort(required(variables.listen));
  relay.server.listen(ports.chaincode, debugRelayAddress);
  relay.sessions.server.listen(port, host);
  for (const server of [relay.server, relay.sessions.server]) server.on("error", fail);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      relay.close();
      process.exit(0);
    });
  }
  log.info("ready");
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
