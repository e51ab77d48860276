/** The certificates of a CA server and those that it has issued, as it lists them. */
import { X509Certificate } from "node:crypto";

import { type CaName, caNamesOf, rootKeyOf } from "../../../model/contracts/certificateAuthority";
import { casOf } from "../../../model/customResources/certificateAuthority";
import { commonName, lifeOf, publicKeyHash } from "../../common/certificates";
import type { FabricCa } from "../../common/fabricCa/caRegistrar";
import type { CertificateAuthorities } from "./certificateAuthorities";
import type { CertificateExpiration } from "./metrics";
import { type CertificateAuthority, type ConfigMap, keyOf } from "./resources";

/** A certificate that was read from a CA server. */
export interface ReadCertificate extends Pick<CertificateExpiration, "kind" | "identity"> {
  ca: CaName;
  /** Hash of its public key, if it is a TLS certificate of an identity; see {@link publicKeyHash}. */
  key?: string;
  /** Its life, in milliseconds since 1970. */
  from: number;
  until: number;
}

/** What a CA server has answered. */
export interface Reading {
  certificates: readonly ReadCertificate[];
  /** When the reading began, in milliseconds since 1970. */
  at: number;
}

/** Reads certificates from CA servers. Keeps each reading for those who need no newer one. */
export class IssuedCertificates {
  private readonly readings = new Map<string, Promise<Reading>>();

  constructor(
    private readonly authorities: CertificateAuthorities,
    private readonly now: () => number,
  ) {}

  /**
   * The certificates of a CA.
   *
   * @param since - earliest time of the reading, in milliseconds since 1970
   * @returns undefined if it has not published its roots
   * @throws {@link CaError} when the server does not answer
   */
  async of(authority: CertificateAuthority, since: number): Promise<Reading | undefined> {
    const key = keyOf(authority);
    const kept = await this.readings.get(key)?.catch(() => undefined);
    if (kept && kept.at >= since) return kept;
    const found = await this.authorities.client(authority);
    if (!found) return undefined;
    const at = this.now();
    const reading = readCertificates(found.client, found.roots, casOf(authority.spec)).then((certificates) => ({
      certificates,
      at,
    }));
    this.readings.set(key, reading);
    return reading;
  }

  /** Drops the reading of a CA that is gone. */
  forget(key: string): void {
    this.readings.delete(key);
  }
}

/**
 * Reads the certificates of a CA server: its own, its roots, and all that it has issued, without those that are revoked or have
 * expired long ago.
 *
 * @param roots - the published roots, which are those of the CAs if the CertificateAuthority is ready
 * @param caNames - names of its two CAs
 * @throws {@link CaError} when the server does not answer
 */
export async function readCertificates(
  client: FabricCa,
  roots: ConfigMap,
  caNames: readonly CaName[] = caNamesOf.organization,
): Promise<ReadCertificate[]> {
  const serverCa = caNames[1]!;
  const server = lifeOf(await client[serverCa].serverCertificate());
  const read: ReadCertificate[] = [{ ca: serverCa, kind: "server", identity: "", ...server }];
  for (const ca of caNames) {
    const root = new X509Certificate(roots.data?.[rootKeyOf(ca)] ?? "");
    read.push({ ca, kind: "root", identity: "", ...lifeOf(root) });
    for (const pem of await client[ca].certificates()) {
      const certificate = new X509Certificate(pem);
      const key = ca === "tlsca" ? { key: publicKeyHash(certificate.publicKey) } : {};
      read.push({ ca, kind: "identity", identity: commonName(certificate), ...key, ...lifeOf(certificate) });
    }
  }
  return read;
}
