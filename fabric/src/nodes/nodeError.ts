/** Turns errors that nodes answer into {@link FabricError}. */
import { type ServiceError, status as grpcStatus } from "@grpc/grpc-js";
import { common } from "@hyperledger/fabric-protos";

import { FabricError, type FabricErrorCode, type FabricErrorContext } from "../errors";

/** The error for a call that gRPC says has failed. Any other error is returned as it is. */
export function grpcError(where: FabricErrorContext, cause: unknown): unknown {
  if (cause instanceof FabricError) return cause;
  const { code, details } = cause as ServiceError;
  if (code === undefined) return cause;
  const make = (errorCode: FabricErrorCode, hint?: string) =>
    new FabricError({ ...where, code: errorCode, reason: plain(details) || grpcStatus[code], cause, hint });
  switch (code) {
    case grpcStatus.UNAVAILABLE:
      return /certificate|CERT|altnames|SSL|alert/.test(details)
        ? make("ACCESS_DENIED", "Check the TLS root certificate, and that the node's certificate names this host.")
        : make("UNAVAILABLE");
    case grpcStatus.RESOURCE_EXHAUSTED:
    case grpcStatus.ABORTED:
      return make("UNAVAILABLE");
    case grpcStatus.DEADLINE_EXCEEDED:
    case grpcStatus.CANCELLED:
      return make("TIMEOUT");
    case grpcStatus.PERMISSION_DENIED:
    case grpcStatus.UNAUTHENTICATED:
      return make("ACCESS_DENIED");
    case grpcStatus.UNIMPLEMENTED:
      return make("PROTOCOL", "Is this the address of a node of that kind?");
    default:
      return make(codeOfMessage(details));
  }
}

/** gRPC's message without its generic parts. */
function plain(details: string): string {
  const [, cause] =
    /^No connection established\. Last error: (?:Error: )?(.*?)\.? Resolution note: /.exec(details) ?? [];
  return cause === undefined ? details : `no connection (${cause})`;
}

/** The error for an answer of a system chaincode. Its status says little, so the message decides. */
export function chaincodeError(where: FabricErrorContext, status: number, message: string): FabricError {
  const code = status === 404 ? "NOT_FOUND" : codeOfMessage(message);
  const hint = hints[code];
  return new FabricError({ ...where, code, hint, reason: message || `status ${status} without a message` });
}

const hints: Partial<Record<FabricErrorCode, string>> = {
  ACCESS_DENIED: "Peers take this from an administrator of their own organization.",
  CONFLICT: "Read the committed definition and compute the sequence again.",
};

/** The error for a status that orderers and deliver services answer with. */
export function statusError(where: FabricErrorContext, status: number, info = ""): FabricError {
  const name = Object.entries(common.Status).find(([, number]) => number === status)?.[0] ?? String(status);
  return new FabricError({ ...where, ...meaning(status, info), reason: info === "" ? name : `${name}: ${info}` });
}

function meaning(status: number, info: string): { code: FabricErrorCode; hint?: string } {
  switch (status) {
    case common.Status.SERVICE_UNAVAILABLE:
      return { code: "UNAVAILABLE", hint: "A Raft leader is elected within seconds if a majority of orderers is up." };
    case common.Status.NOT_FOUND:
      return { code: "NOT_FOUND", hint: "The node has not joined the channel, or does not have the block." };
    case common.Status.FORBIDDEN:
      return { code: "ACCESS_DENIED", hint: "The channel's policies do not let this identity do that." };
    case common.Status.INTERNAL_SERVER_ERROR:
      return { code: "UNAVAILABLE" };
    default:
      return badRequestMeaning(info);
  }
}

/** An orderer answers every invalid message with BAD_REQUEST, so the message text decides. */
function badRequestMeaning(info: string): { code: FabricErrorCode; hint?: string } {
  // An orderer treats an unknown channel as one to be created.
  if (info.includes("channel creation request not allowed")) {
    return { code: "NOT_FOUND", hint: "The orderer has not joined the channel." };
  }
  if (/(to|at) version \d+, but|was in the read set/.test(info)) {
    return { code: "CONFLICT", hint: "The configuration has changed meanwhile: read it and compute the update again." };
  }
  if (/policy .*not satisfied|sub-policies were satisfied/.test(info)) {
    return { code: "ACCESS_DENIED", hint: "The update needs signatures of more organizations' administrators." };
  }
  return { code: "REJECTED" };
}

function codeOfMessage(message: string): FabricErrorCode {
  // Somebody else has committed a definition meanwhile, or one of the peers is behind the others.
  if (
    /larger than requested sequence|larger than the next available sequence|definition must be sequence/.test(message)
  ) {
    return "CONFLICT";
  }
  if (/access denied|Failed to authorize|failed ACL check|creator is malformed/i.test(message)) return "ACCESS_DENIED";
  if (/already exists|already successfully installed/.test(message)) return "ALREADY_EXISTS";
  if (/not found|could not find|No such (transaction|block)|Entry not found/i.test(message)) return "NOT_FOUND";
  return "REJECTED";
}
