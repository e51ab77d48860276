/** The command `node`: keys and certificates of a node, enrolled and renewed. */
import type { X509Certificate } from "node:crypto";
import { join } from "node:path";

import {
  kafkaCaName,
  rootKeyOf,
  rootKeys,
  serverCaOf,
  signingCaName,
  tlsCaName,
} from "../../../model/contracts/certificateAuthority";
import {
  cryptoDir,
  enrolmentDir,
  enrolmentKeys,
  enrolVariables,
  nodeFiles,
  renewIssuedBeforeKey,
  rootsDir,
} from "../../../model/contracts/enrolment";
import { parseCertificate } from "../../common/certificates";
import { Failure } from "../../common/failure";
import { readIfThere, writeIfChanged } from "../../common/wholeFiles";
import { saveKeyStore } from "./keyStore";
import type { Log } from "./log";
import { replaceKeys } from "./newKeys";
import { ensureCertificate, type Wanted } from "./nodeCertificate";
import { readRoot } from "./roots";
import { caNameOf, type Environment, hostsOf, mounted, mountedTime, optional, required, secondsOf } from "./settings";

/**
 * Derives roles from the OU of a certificate of any of the MSP's CAs. It names no CA, so that a second root can be added beside the
 * first. Source: Hyperledger Fabric, msp/mspimplsetup.go.
 */
const mspConfig = `NodeOUs:
  Enable: true
${["Client", "Peer", "Admin", "Orderer"]
  .map(
    (role) => `  ${role}OUIdentifier:
    OrganizationalUnitIdentifier: ${role.toLowerCase()}
`,
  )
  .join("")}`;

/** Variation of {@link enrolNode}. */
export interface EnrolNodeOptions {
  /** Only a TLS certificate, for chaincode servers, which have no MSP. */
  tlsOnly: boolean;
  now?: Date;
}

/**
 * Gives a node its keys and certificates. Safe at any time and after any crash: a key is saved before it is used and is
 * replaced only when that was asked for, files are written whole, and whatever is still good is kept. Needs no certificate of before: it enrols with the secret,
 * also when all certificates have expired.
 *
 * @returns when a further call would renew the first of the certificates, in milliseconds since 1970
 */
export async function enrolNode(environment: Environment, options: EnrolNodeOptions, log: Log): Promise<number> {
  const { now = new Date() } = options;
  const caName = caNameOf(environment);
  const tlsOnly = options.tlsOnly || caName !== undefined;
  const output = optional(environment, enrolVariables.outputDir, cryptoDir);
  const rootsDirectory = optional(environment, enrolVariables.rootsDir, rootsDir);
  const secretDirectory = optional(environment, enrolVariables.secretDir, enrolmentDir);
  const url = required(environment, enrolVariables.caUrl);
  const hosts = hostsOf(environment, enrolVariables.hosts);
  const timeout = secondsOf(environment, enrolVariables.timeoutSeconds, 600);
  const secret = "the identity's <name>-enrolment Secret";
  const enrolmentId = mounted(secretDirectory, enrolmentKeys.id, secret);
  const enrolmentSecret = mounted(secretDirectory, enrolmentKeys.secret, secret);
  const tlsCa = caName ?? tlsCaName;
  const tlsRoot = readRoot(rootsDirectory, rootKeyOf(tlsCa));
  const path = (file: string) => join(output, file);
  const server = { url, tlsRoot: readRoot(rootsDirectory, rootKeyOf(serverCaOf(tlsCa))).toString() };
  const renewIssuedBefore = mountedTime(secretDirectory, renewIssuedBeforeKey);
  const common = { commonName: enrolmentId, enrolmentSecret, hosts, renewIssuedBefore, now, timeout, log };

  saveRoot(path(nodeFiles.tlsRoot), tlsRoot);
  const tls: Wanted = {
    ...common,
    what: "TLS certificate",
    root: tlsRoot,
    keyFile: path(nodeFiles.tlsKey),
    certificateFile: path(nodeFiles.tlsCertificate),
    ca: { ...server, caName: tlsCa },
  };
  if (tlsOnly) {
    const until = await ensureCertificate(tls);
    if (caName === kafkaCaName) saveKeyStore(output);
    return until;
  }

  const signingRoot = readRoot(rootsDirectory, rootKeys.signing);
  saveRoot(path(nodeFiles.signingRoot), signingRoot);
  saveRoot(path(nodeFiles.tlsRootOfMsp), tlsRoot);
  writeIfChanged(path(nodeFiles.mspConfig), mspConfig, 0o644);
  const signing: Wanted = {
    ...common,
    what: "signing certificate",
    root: signingRoot,
    keyFile: path(nodeFiles.signingKey),
    certificateFile: path(nodeFiles.signingCertificate),
    ca: { ...server, caName: signingCaName },
  };
  await replaceKeys({ output, secretDirectory, tls, signing, log });
  const tlsUntil = await ensureCertificate(tls);
  return Math.min(tlsUntil, await ensureCertificate(signing));
}

/** Saves a root, and fails if another root is there already. */
function saveRoot(file: string, root: X509Certificate): void {
  const before = parseCertificate(readIfThere(file));
  if (before && before.fingerprint256 !== root.fingerprint256) {
    throw new Failure(
      `The CA's root changed: ${file} is ${before.fingerprint256.slice(0, 23)}…, ConfigMap <ca>-roots has ` +
        `${root.fingerprint256.slice(0, 23)}…`,
      "Restore the CA's volume and its ConfigMap: the channels trust the old root",
    );
  }
  writeIfChanged(file, root.toString(), 0o644);
}
