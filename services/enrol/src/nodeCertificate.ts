/** A certificate of a node and its key: made, saved, enrolled and renewed. */
import type { KeyObject, X509Certificate } from "node:crypto";

import { lifeOf, parseCertificate } from "../../common/certificates";
import { Failure, TryAgain } from "../../common/failure";
import { newPrivateKey, parsePrivateKey } from "../../common/keys";
import { readIfThere, writeWhole } from "../../common/wholeFiles";
import { judge, renewalShareAtStart } from "./certificates";
import type { CaAddress } from "./enrolment";
import type { Log } from "./log";
import { waitFor } from "./waiting";

/** How long a node whose certificate still works waits for a CA that could renew it. In milliseconds. */
export const renewalTimeout = 10_000;

/** A certificate that a node is to have. */
export interface Wanted {
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

/**
 * Has a certificate that can be used. Its key is made and saved first if there is none.
 *
 * @returns when it is to be renewed, in milliseconds since 1970
 */
export async function ensureCertificate(wanted: Wanted): Promise<number> {
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
