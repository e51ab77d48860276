/** Certificates of callers that the gateway hands on. Only the gateway's own connection may do so. */
import type { TLSSocket } from "node:tls";

import type { FastifyRequest } from "fastify";

import { callerCertificateHeader } from "../../../../model/contracts/api";

/** The certificate (DER in Base64) of the caller; nothing if the gateway hands on none. */
export function handedOnCertificate({ headers, raw }: FastifyRequest): string | undefined {
  const der = headers[callerCertificateHeader];
  // The server accepts no connection without the gateway's certificate; a header without one is nobody's.
  if (typeof der !== "string" || der === "" || !(raw.socket as Partial<TLSSocket>).authorized) return undefined;
  return der;
}
