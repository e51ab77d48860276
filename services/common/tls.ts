/** Asks servers for their TLS certificate, and tells what is wrong with it. */
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { connect } from "node:tls";

/** A server whose TLS certificate is wanted. */
export interface TlsServer {
  /** Name or address. The certificate must be for it. */
  host: string;
  port: number;
  /** Root (PEM) that the certificate must come from. */
  root: string;
  /** Application protocols to offer, such as `h2` for servers that accept no other. */
  protocols?: string[];
  /** Milliseconds that it may take to answer. */
  timeout: number;
}

/** Code of the error when a server takes too long to answer. */
export const tlsTimeoutCode = "ETIMEDOUT";

/**
 * The valid TLS certificate that a server shows.
 *
 * @throws {@link Error} with a `code`: {@link tlsTimeoutCode}, or Node's for a failed connection or an invalid certificate
 */
export function shownCertificate({ host, port, root, protocols, timeout }: TlsServer): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const servername = isIP(host) === 0 ? host : undefined;
    const socket = connect({ host, port, servername, ca: root, ALPNProtocols: protocols }, () => {
      resolve(socket.getPeerX509Certificate()!);
      socket.end();
    });
    const late = Object.assign(new Error(`no answer within ${timeout} ms`), { code: tlsTimeoutCode });
    socket.setTimeout(timeout, () => socket.destroy(late));
    socket.on("error", reject);
  });
}

/** What is wrong with a certificate: its dates or hosts, or that it does not come from the root. */
export type CertificateFault = "unfit" | "untrusted";

/**
 * What is wrong with a server's certificate.
 *
 * @param code - of the error of a connection: https://nodejs.org/api/tls.html#x509-certificate-error-codes
 * @returns undefined if the connection has failed for another reason
 */
export function certificateFault(code: unknown): CertificateFault | undefined {
  if (typeof code !== "string") return undefined;
  if (/^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|ERR_TLS_CERT_ALTNAME_INVALID)$/.test(code)) return "unfit";
  return /CERT|ISSUER|SIGNATURE/.test(code) ? "untrusted" : undefined;
}
