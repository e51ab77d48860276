/** A Fabric CA's calls that need no registrar: read its root, and enrol with a secret. */
import type { X509Certificate } from "node:crypto";

import { type CaName, caNamesOf, signingCaName } from "../../../model/contracts/certificateAuthority";
import { parseCertificate } from "../certificates";
import { shownCertificate } from "../tls";
import { type Asked, CaError, explain } from "./caError";
import { addressOf, FabricCaLibrary } from "./library";

/** Names of the two CAs in an organization's server: signing certificates and TLS certificates. */
export const caNames = caNamesOf.organization;

/** Who enrols, and what for. */
export interface Enrolment {
  enrolmentId: string;
  enrolmentSecret: string;
  /** PEM; its key stays with the caller. */
  csr: string;
}

/** In milliseconds. */
const answerTimeout = 10_000;

/** A client of one CA of a fabric-ca-server. It keeps no keys, neither in memory nor on disk. */
export class CaClient {
  protected readonly library: FabricCaLibrary;

  /**
   * @param url - such as `https://ca-org1:7054`
   * @param tlsRoot - PEM of the root that the server's TLS certificate must come from
   */
  constructor(
    private readonly url: string,
    protected readonly caName: CaName,
    private readonly tlsRoot: string,
  ) {
    this.library = new FabricCaLibrary(url, caName, tlsRoot);
  }

  /**
   * Reads the CA's root certificate from the CA.
   *
   * @throws {@link CaError}
   */
  async root(): Promise<X509Certificate> {
    const { result } = await this.ask("anybody", () => this.library.post<{ CAChain?: string }>("cainfo", {}));
    const root = parseCertificate(Buffer.from(result.CAChain ?? "", "base64").toString());
    if (root) return root;
    throw new CaError("Unreachable", `CA ${this.caName} at ${this.url} answers /cainfo without a certificate`);
  }

  /**
   * The TLS certificate that the server shows.
   *
   * @throws {@link CaError}
   */
  serverCertificate(): Promise<X509Certificate> {
    const { hostname: host, port } = addressOf(this.url);
    return this.ask("anybody", () => shownCertificate({ host, port, root: this.tlsRoot, timeout: answerTimeout }));
  }

  /**
   * Enrols: gets a certificate from the CA, by its profile for TLS unless it is for signing.
   *
   * @returns PEM
   * @throws {@link CaError}
   */
  async enrol({ enrolmentId, enrolmentSecret, csr }: Enrolment): Promise<string> {
    const profile = this.caName === signingCaName ? undefined : "tls";
    const enrolled = await this.ask(enrolmentId, () => this.library.enroll(enrolmentId, enrolmentSecret, csr, profile));
    return enrolled.enrollmentCert;
  }

  /** Calls the CA, and turns its errors into {@link CaError}. */
  protected async ask<T>(
    who: string,
    work: () => Promise<T>,
    rejection: Asked["rejection"] = "EnrolmentRejected",
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explain(error, { url: this.url, caName: this.caName, who, rejection });
    }
  }
}
