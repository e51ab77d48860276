/** The roots of a server's two CAs: made once, before their server starts for the first time. */
import "reflect-metadata";

import { createHash, createPrivateKey, createPublicKey, type KeyObject, webcrypto } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";

import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

import { p256, webKeys } from "../../common/certificateRequest";
import { parseCertificate } from "../../common/certificates";
import { Failure } from "../../common/failure";
import { newPrivateKey } from "../../common/keys";
import { readIfThere, writeWhole } from "../../common/wholeFiles";
import { caServerPaths, rootLifeHours, type RootOwner, rootSubjects } from "./caConfig";
import type { Log } from "./log";

/** How long before now a root becomes valid: clocks differ. In milliseconds. */
export const backdatedMs = 5 * 60_000;

const hourMs = 3_600_000;

/**
 * Makes the roots that are not there or were never finished, as `fabric-ca-server init` would, which takes a container and
 * seconds of its own. The server finds each key in its keystore by the certificate.
 *
 * @param home - home directory of the server
 * @throws {@link Failure} when a CA that has a database, and so has issued certificates, lacks its root
 */
export async function makeRoots(home: string, owner: RootOwner, log: Log, now = new Date()): Promise<void> {
  const paths = caServerPaths(home);
  const subjects = rootSubjects(owner);
  const roots = [
    {
      certificate: paths.serverCaCertificate,
      database: paths.serverCaDatabase,
      caHome: home,
      subject: subjects.serverCa,
    },
    {
      certificate: paths.otherCaCertificate,
      database: paths.otherCaDatabase,
      caHome: paths.otherCaHome,
      subject: subjects.otherCa,
    },
  ];
  for (const { certificate, database, caHome, subject } of roots) {
    const pem = readIfThere(certificate);
    if (parseCertificate(pem)) continue;
    if (existsSync(database)) {
      throw new Failure(
        `${certificate} is ${pem === undefined ? "missing" : "damaged"}`,
        "Restore it from ConfigMap <name>-roots, or the CA's volume from a backup; a new root would need a new network",
      );
    }
    const key = newPrivateKey();
    // The key first: a certificate without its key would keep the server from starting.
    writeWhole(keystoreFile(caHome, createPrivateKey(key)), key, 0o600);
    writeWhole(certificate, await rootCertificate(key, subject, now), 0o644);
    log(`${certificate}: made`);
  }
}

async function rootCertificate(pem: string, { commonName, organization }: RootSubject, now: Date): Promise<string> {
  const keys = await webKeys(createPrivateKey(pem));
  const notBefore = new Date(Math.floor((now.getTime() - backdatedMs) / 1000) * 1000);
  const root = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{ O: [organization] }, { CN: [commonName] }],
      notBefore,
      notAfter: new Date(notBefore.getTime() + rootLifeHours * hourMs),
      keys,
      signingAlgorithm: p256,
      extensions: [
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        new BasicConstraintsExtension(true, 0, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey as never, false, webcrypto as never),
      ],
    },
    webcrypto as never,
  );
  return root.toString("pem");
}

type RootSubject = ReturnType<typeof rootSubjects>["serverCa"];

/**
 * Where a CA keeps a private key, which it finds by the SHA-256 of the public point. Source: Hyperledger Fabric, bccsp/sw.
 *
 * @param key - the private or the public key
 */
export function keystoreFile(caHome: string, key: KeyObject): string {
  const { x, y } = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" });
  const point = Buffer.concat([Buffer.from([4]), ...[x, y].map((part) => Buffer.from(part!, "base64url"))]);
  return join(caHome, "msp", "keystore", `${createHash("sha256").update(point).digest("hex")}_sk`);
}
