/** Turns errors of an orderer's participation API into {@link FabricError}. */
import { FabricError, type FabricErrorCode, type FabricErrorContext } from "../errors";

/** How a request ended. */
export type Failure = { connection: Error } | { timedOutAfter: number } | { status: number; text: string };

/** Makes the error for a request that failed. */
export function participationError(where: FabricErrorContext, failure: Failure): FabricError {
  if ("timedOutAfter" in failure) {
    return new FabricError({ ...where, code: "TIMEOUT", reason: `no answer within ${failure.timedOutAfter} ms` });
  }
  if ("connection" in failure) return connectionError(where, failure.connection);
  const reason = reasonOf(failure.text);
  const { code, hint } = meaningOf(failure.status, reason);
  return new FabricError({ ...where, code, hint, reason: `${failure.status}: ${reason}` });
}

function connectionError(where: FabricErrorContext, cause: Error): FabricError {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  // A server that refuses the client's certificate sends an alert or closes the connection after the handshake.
  if (/^ERR_SSL|alert|EPROTO/i.test(`${code} ${cause.message}`)) {
    return new FabricError({
      ...where,
      code: "ACCESS_DENIED",
      reason: `the TLS connection was refused (${cause.message})`,
      cause,
      hint: "The client's certificate must come from a CA in the orderer's ORDERER_ADMIN_TLS_CLIENTROOTCAS.",
    });
  }
  if (/CERT|ALTNAME|SELF_SIGNED|UNABLE_TO/.test(code)) {
    return new FabricError({
      ...where,
      code: "ACCESS_DENIED",
      reason: `the orderer's TLS certificate was not accepted (${cause.message})`,
      cause,
      hint: "Check the TLS root certificate, and that the certificate names the host in the address.",
    });
  }
  return new FabricError({ ...where, code: "UNAVAILABLE", reason: `no connection (${cause.message})`, cause });
}

function meaningOf(status: number, reason: string): { code: FabricErrorCode; hint?: string } {
  if (status === 404) return { code: "NOT_FOUND" };
  if (status === 405 && reason.includes("system channel")) {
    return { code: "REJECTED", hint: "An orderer with a system channel takes channels from there, not by this API." };
  }
  if (status === 405) return { code: "ALREADY_EXISTS" };
  if (status === 409) return { code: "CONFLICT", hint: "The channel is being removed; try again." };
  if (status === 503 && reason.includes("disabled")) {
    return { code: "REJECTED", hint: "Set ORDERER_CHANNELPARTICIPATION_ENABLED=true." };
  }
  if (status >= 500) return { code: "UNAVAILABLE" };
  if (status === 400 && reason.includes("too large")) {
    return { code: "REJECTED", hint: "Raise ORDERER_CHANNELPARTICIPATION_MAXREQUESTBODYSIZE." };
  }
  return { code: status >= 400 ? "REJECTED" : "PROTOCOL" };
}

function reasonOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: string };
    if (error !== undefined) return error;
  } catch {
    // Not every answer is from the API itself.
  }
  return text.trim().slice(0, 300) || "an empty answer";
}
