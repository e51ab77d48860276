/** The client of an organization's Fabric CA server. */
import "reflect-metadata";

import { createHash, generateKeyPairSync, type KeyObject, webcrypto, X509Certificate } from "node:crypto";
import https, { request } from "node:https";
import type { TLSSocket } from "node:tls";

import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import FabricCAServices from "fabric-ca-client";
import { Utils } from "fabric-common";

import { signingCaName, tlsCaName } from "../../../model/contracts/certificateAuthority";
import { messageOf } from "./log";
import { signLowS } from "./lowS";
import type { Identity } from "./resources";

/** Names of the two CAs in an organization's server: signing certificates and TLS certificates. */
export const caNames = [signingCaName, tlsCaName] as const;

/** Name of one of the two CAs. */
export type CaName = (typeof caNames)[number];

/** Why a CA did not do what it was asked. */
export type CaErrorKind =
  /** No answer, or none that makes sense (yet). */
  | "Unreachable"
  /** Its TLS certificate was issued by another root. */
  | "RootChanged"
  /** Its TLS certificate is out of date, or for other hosts. */
  | "ServerCertificateInvalid"
  /** It does not accept the registrar. */
  | "RegistrarRejected"
  /** It does not accept another identity's secret. */
  | "EnrolmentRejected"
  /** It refused the request itself. */
  | "Refused";

/** A CA did not do what it was asked. The message holds no secrets. */
export class CaError extends Error {
  override name = "CaError";
  constructor(
    readonly kind: CaErrorKind,
    message: string,
    /** Fabric CA's own error code, when it gave one. */
    readonly code?: number,
  ) {
    super(message);
  }
}

/** How to reach a CA server, and who to be. */
export interface FabricCaOptions {
  url: string;
  /** PEM of the root that its TLS certificate must come from. */
  tlsRoot: string;
  registrar: { username: string; password: string };
}

/** A name to register. */
export interface Registration {
  enrolmentId: string;
  enrolmentSecret: string;
  type: Identity["spec"]["type"];
}

/** A private key, which stays in this process's memory, and the certificate for it; both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

/**
 * How long a certificate that has expired is still listed: whoever watches certificates must see that one ran out, rather
 * than see it vanish.
 */
const expiredSince = "-90d";

const answerTimeout = 10_000;
const authenticationFailure = 20;
const alreadyRegistered = 74;
const p256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** What the library's types leave out: how to list certificates. */
interface CertificateLister {
  newCertificateService(): {
    getCertificates(
      filter: { ca: CaName; expired_start: string; notrevoked: boolean },
      registrar: User,
    ): Promise<{ result: { certs: { PEM: string }[] } }>;
  };
}

/** What the library's types leave out: its settings. */
interface LibrarySettings {
  setLogger(logger: Record<"debug" | "info" | "warn" | "error", () => void>): void;
  setConfigSetting(name: string, value: unknown): void;
}

const library = Utils as unknown as LibrarySettings;
const silent = () => {};
library.setLogger({ debug: silent, info: silent, warn: silent, error: silent });
library.setConfigSetting("connection-timeout", answerTimeout);
// The library adds a listener to the connection at each request, which would pile up on connections that are kept.
https.globalAgent = new https.Agent({ keepAlive: false });

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/**
 * The registrar, in the shape that fabric-ca-client takes: it looks at the class's name. Its key is made by Node and lives in
 * memory only. (The library's own `User` would make it with jsrsasign, whose randomness in Node is `Math.random`.)
 */
class User {
  constructor(
    private readonly key: KeyObject,
    readonly certificate: X509Certificate,
  ) {}

  getSigningIdentity() {
    return {
      _certificate: this.certificate.toString(),
      sign: (text: string) => signLowS(this.key, text),
    };
  }
}

/** An organization's CA server, spoken to as its registrar. */
export class FabricCa {
  private readonly services: Record<CaName, FabricCAServices>;
  private readonly users = new Map<CaName, User>();

  constructor(private readonly options: FabricCaOptions) {
    const service = (caName: CaName) =>
      new FabricCAServices({
        url: options.url,
        caName,
        tlsOptions: { trustedRoots: [options.tlsRoot], verify: true },
        cryptoSuite: { hash: sha256 } as never,
      });
    this.services = { ca: service(signingCaName), tlsca: service(tlsCaName) };
  }

