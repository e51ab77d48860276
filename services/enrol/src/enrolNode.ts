/** The command `node`: keys and certificates of a node, enrolled and renewed. */
import { type KeyObject, X509Certificate } from "node:crypto";
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
import { lifeOf, parseCertificate } from "../../common/certificates";
import { Failure, TryAgain } from "../../common/failure";
import { newPrivateKey, parsePrivateKey } from "../../common/keys";
import { judge, renewalShareAtStart } from "./certificates";
import type { CaAddress } from "./enrolment";
import { readIfThere, writeIfChanged, writeWhole } from "./files";
import { saveKeyStore } from "./keyStore";
import type { Log } from "./log";
import { caNameOf, type Environment, hostsOf, mounted, mountedTime, optional, required, secondsOf } from "./settings";
import { waitFor } from "./waiting";

/** How long a node whose certificate still works waits for a CA that could renew it. In milliseconds. */
const renewalTimeout = 10_000;

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
 * Gives a node its keys and certificates. Safe at any time and after any crash: a key is saved before it is used and is never
 * replaced, files are written whole, and whatever is still good is kept. Needs no certificate of before: it enrols with the secret,
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
  const tlsUntil = await ensureCertificate({
    ...common,
    what: "TLS certificate",
    root: tlsRoot,
    keyFile: path(nodeFiles.tlsKey),
    certificateFile: path(nodeFiles.tlsCertificate),
    ca: { ...server, caName: tlsCa },
  });
  if (caName === kafkaCaName) saveKeyStore(output);
  if (tlsOnly) return tlsUntil;

  const signingRoot = readRoot(rootsDirectory, rootKeys.signing);
  saveRoot(path(nodeFiles.signingRoot), signingRoot);
  saveRoot(path(nodeFiles.tlsRootOfMsp), tlsRoot);
  writeIfChanged(path(nodeFiles.mspConfig), mspConfig, 0o644);
  const signingUntil = await ensureCertificate({
    ...common,
    what: "signing certificate",
    root: signingRoot,
    keyFile: path(nodeFiles.signingKey),
    certificateFile: path(nodeFiles.signingCertificate),
    ca: { ...server, caName: signingCaName },
  });
  return Math.min(tlsUntil, signingUntil);
}

interface Wanted {
  what: string;
  /** The enrolment ID, too. */
  commonName: string;
  enrolmentSecret: string;
  hosts: readonly string[];
  renewIssuedBefore: number | undefined;
  root: X509Certificate;
  keyFile: string;
  certificateFile: string;
  ca: CaAddress;
  now: Date;
  timeout: number;
  log: Log;
}

/** Has a certificate that can be used. Returns when it is to be renewed. */
async function ensureCertificate(wanted: Wanted): Promise<number> {
  const { what, commonName, hosts, root, certificateFile, now, log } = wanted;
  const key = ensureKey(wanted.keyFile, what, log);
  const expectation = { root, key, hosts, commonName, now, renewIssuedBefore: wanted.renewIssuedBefore };
  const there = parseCertificate(readIfThere(certificateFile));
  const verdict = judge(there, expectation);
  if (verdict.state === "good") {
    log(`${what} of ${commonName}: kept`);
    return renewalTime(there!);
  }

  log(`${what} of ${commonName}: asking for one with the same key, as ${verdict.why}`);
  // Loaded only when needed: a gateway enrols once in months, and these modules need more memory than all the rest.
  const { enrol } = await import("./enrolment");
  const { certificateRequest } = await import("../../common/certificateRequest");
  const { enrolmentSecret } = wanted;
  const csr = await certificateRequest(key, commonName, hosts);
  const enrolment = { enrolmentId: commonName, enrolmentSecret, csr };
  const ageing = verdict.state === "ageing";
  const timeout = ageing ? Math.min(renewalTimeout, wanted.timeout || renewalTimeout) : wanted.timeout;
  let pem: string;
  try {
    pem = await waitFor(() => enrol(wanted.ca, enrolment), { what: `a ${what}`, log, timeout });
  } catch (error) {
    if (!ageing || !(error instanceof TryAgain)) throw error;
    log(`${what} of ${commonName}: kept for now, ${verdict.why}. Could not renew it: ${error.message}`);
    return now.getTime();
  }

  const issued = parseCertificate(pem);
  const answer = judge(issued, { ...expectation, now: new Date() });
  if (answer.state === "useless") {
    throw new Failure(
      `The CA issued a ${what} that cannot be used: ${answer.why}`,
      "See whether its root is the one in ConfigMap <name>-roots, and whether the clocks of the nodes agree",
    );
  }
  writeWhole(certificateFile, pem, 0o644);
  log(`${what} of ${commonName}: issued, until ${new Date(issued!.validTo).toISOString()}`);
  return renewalTime(issued!);
}

function renewalTime(certificate: X509Certificate): number {
  const { from, until } = lifeOf(certificate);
  return from + (until - from) * renewalShareAtStart;
}

/** The key of a certificate, made and saved if there is none. */
function ensureKey(file: string, what: string, log: Log): KeyObject {
  let pem = readIfThere(file);
  if (pem === undefined) {
    pem = newPrivateKey();
    writeWhole(file, pem, 0o600);
    log(`key of the ${what}: made`);
  }
  const key = parsePrivateKey(pem);
  if (key === undefined) {
    throw new Failure(
      `${file} is not a P-256 private key`,
      "Restore it from a backup; only if there is none, delete it: a new orderer key changes its channels' configuration",
    );
  }
  return key;
}

function readRoot(directory: string, file: string): X509Certificate {
  const pem = mounted(directory, file, "ConfigMap <ca>-roots");
  const certificate = parseCertificate(pem);
  if (!certificate?.ca) {
    throw new Failure(`${join(directory, file)} is not a root certificate`, "Mount ConfigMap <ca>-roots there");
  }
  return certificate;
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
