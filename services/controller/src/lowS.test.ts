import { createVerify, generateKeyPairSync } from "node:crypto";

import { expect, it } from "vitest";

import { signLowS } from "./lowS";

it("signatures verify, and their S is the lower one", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const half = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;
  for (let n = 0; n < 300; n++) {
    const der = signLowS(privateKey, `text ${n}`);
    expect(createVerify("sha256").update(`text ${n}`).verify(publicKey, der)).toBe(true);
    expect(BigInt(`0x${der.subarray(4 + der[3]! + 2).toString("hex")}`)).toBeLessThanOrEqual(half);
  }
});
