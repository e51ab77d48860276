import { describe, expect, it } from "vitest";

import { FabricError, isFabricError } from "./errors";

describe("FabricError", () => {
  it("says what failed where, why, and what to do", () => {
    const cause = new Error("connect ECONNREFUSED");
    const error = new FabricError({
      code: "UNAVAILABLE",
      step: "joining the channel",
      channel: "trades",
      node: "peer0-org1",
      organization: "org1",
      reason: "no connection",
      hint: "Is it running?",
      cause,
    });
    expect(error.message).toBe(
      "joining the channel (channel trades, peer0-org1, organization org1): no connection. Is it running?",
    );
    expect(error.cause).toBe(cause);
    expect(error.retryable).toBe(true);
  });

  it.each([
    ["MVCC_READ_CONFLICT", true],
    ["ENDORSEMENT_POLICY_FAILURE", false],
  ])("of a transaction that is invalid for %s is worth a retry: %s", (validationCode, retryable) => {
    const error = new FabricError({ code: "INVALID_TRANSACTION", step: "x", reason: "y", validationCode });
    expect(error.retryable).toBe(retryable);
  });

  it("leaves out what it does not know", () => {
    const error = new FabricError({ code: "REJECTED", step: "reading a policy", reason: "it is empty" });
    expect(error.message).toBe("reading a policy: it is empty");
    expect(error.retryable).toBe(false);
    expect(isFabricError(error)).toBe(true);
    expect(isFabricError(error, "REJECTED", "TIMEOUT")).toBe(true);
    expect(isFabricError(error, "TIMEOUT")).toBe(false);
    expect(isFabricError(new Error("x"))).toBe(false);
  });
});
