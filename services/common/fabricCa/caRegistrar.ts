/** What a Fabric CA does for its registrar, who has names registered and certificates listed. */
import { type KeyObject, sign, X509Certificate } from "node:crypto";

import { withLowS } from "../../../fabric/src/lowS";
import { type CaName } from "../../../model/contracts/certificateAuthority";
import type { IdentitySpec } from "../../../model/customResources/identity";
import { certificateRequest } from "../certificateRequest";
import { isAgeing } from "../certificates";
import { newPrivateKey, parsePrivateKey } from "../keys";
import { revocationListPem } from "../revocationLists";
import { CaClient } from "./caClient";
import { authenticationFailure, CaError } from "./caError";
import type { SigningIdentity, User } from "./library";

/** How to reach a CA server, and who to be. */
export interface FabricCaOptions {
  url: string;
  /** PEM of the root that its TLS certificate must come from. */
  tlsRoot: string;
  registrar: {
    username: string;
    password: string;
    /** Further passwords that the CA may have instead. */
    otherPasswords?: readonly string[];
  };
}

/** A name to register. */
export interface Registration {
  enrolmentId: string;
  enrolmentSecret: string;
  type: IdentitySpec["type"];
}

/** A private key, which stays in this process's memory, and the certificate for it; both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

/** The CAs of a server, spoken to as its registrar. A server has two of these. */
export type FabricCa = Readonly<Record<CaName, CaRegistrar>>;

/** Clients of the CAs of a server. */
export function fabricCa(options: FabricCaOptions): FabricCa {
  const of = (caName: CaName): CaRegistrar => new CaRegistrar(options, caName);
  return { ca: of("ca"), tlsca: of("tlsca"), kafka: of("kafka"), operations: of("operations") };
}

/**
 * How long a certificate is still listed after it has expired. So monitoring shows that a certificate has expired, instead
 * of losing it.
 */
const expiredSince = "-90d";

const alreadyRegistered = 74;

/** The registrar, signed in. Node makes its key, which is kept in memory only. */
class SignedIn implements User {
  /** The library accepts only instances of a class with this name. */
  static readonly name = "User";

  constructor(
    private readonly key: KeyObject,
    readonly certificate: X509Certificate,
  ) {}

  getSigningIdentity(): SigningIdentity {
    return { _certificate: this.certificate.toString(), sign: (text) => this.sign(text) };
  }

  private sign(text: string): Buffer {
    return Buffer.from(withLowS(sign("sha256", Buffer.from(text), this.key)));
  }
}

/** A client of one CA of a server, as its registrar. */
export class CaRegistrar extends CaClient {
  private readonly registrar: FabricCaOptions["registrar"];
  private signedIn: SignedIn | undefined;
  /** A sign-in under way: those who call at one time share it, as the CA keeps each certificate for years. */
  private signingIn: Promise<SignedIn> | undefined;
  /** The password that the CA has accepted last. */
  private accepted: string | undefined;

  constructor({ url, tlsRoot, registrar }: FabricCaOptions, caName: CaName) {
    super(url, caName, tlsRoot);
    this.registrar = registrar;
  }

  /** Proves that the registrar may sign in. */
  async signIn(): Promise<void> {
    await this.find(this.registrar.username);
  }

  /**
   * Replaces the registrar's own password, unless the CA has this one.
   *
   * @throws {@link CaError}
   */
  async setPassword(password: string): Promise<void> {
    await this.signIn();
    if (this.accepted === password) return;
    const { username } = this.registrar;
    const service = this.library.newIdentityService();
    await this.asRegistrar((user) => service.update(username, { enrollmentSecret: password }, user));
    this.accepted = password;
  }

  /** Removes an identity, and revokes its certificates. Does nothing if there is none. */
  async remove(enrolmentId: string): Promise<void> {
    if ((await this.find(enrolmentId)) === undefined) return;
    // The library's own call does not say which CA.
    const path = `identities/${encodeURIComponent(enrolmentId)}?ca=${this.caName}`;
    await this.asRegistrar((user) => this.library.request("DELETE", path, user.getSigningIdentity()));
  }

  /** The certificates (PEM) that the CA has issued, without revoked ones and those that expired long ago. */
  async certificates(): Promise<string[]> {
    const filter = { ca: this.caName, expired_start: expiredSince, notrevoked: true };
    const { result } = await this.asRegistrar((user) =>
      this.library.newCertificateService().getCertificates(filter, user),
    );
    return result.certs.map(({ PEM }) => PEM);
  }

