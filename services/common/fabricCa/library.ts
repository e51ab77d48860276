/** The npm package fabric-ca-client, as far as services use it, and its settings. */
import { createHash } from "node:crypto";
import { urlToHttpOptions } from "node:url";

// @ts-expect-error The package has types for its index only. What that adds to this client makes keys, which Node does here.
import FabricCAClient from "fabric-ca-client/lib/FabricCAClient.js";
import { Utils } from "fabric-common";

/** The library's own limit is 3 s, which a CA on a busy machine can miss. In milliseconds. */
const answerTimeout = 15_000;

/** The signer of a request; the library calls it SigningIdentity. */
export interface SigningIdentity {
  /** PEM. */
  _certificate: string;
  /** ECDSA over SHA-256 in DER, with a low S. */
  sign(text: string): Buffer;
}

/** The object that the library's services get a signing identity from. */
export interface User {
  getSigningIdentity(): SigningIdentity;
}

/** An answer of a CA. */
export interface Answer<Result> {
  result: Result;
}

/** The library's client of one CA. A call without a signing identity is anonymous. */
interface LibraryClient {
  enroll(
    enrolmentId: string,
    enrolmentSecret: string,
    csr: string,
    profile?: string,
  ): Promise<{ enrollmentCert: string }>;
  register(
    enrolmentId: string,
    enrolmentSecret: string,
    type: string,
    affiliation: string,
    maxEnrolments: number,
    attributes: undefined,
    signer: SigningIdentity,
  ): Promise<string>;
  post<Result>(method: string, body: object, signer?: SigningIdentity): Promise<Answer<Result>>;
  request(
    httpMethod: string,
    method: string,
    signer: SigningIdentity | undefined,
    body?: object,
    requestOptions?: object,
  ): Promise<Answer<unknown>>;
  newIdentityService(): {
    getOne(enrolmentId: string, user: User): Promise<Answer<{ type: string }>>;
    update(enrolmentId: string, identity: object, user: User): Promise<unknown>;
  };
  newCertificateService(): {
    getCertificates(
      filter: { ca: string; expired_start: string; notrevoked: boolean },
      user: User,
    ): Promise<Answer<{ certs: { PEM: string }[] }>>;
  };
}

interface ConnectOptions {
  protocol: "https";
  hostname: string;
  port: number;
  caname: string;
  /** Only these roots are trusted for the server's certificate; Node's own are not. */
  tlsOptions: { trustedRoots: string[]; verify: true };
}

type CryptoSuite = { hash(text: string): string };

const Client = FabricCAClient as unknown as new (options: ConnectOptions, suite: CryptoSuite) => LibraryClient;

/** What the library's types leave out. */
interface LibrarySettings {
  setLogger(logger: Record<"debug" | "info" | "warn" | "error", () => void>): void;
  setConfigSetting(name: string, value: unknown): void;
}

const settings = Utils as unknown as LibrarySettings;
const silent = () => {};
settings.setLogger({ debug: silent, info: silent, warn: silent, error: silent });
settings.setConfigSetting("connection-timeout", answerTimeout);

/** How long before now the lives of certificates begin, because clocks differ; in milliseconds. */
const backdatedMs = 60_000;

/** The part of a crypto suite that signing a request needs. */
const suite: CryptoSuite = { hash: (text) => createHash("sha256").update(text).digest("hex") };

/** The library's client, over a connection for each request. */
export class FabricCaLibrary extends Client {
  /**
   * @param url - such as `https://ca-org1:7054`
   * @param tlsRoot - PEM of the root that the server's TLS certificate must come from
   */
  constructor(url: string, caname: string, tlsRoot: string) {
    const tlsOptions = { trustedRoots: [tlsRoot], verify: true as const };
    super({ protocol: "https", ...addressOf(url), caname, tlsOptions }, suite);
  }

  /**
   * The library adds a listener to the connection at each request; on the connections of Node's agent they would pile up.
   *
   * An enrolment says when the certificate's life begins. Otherwise Fabric CA has it begin with the life of its root, and years later
   * nobody could tell from a certificate how much of its life is over. Source: Fabric CA, lib/serverenroll.go, handleEnroll.
   */
  override request(
    httpMethod: string,
    method: string,
    signer: SigningIdentity | undefined,
    body?: object,
    requestOptions?: object,
  ): Promise<Answer<unknown>> {
    const life = method === "enroll" && { NotBefore: new Date(Date.now() - backdatedMs).toISOString() };
    return super.request(httpMethod, method, signer, body && { ...body, ...life }, { ...requestOptions, agent: false });
  }
}

/** Where a CA listens: an IPv6 address is without brackets. */
export function addressOf(url: string): { hostname: string; port: number } {
  const { hostname, port } = urlToHttpOptions(new URL(url));
  return { hostname: hostname!, port: Number(port ?? 443) };
}
