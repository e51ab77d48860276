/** What routes work with. */
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import type { Log } from "../../../common/log";
import type { Access, Caller } from "../access/access";
import type { Clients } from "../fabric/clients";
import type { MetadataCache } from "../fabric/metadata";
import type { Metrics } from "../metrics";
import type { SubmissionStore } from "../store/submissionStore";
import type { Submitter } from "../submissions/submitter";
import type { AuditFields } from "./audit";

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller;
    audit: AuditFields;
  }
}

/** What routes work with. */
export interface Services {
  access: Access;
  clients: Clients;
  metadata: MetadataCache;
  metrics: Metrics;
  store: SubmissionStore;
  submitter: Submitter;
  log: Log;
  /** Ends streams when the server stops. */
  closing: AbortSignal;
}

/** A server whose routes have schemas. */
export type Routes = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;
