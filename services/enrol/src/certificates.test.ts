import { X509Certificate } from "node:crypto";

import { beforeAll, describe, expect, it } from "vitest";

import { parseCertificate } from "../../common/certificates";
import { newPrivateKey, parsePrivateKey } from "../../common/keys";
import { type Life, TestCa } from "../../common/testing/testCa";
import { canonicalHost, type Expectation, hostsIn, judge } from "./certificates";

const key = parsePrivateKey(newPrivateKey())!;
const hosts = ["peer0-org1", "peer0-org1.dev.svc", "10.0.0.1", "fd00::1"];
let ca: TestCa;
let expected: Expectation;

const issue = async (life?: Life) => parseCertificate(await ca.issue(key, "peer0", hosts, life));

beforeAll(async () => {
  ca = await TestCa.make("ca.org1");
  expected = { root: new X509Certificate(ca.pem), key, hosts, commonName: "peer0", now: new Date() };
});

describe("a certificate is kept", () => {
  it("when all of it is as expected", async () => {
    expect(judge(await issue(), expected)).toEqual({ state: "good" });
  });

  it("whatever the order and spelling of its hosts", async () => {
    const spelled = ["FD00:0:0:0::1", "10.0.0.1", "PEER0-ORG1", "peer0-org1.dev.svc"];
    expect(judge(await issue(), { ...expected, hosts: spelled })).toEqual({ state: "good" });
  });

  it("until three fifths of its life are over, so that a restart at two thirds surely renews it", async () => {
    expect(judge(await issue({ from: -539, until: 361 }), expected).state).toBe("good");
    expect(judge(await issue({ from: -541, until: 359 }), expected).state).toBe("ageing");
  });

  it("unless somebody has asked for new ones since", async () => {
    const certificate = await issue({ from: -1, until: 300 });
    const [before, since] = [Date.now() - 48 * 3_600_000, Date.now()];
    expect(judge(certificate, { ...expected, renewIssuedBefore: before }).state).toBe("good");
    const asked = { state: "ageing", why: expect.stringContaining("a renewal was asked for at 20") };
    expect(judge(certificate, { ...expected, renewIssuedBefore: since })).toEqual(asked);
  });
});

describe("a certificate is useless", () => {
  it("when it is missing or no certificate", () => {
    expect(judge(parseCertificate(undefined), expected)).toEqual({ state: "useless", why: "there is none" });
    expect(judge(parseCertificate("-----BEGIN CERTIFICATE-----\nAAAA"), expected).state).toBe("useless");
  });

  it("when it belongs to another key", async () => {
    const other = parsePrivateKey(newPrivateKey())!;
    expect(judge(await issue(), { ...expected, key: other })).toMatchObject({ why: "it belongs to another key" });
  });

  it("when another root issued it, even one of the same name", async () => {
    const impostor = await TestCa.make("ca.org1");
    const root = new X509Certificate(impostor.pem);
    expect(judge(await issue(), { ...expected, root })).toMatchObject({ why: "it was issued by another root" });
  });

  it("when a host is missing or surplus", async () => {
    const more = { ...expected, hosts: [...hosts, "gateway"] };
    expect(judge(await issue(), more)).toMatchObject({ why: "it lacks gateway" });
    const less = { ...expected, hosts: hosts.slice(1) };
    expect(judge(await issue(), less)).toMatchObject({ why: "it carries peer0-org1, no longer wanted" });
  });

  it("when it is for someone else", async () => {
    expect(judge(await issue(), { ...expected, commonName: "peer1" })).toMatchObject({
      why: "it is for peer0, not peer1",
    });
  });

  it("when it was issued by a clock that was ahead", async () => {
    const verdict = judge(await issue({ from: 30, until: 300 }), expected);
    expect(verdict).toEqual({ state: "useless", why: expect.stringContaining("it is valid only from 20") });
    expect(judge(await issue({ from: 0.001, until: 300 }), expected).state).toBe("good");
  });

  it("when it expired", async () => {
    expect(judge(await issue({ from: -10, until: -1 }), expected).state).toBe("useless");
  });
});

it("writes an address in one way", () => {
  expect(canonicalHost("0:0:0:0:0:0:0:1")).toBe("::1");
  expect(canonicalHost("Peer0.Example.COM")).toBe("peer0.example.com");
  expect(canonicalHost("10.0.0.1")).toBe("10.0.0.1");
});

it("reads names and addresses back from a certificate", async () => {
  expect(hostsIn((await issue())!).map(canonicalHost)).toEqual(hosts);
});