  /** The root certificate that a CA says it has. */
  async root(caName: CaName): Promise<X509Certificate> {
    const { text } = await this.caInfo(caName);
    try {
      const { result } = JSON.parse(text) as { result: { CAChain: string } };
      return new X509Certificate(Buffer.from(result.CAChain, "base64"));
    } catch {
      throw new CaError("Unreachable", `${this.describe(caName)} answers /cainfo without a certificate`);
    }
  }

  /** The TLS certificate that the server shows. */
  async serverCertificate(): Promise<X509Certificate> {
    return (await this.caInfo(tlsCaName)).served;
  }

  /** The certificates (PEM) that a CA has issued, but for those that are revoked or expired long ago. */
  async certificates(caName: CaName): Promise<string[]> {
    const filter = { ca: caName, expired_start: expiredSince, notrevoked: true };
    const { result } = await this.asRegistrar(caName, (service, user) =>
      (service as unknown as CertificateLister).newCertificateService().getCertificates(filter, user),
    );
    return result.certs.map(({ PEM }) => PEM);
  }

  /** Proves that the registrar may sign in. */
  async signIn(caName: CaName): Promise<void> {
    await this.find(caName, this.options.registrar.username);
  }

  /** The type of a registered identity, or undefined if there is none. */
  async find(caName: CaName, enrolmentId: string): Promise<string | undefined> {
    try {
      const answer = await this.asRegistrar(caName, (service, user) =>
        service.newIdentityService().getOne(enrolmentId, user as never),
      );
      return (answer.result as { type: string }).type;
    } catch (error) {
      // Fabric CA has one code for every failure of a look-up, so only its words tell.
      if (error instanceof CaError && /no rows in result set/.test(error.message)) return undefined;
      throw error;
    }
  }

  /** Registers an identity; if it is there already, makes its secret and type what they should be. */
  async register(caName: CaName, { enrolmentId, enrolmentSecret, type }: Registration): Promise<void> {
    try {
      await this.asRegistrar(caName, (service, user) =>
        service.register(
          {
            enrollmentID: enrolmentId,
            enrollmentSecret: enrolmentSecret,
            role: type,
            affiliation: "",
            maxEnrollments: -1,
          },
          user as never,
        ),
      );
    } catch (error) {
      if (!(error instanceof CaError && error.code === alreadyRegistered)) throw error;
      await this.asRegistrar(caName, (service, user) =>
        service
          .newIdentityService()
          .update(
            enrolmentId,
            { enrollmentID: enrolmentId, affiliation: "", enrollmentSecret: enrolmentSecret, type, maxEnrollments: -1 },
            user as never,
          ),
      );
    }
  }

  /** Has a certificate issued for a new key: one to sign with by `ca`, one for TLS by `tlsca`. */
  async enrol(
    caName: CaName,
    { enrolmentId, enrolmentSecret }: Pick<Registration, "enrolmentId" | "enrolmentSecret">,
  ): Promise<KeyPair> {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const csr = await certificateRequest(privateKey, enrolmentId);
    const profile = caName === tlsCaName ? { profile: "tls" } : {};
    try {
      const { certificate } = await this.services[caName].enroll({
        enrollmentID: enrolmentId,
        enrollmentSecret: enrolmentSecret,
        csr,
        ...profile,
      });
      return { certificate, key: privateKey.export({ type: "pkcs8", format: "pem" }) as string };
    } catch (error) {
      const explained = this.explain(error, caName);
      if (explained.kind !== "RegistrarRejected") throw explained;
      throw new CaError("EnrolmentRejected", `${this.describe(caName)} does not accept ${enrolmentId}`, explained.code);
    }
  }

