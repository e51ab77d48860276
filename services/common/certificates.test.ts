import { X509Certificate } from "node:crypto";

import { describe, expect, it } from "vitest";

import { commonName, isAgeing, parseCertificate, subjectValues } from "./certificates";
import { newPrivateKey, parsePrivateKey } from "./keys";
import { TestCa } from "./testing/testCa";

describe("a certificate", () => {
  it("says whom it is for, whatever is in the name", async () => {
    const ca = await TestCa.make("ca.org1");
    const key = parsePrivateKey(newPrivateKey())!;
    const certificate = new X509Certificate(await ca.issue(key, "peer+1, of org1", []));
    expect(commonName(certificate)).toBe("peer+1, of org1");
    expect(subjectValues(certificate, "OU")).toEqual(["peer"]);
    expect(subjectValues(certificate, "O")).toEqual([]);
  });

  it("is ageing in the last third of its life", () => {
    const at = (second: number) => new Date(second * 1000).toUTCString();
    const certificate = { validFrom: at(0), validTo: at(300) };
    expect([0, 199, 200, 300].map((second) => isAgeing(certificate, second * 1000))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it("is nothing where there is none", () => {
    expect(parseCertificate(undefined)).toBeUndefined();
    expect(parseCertificate("-----BEGIN CERTIFICATE-----\nAAAA")).toBeUndefined();
  });
});
