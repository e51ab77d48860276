/** The audit log: who did what, and how it ended. It contains no arguments. */
import type { FastifyReply, FastifyRequest } from "fastify";

import type { Log } from "../../../common/log";

/** What is known of a request. */
export interface AuditFields {
  caller?: string;
  action?: string;
  channel?: string;
  chaincode?: string;
  function?: string;
  /** Client identity that it acts as. */
  identity?: string;
  /** Tracking ID. */
  submission?: string;
  txID?: string;
  /** Kind of its failure. */
  code?: string;
}

/** Writes the line of a request. */
export function writeAudit(log: Log, { audit, method, routeOptions }: FastifyRequest, reply: FastifyReply): void {
  log.info("audit", {
    ...audit,
    method,
    path: routeOptions.url,
    status: reply.statusCode,
    milliseconds: Math.round(reply.elapsedTime),
  });
}
