/** The certificate of the server: from files, which it follows, or one that it makes for itself. */
import "reflect-metadata";

import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Server } from "node:tls";

import { cryptoProvider, SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";

import { followTls, type KeyPair } from "../../common/followTls";
import type { Log } from "../../common/log";
import type { TlsSettings } from "./settings";

const day = 24 * 3600 * 1000;

/** The pair that the server begins with. */
export async function keyPair({ host, files }: TlsSettings): Promise<KeyPair> {
  return files === undefined ? ownPair(host) : read(files);
}

/** Loads changed files into the server. */
export function followFiles({ files }: TlsSettings, server: Server, signal: AbortSignal, log: Log): void {
  if (files !== undefined) followTls(() => read(files), server, signal, log);
}

function read({ certificate, privateKey }: NonNullable<TlsSettings["files"]>): KeyPair {
  return { cert: readFileSync(certificate, "utf8"), key: readFileSync(privateKey, "utf8") };
}

/** A certificate that no CA has issued, for trying things. Its key is in this process alone. */
async function ownPair(host: string): Promise<KeyPair> {
  cryptoProvider.set(webcrypto as never);
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // A common name has at most 64 characters.
    name: [{ CN: [host.slice(0, 64)] }],
    keys: keys as never,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + 3650 * day),
    extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: host }])],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return { cert: certificate.toString("pem"), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
}
