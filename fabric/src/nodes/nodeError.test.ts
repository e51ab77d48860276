import { status as grpcStatus } from "@grpc/grpc-js";
import { common } from "@hyperledger/fabric-protos";
import { describe, expect, it } from "vitest";

import { chaincodeError, grpcError, statusError } from "./nodeError";

const where = { step: "doing", node: "peer0-org1", organization: "org1" };

describe("what a node says", () => {
  // Words of Fabric 2.5.16.
  it.each([
    [
      common.Status.BAD_REQUEST,
      "error applying config update to existing channel 'trades': error authorizing update: error validating ReadSet: proposed update requires that key [Group]  /Channel/Application be at version 0, but it is currently at version 1",
      "CONFLICT",
    ],
    [
      common.Status.BAD_REQUEST,
      "error applying config update to existing channel 'trades': error authorizing update: error validating DeltaSet: attempt to set key [Value]  /Channel/Orderer/BatchSize to version 2, but key is at version 2",
      "CONFLICT",
    ],
    [
      common.Status.BAD_REQUEST,
      "error applying config update to existing channel 'trades': error authorizing update: error validating ReadSet: existing config does not contain element for [Group]  /Channel/Application/org3 but was in the read set",
      "CONFLICT",
    ],
    [
      common.Status.BAD_REQUEST,
      "error applying config update to existing channel 'trades': error authorizing update: error validating DeltaSet: policy for [Group]  /Channel/Application not satisfied: implicit policy evaluation failed - 1 sub-policies were satisfied, but this policy requires 2 of the 'Admins' sub-policies to be satisfied",
      "ACCESS_DENIED",
    ],
    [
      common.Status.BAD_REQUEST,
      "channel creation request not allowed because the orderer system channel is not defined",
      "NOT_FOUND",
    ],
    [common.Status.BAD_REQUEST, "message payload is larger than the maximum", "REJECTED"],
    [common.Status.SERVICE_UNAVAILABLE, "no Raft leader", "UNAVAILABLE"],
    [common.Status.NOT_FOUND, "", "NOT_FOUND"],
    [common.Status.FORBIDDEN, "", "ACCESS_DENIED"],
  ])("status %i with %j is %3$s", (status, info, code) => {
    expect(statusError(where, status, info)).toMatchObject({ code, ...where });
  });

  it.each([
    [404, "namespace asset is not defined", "NOT_FOUND"],
    [500, "Failed to authorize invocation due to failed ACL check: ...", "ACCESS_DENIED"],
    [
      500,
      "cannot create ledger from genesis block: ledger [trades] already exists with state [ACTIVE]",
      "ALREADY_EXISTS",
    ],
    [500, "chaincode install failed: could not build chaincode", "REJECTED"],
    [500, "currently defined sequence 3 is larger than requested sequence 2", "CONFLICT"],
    [500, "requested sequence 4 is larger than the next available sequence number 3", "CONFLICT"],
    [500, "requested sequence is 2, but new definition must be sequence 3", "CONFLICT"],
    [500, "the proposed collection config does not contain previously defined collections", "REJECTED"],
  ])("a chaincode's %i with %j is %3$s", (status, message, code) => {
    expect(chaincodeError(where, status, message)).toMatchObject({ code, reason: message });
  });

  it.each([
    [grpcStatus.UNAVAILABLE, "No connection established", "UNAVAILABLE"],
    [grpcStatus.UNAVAILABLE, "Last error: Error: self-signed certificate in certificate chain", "ACCESS_DENIED"],
    [grpcStatus.DEADLINE_EXCEEDED, "", "TIMEOUT"],
    [grpcStatus.UNIMPLEMENTED, "unknown service protos.Endorser", "PROTOCOL"],
    [grpcStatus.RESOURCE_EXHAUSTED, "too many requests for /protos.Endorser", "UNAVAILABLE"],
    [grpcStatus.UNKNOWN, "error validating proposal: access denied: channel [] creator org [Org1MSP]", "ACCESS_DENIED"],
  ])("gRPC status %i with %j is %3$s", (code, details, expected) => {
    expect(grpcError(where, Object.assign(new Error(details), { code, details }))).toMatchObject({ code: expected });
  });

  it("leaves errors alone that are not from gRPC", () => {
    const bug = new TypeError("x is undefined");
    expect(grpcError(where, bug)).toBe(bug);
  });

  it("of gRPC is passed on without the words that say nothing", () => {
    const details =
      "No connection established. Last error: Error: connect ECONNREFUSED 10.96.0.1:7051. Resolution note: ";
    expect(grpcError(where, { code: grpcStatus.UNAVAILABLE, details })).toMatchObject({
      code: "UNAVAILABLE",
      reason: "no connection (connect ECONNREFUSED 10.96.0.1:7051)",
    });
  });
});
