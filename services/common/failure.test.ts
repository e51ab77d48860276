import { describe, expect, it } from "vitest";

import { Failure, messageOf, TryAgain } from "./failure";

describe("a failure", () => {
  it("says what is wrong and what to do, on one line", () => {
    expect(new Failure("a\nb", "c").message).toBe("a b. c.");
    expect(new TryAgain("a").message).toBe("a");
  });

  it("says first what failed, and keeps the reason apart", () => {
    const failure = new Failure("the peers\n refuse", "Ask them", "TransferAsset failed (endorse)");
    expect(failure.message).toBe("TransferAsset failed (endorse): the peers refuse. Ask them.");
    expect(failure.reason).toBe("the peers refuse");
  });
});

it("messages of anything thrown are one line", () => {
  expect(messageOf(new Error("a\n  b"))).toBe("a b");
  expect(messageOf("x\n  y")).toBe("x y");
});
