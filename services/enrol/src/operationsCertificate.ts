/** The certificate of the endpoint on which a CA server has its metrics. The platform's server shows it everywhere. */
import "reflect-metadata";

import { createPrivateKey, type KeyObject, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";

import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

import { p256, webKeys } from "../../common/certificateRequest";
import { parseCertificate } from "../../common/certificates";
import { newPrivateKey } from "../../common/keys";
import { readIfThere, writeWhole } from "../../common/wholeFiles";
import { caServerPaths, shortBackdateSeconds, yearHours } from "./caConfig";
import type { Log } from "./log";
import { backdatedMs, keystoreFile } from "./makeRoots";

const hourMs = 3_600_000;

/**
 * Makes a new key and a new certificate at each start, from the root of the server's default CA. It needs a file with its key, which
 * the server does not have for the certificate that it makes itself. The latter lives as long and began no earlier, and its renewal is a
 * restart: so this one never ends first by more than the time of a start.
 *
 * @param home - home directory of the server, with its roots
 */
export async function makeOperationsCertificate(
  home: string,
  wanted: { hosts: readonly string[]; certificateLife?: number | undefined },
  log: Log,
  now = new Date(),
): Promise<void> {
  const paths = caServerPaths(home);
  const pem = readIfThere(paths.serverCaCertificate)!;
  const root = new X509Certificate(pem);
  const rootKey = readIfThere(keystoreFile(home, parseCertificate(pem)!.publicKey));
  // A root that was brought from elsewhere: the server says what is wrong with it.
  if (rootKey === undefined) return log("certificate of the metrics: not made, as the key of the root is not there");
  const key = newPrivateKey();
  const certificate = await issue(createPrivateKey(key), root, createPrivateKey(rootKey), { ...wanted, now });
  writeWhole(paths.operationsKey, key, 0o600);
  writeWhole(paths.operationsCertificate, certificate, 0o644);
  log("certificate of the metrics: made");
}

async function issue(
  key: KeyObject,
  root: X509Certificate,
  rootKey: KeyObject,
  { hosts, certificateLife, now }: { hosts: readonly string[]; certificateLife?: number | undefined; now: Date },
): Promise<string> {
  const signing = await webKeys(rootKey);
  const life = certificateLife === undefined ? yearHours * hourMs : certificateLife * 1000;
  const notBefore = new Date(
    now.getTime() - (certificateLife === undefined ? backdatedMs : shortBackdateSeconds * 1000),
  );
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: randomBytes(16).toString("hex"),
      subject: [{ CN: [hosts[0]!] }],
      issuer: root.subjectName,
      publicKey: (await webKeys(key)).publicKey,
      signingKey: signing.privateKey,
      signingAlgorithm: p256,
      notBefore,
      notAfter: new Date(Math.min(now.getTime() + life, root.notAfter.getTime())),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(
          hosts.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
        ),
      ],
    },
    webcrypto as never,
  );
  return certificate.toString("pem");
}