  /** The CA's list of revoked certificates (PEM). */
  async revocationList(): Promise<string> {
    const { result } = await this.asRegistrar((user) =>
      this.library.post<{ CRL: string }>("gencrl", { caname: this.caName }, user.getSigningIdentity()),
    );
    return revocationListPem(Buffer.from(result.CRL, "base64"));
  }

  /** The type of a registered identity, or undefined if there is none. */
  async find(enrolmentId: string): Promise<string | undefined> {
    try {
      const { result } = await this.asRegistrar((user) => this.library.newIdentityService().getOne(enrolmentId, user));
      return result.type;
    } catch (error) {
      // Fabric CA has one code for every failure of a look-up, so compare its message.
      if (error instanceof CaError && /no rows in result set/.test(error.message)) return undefined;
      throw error;
    }
  }

  /** Registers an identity; if it is there already, makes its secret and type what they should be. */
  async register({ enrolmentId, enrolmentSecret, type }: Registration): Promise<void> {
    const { library } = this;
    const asOftenAsItLikes = -1;
    try {
      await this.asRegistrar((user) =>
        library.register(
          enrolmentId,
          enrolmentSecret,
          type,
          "",
          asOftenAsItLikes,
          undefined,
          user.getSigningIdentity(),
        ),
      );
    } catch (error) {
      if (!(await this.isRegistered(enrolmentId, error))) throw error;
      const identity = { enrollmentSecret: enrolmentSecret, type, maxEnrollments: asOftenAsItLikes };
      await this.asRegistrar((user) => library.newIdentityService().update(enrolmentId, identity, user));
    }
  }

  /**
   * Whether a registration was refused because the identity is there: from an earlier call, or from one whose answer was lost and
   * which the CA has been working on meanwhile. Its database then refuses the second entry in words of its own.
   */
  private async isRegistered(enrolmentId: string, refusal: unknown): Promise<boolean> {
    if (!(refusal instanceof CaError && refusal.kind === "Refused")) return false;
    return refusal.code === alreadyRegistered || (await this.find(enrolmentId)) !== undefined;
  }

  /** Makes a new key and enrols it: at `ca` for a signing certificate, at the others for a TLS certificate. */
  async enrolNewKey(identity: Pick<Registration, "enrolmentId" | "enrolmentSecret">): Promise<KeyPair> {
    const { key, csr } = await newRequest(identity.enrolmentId);
    return { certificate: await this.enrol({ ...identity, csr }), key };
  }

  /** Makes a call as the registrar. Signs in first if needed, and again if the CA has lost the registrar's certificate. */
  private async asRegistrar<T>(work: (user: SignedIn) => Promise<T>): Promise<T> {
    const known = this.signedIn;
    try {
      return await this.ask(
        "the registrar",
        async () => work(known && !isAgeing(known.certificate, Date.now()) ? known : await this.signInOnce()),
        "RegistrarRejected",
      );
    } catch (error) {
      if ((error as CaError).code !== authenticationFailure) throw error;
      this.signedIn = undefined;
      if (!known) throw error;
      return this.asRegistrar(work);
    }
  }

  private signInOnce(): Promise<SignedIn> {
    this.signingIn ??= this.enrolRegistrar().finally(() => (this.signingIn = undefined));
    return this.signingIn;
  }

  private async enrolRegistrar(): Promise<SignedIn> {
    const { username, password, otherPasswords = [] } = this.registrar;
    const { key, csr } = await newRequest(username);
    const certificate = await this.enrolWith([this.accepted ?? password, password, ...otherPasswords], csr);
    this.signedIn = new SignedIn(parsePrivateKey(key)!, new X509Certificate(certificate));
    return this.signedIn;
  }

  /** Enrols with the first of some passwords that the CA accepts. */
  private async enrolWith(passwords: readonly string[], csr: string): Promise<string> {
    const [password = "", ...others] = new Set(passwords);
    const { username } = this.registrar;
    try {
      const { enrollmentCert } = await this.library.enroll(username, password, csr);
      this.accepted = password;
      return enrollmentCert;
    } catch (error) {
      if (others.length === 0 || !isAuthenticationFailure(error)) throw error;
      return this.enrolWith(others, csr);
    }
  }
}

/** Whether an error of the library says that the CA does not accept a password. */
function isAuthenticationFailure(error: unknown): boolean {
  const { errors } = error as { errors?: { code: number }[] };
  return Array.isArray(errors) && errors.some(({ code }) => code === authenticationFailure);
}

/** A new key, and a certificate signing request for it. */
async function newRequest(enrolmentId: string): Promise<{ key: string; csr: string }> {
  const key = newPrivateKey();
  return { key, csr: await certificateRequest(parsePrivateKey(key)!, enrolmentId, []) };
}
