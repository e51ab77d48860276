/** Further client identities of a pod: their signing keys and certificates, enrolled and renewed. They have no TLS certificates. */
import type { X509Certificate } from "node:crypto";
import { join } from "node:path";

import { rootKeys, signingCaName } from "../../../model/contracts/certificateAuthority";
import {
  clientFolder,
  clientsEnrolmentDir,
  cryptoDir,
  enrolmentKeys,
  enrolVariables,
  nodeFiles,
  renewIssuedBeforeKey,
  rootsDir,
} from "../../../model/contracts/enrolment";
import { messageOf } from "../../common/failure";
import type { Log } from "./log";
import { ensureCertificate } from "./nodeCertificate";
import { readRoot } from "./roots";
import { type Environment, mounted, mountedTime, optional, required, secondsOf } from "./settings";

/**
 * Gives each client identity a signing key, which is made here, and its certificate. Safe at any time and after any crash, as
 * {@link ensureCertificate} is. Where one cannot be enrolled, the others are.
 *
 * @returns when a further call would renew the first of the certificates, in milliseconds since 1970; Infinity without any
 * @throws what went wrong with the first of those that failed, after all were tried
 */
export async function enrolClients(environment: Environment, log: Log, now = new Date()): Promise<number> {
  const names = optional(environment, enrolVariables.clients, "")
    .split(",")
    .filter((name) => name !== "");
  if (names.length === 0) return Infinity;
  const rootsDirectory = optional(environment, enrolVariables.rootsDir, rootsDir);
  const [signingRoot, tlsRoot] = [rootKeys.signing, rootKeys.tls].map((key) => readRoot(rootsDirectory, key));
  let until = Infinity;
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      until = Math.min(
        until,
        await enrolClient(name, { environment, signingRoot: signingRoot!, tlsRoot: tlsRoot!, now, log }),
      );
    } catch (error) {
      log(`client ${name}: ${messageOf(error)}`);
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return until;
}

interface Surroundings {
  environment: Environment;
  signingRoot: X509Certificate;
  tlsRoot: X509Certificate;
  now: Date;
  log: Log;
}

function enrolClient(name: string, { environment, signingRoot, tlsRoot, now, log }: Surroundings): Promise<number> {
  const secretDirectory = join(optional(environment, enrolVariables.clientsSecretDir, clientsEnrolmentDir), name);
  const output = join(optional(environment, enrolVariables.outputDir, cryptoDir), clientFolder(name));
  const secret = `the Secret of client ${name}`;
  return ensureCertificate({
    what: "signing certificate",
    commonName: mounted(secretDirectory, enrolmentKeys.id, secret),
    enrolmentSecret: mounted(secretDirectory, enrolmentKeys.secret, secret),
    hosts: [],
    renewIssuedBefore: mountedTime(secretDirectory, renewIssuedBeforeKey),
    root: signingRoot,
    keyFile: join(output, nodeFiles.signingKey),
    certificateFile: join(output, nodeFiles.signingCertificate),
    ca: { url: required(environment, enrolVariables.caUrl), tlsRoot: tlsRoot.toString(), caName: signingCaName },
    now,
    timeout: secondsOf(environment, enrolVariables.timeoutSeconds, 600),
    log,
  });
}
