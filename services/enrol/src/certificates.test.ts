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

  it("until the last third of its life", async () => {
    expect(judge(await issue({ from: -599, until: 301 }), expected).state).toBe("good");
    expect(judge(await issue({ from: -601, until: 299 }), expected).state).toBe("ageing");
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
