import { describe, expect, it } from "vitest";

import { hostsOf, intervalOf, mounted, required, secondsOf } from "./settings";

describe("settings", () => {
  it("says which variable is missing", () => {
    expect(() => required({}, "ENROL_CA_URL")).toThrow(
      "ENROL_CA_URL is not set. Set ENROL_CA_URL in the container's env.",
    );
  });

  it("takes host names and addresses, each once", () => {
    expect(hostsOf({ H: "peer0, peer0.dev.svc,10.0.0.1,::1,peer0,," }, "H")).toEqual([
      "peer0",
      "peer0.dev.svc",
      "10.0.0.1",
      "::1",
    ]);
  });

  it.each(["peer0:7051", "https://peer0", "peer_0", "-peer0", "a b", `${"a".repeat(64)}.svc`])(
    "refuses the host %s by name",
    (host) => {
      expect(() => hostsOf({ H: `good,${host}` }, "H")).toThrow(`H has "${host}"`);
    },
  );

  it("takes a year in seconds", () => {
    expect(secondsOf({ T: "31536000" }, "T", 1)).toBe(31_536_000_000);
  });

  it.each(["-1", "1.5", "ten"])("refuses %s seconds", (text) => {
    expect(() => secondsOf({ T: text }, "T", 1)).toThrow(`T is "${text}"`);
  });

  it("takes intervals in seconds, with decimals", () => {
    expect(["2", "0.5", "3600"].map((text) => intervalOf({ T: text }, "T", 1))).toEqual([2_000, 500, 3_600_000]);
  });

  it.each(["0", "0.0", "-1", "1h", ".5"])("refuses the interval %s", (text) => {
    expect(() => intervalOf({ T: text }, "T", 1)).toThrow(`T is "${text}". Give seconds above zero`);
  });

  it("says what should be mounted where", () => {
    expect(() => mounted("/nowhere", "username", "the registrar's Secret")).toThrow(
      "Cannot read /nowhere/username (ENOENT). Mount the registrar's Secret at /nowhere.",
    );
  });
});
