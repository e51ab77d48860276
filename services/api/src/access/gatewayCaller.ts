/** Callers whose certificate the gateway has checked. Only the gateway's own connection may say so. */
import type { TLSSocket } from "node:tls";

import type { FastifyRequest } from "fastify";

import { callerHeaders } from "../../../../model/contracts/api";

/** The caller that the gateway names; nothing if it names none. */
export function gatewayCaller({ headers, raw }: FastifyRequest): string | undefined {
  const name = headers[callerHeaders.name];
  // The server accepts no connection without the gateway's certificate; a header without one is nobody's.
  if (typeof name !== "string" || name === "" || !(raw.socket as Partial<TLSSocket>).authorized) return undefined;
  return `certificate:${name}`;
}
