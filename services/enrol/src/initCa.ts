/** The command `init-ca`: what a CA server needs on its volume before it starts. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { caHome, caVariables, registrarDir, registrarKeys } from "../../../model/contracts/certificateAuthority";
import { renewIssuedBeforeKey } from "../../../model/contracts/enrolment";
import { operationsRootFile } from "../../../model/contracts/platformCa";
import { parseCertificate } from "../../common/certificates";
import { readIfThere, writeIfChanged } from "../../common/wholeFiles";
import { caServerPaths, renderCaConfig, serverHosts } from "./caConfig";
import { type Expectation, judge } from "./certificates";
import type { Log } from "./log";
import { makeRoots } from "./makeRoots";
import { makeOperationsCertificate } from "./operationsCertificate";
import { type Environment, hostsOf, mounted, mountedTime, optional, required, scopeOf, secondsOf } from "./settings";

/**
 * Prepares the volume of a fabric-ca-server before it starts: writes its two configuration files, makes the roots at the first
 * start, and removes its own TLS certificate when it should be renewed. It never touches a root or a database that is in use.
 */
export async function initCa(environment: Environment, log: Log, now = new Date()): Promise<void> {
  const home = optional(environment, caVariables.home, caHome);
  const registrarDirectory = optional(environment, caVariables.registrarDir, registrarDir);
  const registrar = "the CA's <name>-registrar Secret";
  const organization = required(environment, caVariables.organization);
  const hosts = hostsOf(environment, caVariables.hosts);
  const domain = required(environment, caVariables.domain);
  const scope = scopeOf(environment);
  const paths = caServerPaths(home);
  const certificateLife = secondsOf(environment, caVariables.certificateLife, 0) / 1000 || undefined;
  // The root of those who read the metrics of all nodes is the platform's own CA there, and mounted everywhere else.
  const readers = scope === "platform" ? [] : [optional(environment, caVariables.operationsRoot, operationsRootFile)];
  const config = renderCaConfig({
    scope,
    organization,
    domain,
    hosts,
    certificateLife,
    operations: {
      certificate: paths.operationsCertificate,
      key: paths.operationsKey,
      roots: [paths.serverCaCertificate, ...readers],
    },
    registrar: {
      username: mounted(registrarDirectory, registrarKeys.username, registrar),
      password: mounted(registrarDirectory, registrarKeys.password, registrar),
    },
  });

  // The server would make these folders readable for everyone, but they hold keys.
  mkdirSync(join(home, "msp", "keystore"), { recursive: true, mode: 0o700 });
  mkdirSync(join(paths.otherCaHome, "msp", "keystore"), { recursive: true, mode: 0o700 });
  const written = [
    writeIfChanged(paths.serverCaConfig, config.serverCa, 0o600),
    writeIfChanged(paths.otherCaConfig, config.otherCa, 0o600),
  ];
  log(`configuration of the CAs of ${organization}: ${written.includes(true) ? "written" : "unchanged"}`);

  await makeRoots(home, { scope, organization, domain }, log, now);
  await makeOperationsCertificate(home, { hosts: serverHosts(hosts), certificateLife }, log, now);
  if (scope === "platform") return;
  const renewIssuedBefore = mountedTime(registrarDirectory, renewIssuedBeforeKey);
  const wanted = { hosts: serverHosts(hosts), renewIssuedBefore, now };
  removeOldServerCertificate(paths.serverCertificate, paths.serverCaCertificate, wanted, log);
}

/** Removes a TLS certificate to renew: fabric-ca-server makes a new one at start only if there is none. */
function removeOldServerCertificate(
  serverCertificate: string,
  tlsRoot: string,
  wanted: Omit<Expectation, "root">,
  log: Log,
): void {
  const pem = readIfThere(serverCertificate);
  if (pem === undefined) return;
  const root = parseCertificate(readIfThere(tlsRoot));
  const verdict = root
    ? judge(parseCertificate(pem), { root, ...wanted })
    : { state: "useless" as const, why: "its root is not there" };
  if (verdict.state === "good") {
    log("TLS certificate of the server: kept");
    return;
  }
  rmSync(serverCertificate);
  log(`TLS certificate of the server: removed, as ${verdict.why}; the server makes a new one from the same root`);
}
