/** Replaces the private keys of a node: prepares new ones beside the old ones, and switches to them when the controller says so. */
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { anyNewKeys, type KeyReport, newKeysFiles, newKeysKeys, nodeFiles } from "../../../model/contracts/enrolment";
import { publicKeyHash } from "../../common/certificates";
import { Failure, messageOf } from "../../common/failure";
import { parsePrivateKey } from "../../common/keys";
import { readIfThere, syncDirectory, writeIfChanged, writeWhole } from "../../common/wholeFiles";
import type { Log } from "./log";
import { ensureCertificate, renewalTimeout, type Wanted } from "./nodeCertificate";

/** What the keys of a node are replaced with. */
export interface KeyReplacement {
  /** Folder of the node's keys and certificates. */
  output: string;
  /** Where the Secret of the Identity is mounted. */
  secretDirectory: string;
  /** The certificates in use: that for TLS, and that for signing. */
  tls: Wanted;
  signing: Wanted;
  log: Log;
}

/**
 * Makes new keys if they were asked for, saves them, and has certificates issued for them; all beside those in use. Uses them if the
 * controller says so. Safe at any time and after any crash: a key goes only after its successor has taken its place. A node whose CA
 * does not answer keeps its keys for now.
 */
export async function replaceKeys({ output, secretDirectory, tls, signing, log }: KeyReplacement): Promise<void> {
  const folder = join(output, newKeysFiles.folder);
  rmSync(`${folder}.used`, { recursive: true, force: true });
  const secret = (key: string) => readIfThere(join(secretDirectory, key))?.trim() || undefined;
  const requested = secret(newKeysKeys.requested);
  const answeredFile = join(output, newKeysFiles.answered);
  const answered = readIfThere(answeredFile);
  const begun = readIfThere(join(folder, newKeysFiles.request));
  // A crash came after the keys were in use, and before that: they must not be taken for prepared ones.
  if (begun !== undefined && begun === answered) removeUsed(folder);
  const request = begun === answered ? requested : (begun ?? requested);
  if (request === undefined || request === answered) return;
  // The first keys of a volume are new.
  if (!existsSync(tls.keyFile)) return writeWhole(answeredFile, request, 0o644);

  const [newTls, newSigning] = [prepared(tls, folder, "tls"), prepared(signing, folder, "signing")];
  try {
    log(`new keys of ${tls.commonName} were asked for at ${request}`);
    for (const wanted of [newTls, newSigning]) await ensureCertificate(wanted);
    writeIfChanged(join(folder, newKeysFiles.request), request, 0o644);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log(`keys of ${tls.commonName}: could not prepare new ones: ${messageOf(error)}`);
    // Channels may know the prepared keys already.
    if (!existsSync(join(folder, newKeysFiles.request))) return;
  }

  const use = secret(newKeysKeys.use);
  const hash = keyHash(newTls.keyFile);
  if (use !== hash && use !== anyNewKeys) return log(`new keys of ${tls.commonName}: prepared, not in use yet`);
  for (const [from, to] of [
    [newTls, tls],
    [newSigning, signing],
  ] as const) {
    writeWhole(to.keyFile, readFileSync(from.keyFile, "utf8"), 0o600);
    writeWhole(to.certificateFile, readFileSync(from.certificateFile, "utf8"), 0o644);
  }
  writeWhole(answeredFile, request, 0o644);
  removeUsed(folder);
  log(`new keys of ${tls.commonName}: in use; the old ones are gone`);
}

/** What is to be said of a node's keys; `output` is their folder. */
export function keyReport(output: string): KeyReport {
  const folder = join(output, newKeysFiles.folder);
  const answered = readIfThere(join(output, newKeysFiles.answered));
  const isPrepared = existsSync(join(folder, newKeysFiles.request));
  return {
    ...(answered !== undefined && { answered }),
    tls: keyHash(join(output, nodeFiles.tlsKey)),
    ...(isPrepared && { next: keyHash(join(folder, "tls.key")) }),
  };
}

/** Removes the folder of keys that are in use now. At once: what is left of it must not be taken for prepared keys. */
function removeUsed(folder: string): void {
  renameSync(folder, `${folder}.used`);
  syncDirectory(dirname(folder));
  rmSync(`${folder}.used`, { recursive: true });
}

function prepared(wanted: Wanted, folder: string, name: string): Wanted {
  return {
    ...wanted,
    what: `new ${wanted.what}`,
    keyFile: join(folder, `${name}.key`),
    certificateFile: join(folder, `${name}.crt`),
    timeout: Math.min(wanted.timeout || renewalTimeout, renewalTimeout),
  };
}

function keyHash(file: string): string {
  return publicKeyHash(parsePrivateKey(readFileSync(file, "utf8"))!);
}