  /** Does something as the registrar; signs in first if need be, and once more if the CA forgot the registrar's certificate. */
  private async asRegistrar<T>(
    caName: CaName,
    work: (service: FabricCAServices, user: User) => Promise<T>,
  ): Promise<T> {
    const known = this.users.get(caName);
    try {
      const user = known && !isAgeing(known.certificate, Date.now()) ? known : await this.enrolRegistrar(caName);
      return await work(this.services[caName], user);
    } catch (error) {
      const explained = error instanceof CaError ? error : this.explain(error, caName);
      if (explained.code !== authenticationFailure && explained.kind !== "RegistrarRejected") throw explained;
      this.users.delete(caName);
      if (!known) throw explained;
      return this.asRegistrar(caName, work);
    }
  }

  /** What a CA says of itself to anyone, and the TLS certificate that the server shows meanwhile. */
  private async caInfo(caName: CaName): Promise<{ text: string; served: X509Certificate }> {
    const url = new URL(`/cainfo?ca=${caName}`, this.options.url);
    return new Promise<{ text: string; served: X509Certificate }>((resolve, reject) => {
      const outgoing = request(url, { ca: this.options.tlsRoot, timeout: answerTimeout, agent: false }, (response) => {
        const served = (response.socket as TLSSocket).getPeerX509Certificate()!;
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode === 200) resolve({ text: Buffer.concat(chunks).toString(), served });
          else reject(new Error(`HTTP status code ${response.statusCode}`));
        });
      });
      outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer in ${answerTimeout / 1000} s`)));
      outgoing.on("error", reject);
      outgoing.end();
    }).catch((error: unknown) => {
      throw this.explain(error, caName);
    });
  }

  private async enrolRegistrar(caName: CaName): Promise<User> {
    const { username, password } = this.options.registrar;
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const csr = await certificateRequest(privateKey, username);
    const request = { enrollmentID: username, enrollmentSecret: password, csr };
    const { certificate } = await this.services[caName].enroll(request);
    const user = new User(privateKey, new X509Certificate(certificate));
    this.users.set(caName, user);
    return user;
  }

  private describe(caName: CaName): string {
    return `CA ${caName} at ${this.options.url}`;
  }

  private explain(error: unknown, caName: CaName): CaError {
    const { code, errors } = error as { code?: unknown; errors?: { code: number; message: string }[] };
    const ca = this.describe(caName);
    // An AggregateError of several addresses has errors, too; their codes are words.
    const refusal = errors?.find((one) => typeof one.code === "number");
    if (refusal?.code === authenticationFailure) {
      return new CaError("RegistrarRejected", `${ca} does not accept the registrar`, refusal.code);
    }
    if (refusal) return new CaError("Refused", `${ca}: ${refusal.message}`, refusal.code);
    if (typeof code === "string" && /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|ERR_TLS_CERT_ALTNAME_INVALID)$/.test(code)) {
      return new CaError(
        "ServerCertificateInvalid",
        `The TLS certificate of ${this.options.url} does not hold (${code})`,
      );
    }
    if (typeof code === "string" && /CERT|ISSUER|SIGNATURE|ERR_TLS/.test(code)) {
      return new CaError(
        "RootChanged",
        `The TLS certificate of ${this.options.url} was issued by another root (${code})`,
      );
    }
    const cause = typeof code === "string" ? code : messageOf(error).replace(/\[.*\]/s, "");
    return new CaError("Unreachable", `${ca} is not reachable (${cause})`);
  }
}

/** Whether two thirds of a certificate's life are over. */
export function isAgeing({ validFrom, validTo }: X509Certificate, now: number): boolean {
  const [from, until] = [Date.parse(validFrom), Date.parse(validTo)];
  return now >= until - (until - from) / 3;
}

async function certificateRequest(key: KeyObject, commonName: string): Promise<string> {
  const { subtle } = webcrypto;
  const privateKey = await subtle.importKey("pkcs8", key.export({ type: "pkcs8", format: "der" }), p256, true, [
    "sign",
  ]);
  const { kty, crv, x, y } = await subtle.exportKey("jwk", privateKey);
  const publicKey = await subtle.importKey("jwk", { kty, crv, x, y } as webcrypto.JsonWebKey, p256, true, ["verify"]);
  const parameters = { name: [{ CN: [commonName] }], keys: { privateKey, publicKey }, signingAlgorithm: p256 };
  return (await Pkcs10CertificateRequestGenerator.create(parameters, webcrypto as never)).toString("pem");
}
