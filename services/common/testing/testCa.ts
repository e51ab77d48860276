/** A certificate authority for tests, in this process. */
import "reflect-metadata";

import { type KeyObject, webcrypto } from "node:crypto";

import {
  BasicConstraintsExtension,
  cryptoProvider,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from "@peculiar/x509";

import { certificateRequest } from "../certificateRequest";

cryptoProvider.set(webcrypto as never);

const p256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const subjectAlternativeName = "2.5.29.17";
const day = 24 * 60 * 60 * 1000;

/** A certificate's life, counted in days from now. */
export interface Life {
  from: number;
  until: number;
}

/** A root and its private key. */
export interface ExportedCa {
  /** PEM. */
  certificate: string;
  /** PKCS#8, in Base64. */
  key: string;
}

/** A root that issues certificates as Fabric CA does, for tests. */
export class TestCa {
  private constructor(
    private readonly root: X509Certificate,
    private readonly keys: webcrypto.CryptoKeyPair,
  ) {}

  static async make(name: string): Promise<TestCa> {
    const keys = await webcrypto.subtle.generateKey(p256, true, ["sign", "verify"]);
    const root = await X509CertificateGenerator.createSelfSigned({
      name: [{ CN: [name] }],
      keys: keys as never,
      signingAlgorithm: p256,
      notBefore: new Date(Date.now() - day),
      notAfter: new Date(Date.now() + 5000 * day),
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    });
    return new TestCa(root, keys);
  }

  /** The one that {@link exported} has told of. */
  static async from({ certificate, key }: ExportedCa): Promise<TestCa> {
    const root = new X509Certificate(certificate);
    const pkcs8 = Buffer.from(key, "base64");
    const privateKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, p256, true, ["sign"]);
    return new TestCa(root, { privateKey, publicKey: (await root.publicKey.export()) as never });
  }

  /** All that it is, for another process. */
  async exported(): Promise<ExportedCa> {
    const key = await webcrypto.subtle.exportKey("pkcs8", this.keys.privateKey);
    return { certificate: this.pem, key: Buffer.from(key).toString("base64") };
  }

  /** The root as PEM, spelled as Node spells it. */
  get pem(): string {
    return `${this.root.toString("pem")}\n`;
  }

  /** Signs a request, as Fabric CA does: the subject is the enrolment ID with the identity's type as OU. */
  async sign(csr: string, type = "peer", life: Life = { from: -1, until: 365 }): Promise<string> {
    const request = new Pkcs10CertificateRequest(csr);
    if (!(await request.verify())) throw new Error("the request's signature is wrong");
    const hosts = request.getExtension(subjectAlternativeName);
    const certificate = await X509CertificateGenerator.create({
      subject: [{ OU: [type] }, ...request.subjectName.toJSON()],
      issuer: this.root.subjectName,
      publicKey: request.publicKey,
      signingKey: this.keys.privateKey as never,
      signingAlgorithm: p256,
      notBefore: new Date(Date.now() + life.from * day),
      notAfter: new Date(Date.now() + life.until * day),
      extensions: [new BasicConstraintsExtension(false, undefined, true), ...(hosts ? [hosts] : [])],
    });
    return certificate.toString("pem");
  }

  /**
   * A list of revoked certificates (PEM).
   *
   * @param certificates - what is revoked (PEM)
   */
  async revocationList(certificates: readonly string[], life: Life = { from: 0, until: 1 }): Promise<string> {
    const list = await X509CrlGenerator.create({
      issuer: this.root.subjectName.toJSON(),
      thisUpdate: new Date(Date.now() + life.from * day),
      nextUpdate: new Date(Date.now() + life.until * day),
      entries: certificates.map((pem) => ({ serialNumber: new X509Certificate(pem).serialNumber })),
      signingKey: this.keys.privateKey as never,
      signingAlgorithm: p256,
    });
    return `${list.toString("pem").replaceAll(" CRL", " X509 CRL")}\n`;
  }

  /** Issues a certificate for a key. */
  async issue(key: KeyObject, commonName: string, hosts: readonly string[], life?: Life): Promise<string> {
    return this.sign(await certificateRequest(key, commonName, hosts), "peer", life);
  }
}
