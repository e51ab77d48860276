/** Failures as callers see them: problem details by RFC 9457, with a code that programs read. */
import { type ClientError, type ClientErrorCode, isClientError } from "@baas/client";

/** What a failure says beside its message. */
interface More {
  /** Seconds after which another try makes sense. */
  retryAfter?: number;
  /** Methods that the path takes. */
  allow?: string;
  [name: string]: unknown;
}

/** A failure with its HTTP status. */
export class Problem extends Error {
  override readonly name = "Problem";

  /**
   * @param detail - what is wrong and what to do, in sentences
   */
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly more: More = {},
  ) {
    super(detail);
  }

  /** The body of the answer. */
  toJSON(): { status: number; code: string; detail: string } {
    const { retryAfter: _retryAfter, allow: _allow, ...more } = this.more;
    return { status: this.status, code: this.code, detail: this.detail, ...more };
  }
}

const statusOf: Record<ClientErrorCode, number> = {
  INVALID_CONFIGURATION: 500,
  INVALID_ARGUMENT: 400,
  CHAINCODE: 422,
  ENDORSEMENT: 502,
  REFUSED: 502,
  CONFLICT: 409,
  INVALID_TRANSACTION: 502,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
  OVERLOADED: 503,
  OUTCOME_UNKNOWN: 504,
  IDEMPOTENCY: 422,
  STORE: 503,
  SIGNER: 503,
  ABORTED: 503,
};

/** Any failure as a problem. Of unforeseen ones, callers learn nothing. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isClientError(error)) return clientProblem(error);
  const { code } = error as { code?: unknown };
  if (typeof code === "string" && isOfDatabase(code)) {
    return new Problem(503, "STORE", "The database does not answer. Nothing was sent; try again.", { retryAfter: 1 });
  }
  return new Problem(500, "INTERNAL", "The server failed. Its log says why.");
}

/** Codes of errors of Node's connections and of SQLite, and SQLSTATE of PostgreSQL. */
function isOfDatabase(code: string): boolean {
  return /^(E[A-Z]+|ERR_SQLITE_ERROR|[0-9A-Z]{5})$/.test(code);
}

/** Where the database is, and what is wrong with it, is for the log. */
function notStored(): Problem {
  const detail = "The call could not be stored, so it was not sent. Try again.";
  return new Problem(503, "STORE", detail, { retryAfter: 1 });
}

function clientProblem(error: ClientError): Problem {
  if (error.code === "STORE") return notStored();
  const { code, stage, txID, channel, chaincode, functionName, peers, details, validationCode } = error;
  const status = statusOf[code];
  return new Problem(status, code, error.message, {
    stage,
    ...(txID !== undefined && { txID }),
    ...(channel !== undefined && { channel }),
    ...(chaincode !== undefined && { chaincode }),
    ...(functionName !== undefined && { functionName }),
    ...(peers.length > 0 && { peers }),
    ...(details.length > 0 && { details }),
    ...(validationCode !== undefined && { validationCode }),
    ...((status === 503 || status === 409) && { retryAfter: 1 }),
  });
}
