/** Failures of calls to a CA, one kind for each remedy. */
import { messageOf } from "../failure";
import { certificateFault } from "../tls";

/** Why a call to a CA failed. */
export type CaErrorKind =
  /** No answer, or none that makes sense (yet). */
  | "Unreachable"
  /** Its TLS certificate was issued by another root. */
  | "RootChanged"
  /** Its TLS certificate is out of date, or for other hosts. */
  | "ServerCertificateInvalid"
  /** It does not accept the registrar. */
  | "RegistrarRejected"
  /** It does not accept another identity's secret. */
  | "EnrolmentRejected"
  /** It refused the request itself. */
  | "Refused";

/** Fabric CA's code for "unknown identity or wrong secret". */
export const authenticationFailure = 20;

/** What Fabric CA says when its database takes too long. */
const isBusy = /database is locked|deadline exceeded|timed out|too many (clients|connections)/i;

/** A call to a CA failed. The message holds no secrets. */
export class CaError extends Error {
  override name = "CaError";

  /**
   * @param cause - in short: a code of TLS or of the network, or what the CA said
   * @param code - Fabric CA's own error code, when it gave one
   */
  constructor(
    readonly kind: CaErrorKind,
    message: string,
    override readonly cause: string = "",
    readonly code?: number,
  ) {
    super(message);
  }
}

/** The CA that was called, and the identity that called it. */
export interface Asked {
  url: string;
  caName: string;
  /** The identity that the CA authenticates, such as `the registrar`. */
  who: string;
  /** The failure if the CA does not accept that identity. */
  rejection: "RegistrarRejected" | "EnrolmentRejected";
}

/** Turns an error of the library or of a connection into a {@link CaError}. */
export function explain(error: unknown, { url, caName, who, rejection }: Asked): CaError {
  if (error instanceof CaError) return error;
  const { code, errors } = error as { code?: unknown; errors?: { code: number; message: string }[] };
  const ca = `CA ${caName} at ${url}`;
  // An AggregateError of several addresses has errors, too; their codes are words.
  const refusal = errors?.find((one) => typeof one.code === "number");
  if (refusal?.code === authenticationFailure) {
    return new CaError(rejection, `${ca} does not accept ${who}`, refusal.message, refusal.code);
  }
  // It has given up on its own database, which works on other calls: no answer to this one.
  if (refusal && isBusy.test(refusal.message)) {
    return new CaError("Unreachable", `${ca} is busy (${refusal.message})`, refusal.message, refusal.code);
  }
  if (refusal) return new CaError("Refused", `${ca}: ${refusal.message}`, refusal.message, refusal.code);
  const cause = typeof code === "string" ? code : causeOf(messageOf(error));
  const fault = certificateFault(code);
  if (fault === "unfit") {
    return new CaError("ServerCertificateInvalid", `The TLS certificate of ${url} is not valid (${cause})`, cause);
  }
  if (fault === "untrusted") {
    return new CaError("RootChanged", `The TLS certificate of ${url} was issued by another root (${cause})`, cause);
  }
  return new CaError("Unreachable", `${ca} is not reachable (${cause})`, cause);
}

/** A message of the library without the CA's answer, which the library quotes. */
function causeOf(message: string): string {
  const said = /HTTP status code \d+|CONNECTION Timeout/.exec(message)?.[0];
  if (said !== undefined) return said;
  return message.startsWith("Could not parse") ? "its answer is not JSON" : message.replace(/\[.*\]/s, "");
}
