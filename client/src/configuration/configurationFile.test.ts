import { writeFileSync } from "node:fs";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TestOrganization } from "../testing/testOrganization.ts";
import { readConnection } from "./configurationFile.ts";

let organization: TestOrganization;
beforeAll(async () => {
  organization = await TestOrganization.start(0);
});
afterAll(() => organization.close());

const good = `
mspId: Org1MSP
channel: main
peers: [peer0.org1.test:7051]
tlsRoots: tls.pem
identity: { certificate: cert.pem, privateKey: key.pem }
`;
let n = 0;
const read = (text: string) => readConnection({ from: organization.write(`client${n++}.yaml`, text) });
/** The message, without the name of the file. */
const mistakes = (text: string): string => {
  try {
    read(text);
    return "none";
  } catch (error) {
    expect(error).toMatchObject({ name: "ClientError", code: "INVALID_CONFIGURATION", stage: "configuration" });
    return (error as Error).message.replaceAll(organization.folder, "FOLDER").replace(/client\d+\.yaml/, "FILE");
  }
};

describe("blockchain_client.yaml", () => {
  it("needs little, and has defaults for the rest", () => {
    const { configuration, signer, tlsRoots } = read(good);
    expect(configuration).toEqual({
      mspId: "Org1MSP",
      channel: "main",
      peers: ["peer0.org1.test:7051"],
      tlsRoots: "tls.pem",
      identity: { certificate: "cert.pem", privateKey: "key.pem" },
      discovery: false,
      refreshInterval: 10_000,
      timeouts: { evaluate: 30_000, endorse: 30_000, submit: 10_000, commitStatus: 10_000, total: 120_000 },
      backOff: { shortest: 100, longest: 5000 },
      maxInFlight: 500,
      maxQueued: 10_000,
    });
    expect(signer).toMatchObject({ mspId: "Org1MSP", certificate: organization.certificates.user.certificate });
    expect(tlsRoots).toBe(organization.certificates.root);
  });

  it("has times with their units", () => {
    const { timeouts } = read(`${good}timeouts: { evaluate: 1500ms, total: 2m, submit: 3000 }`).configuration;
    expect(timeouts).toMatchObject({ evaluate: 1500, total: 120_000, submit: 3000, endorse: 30_000 });
  });

  it("takes the key that belongs to the certificate from a folder with several", () => {
    const { user, other } = organization.certificates;
    const folder = organization.makeFolder("keystore");
    writeFileSync(`${folder}/1_sk`, other.key);
    writeFileSync(`${folder}/2_sk`, user.key);
    const text = good.replace("key.pem", "keystore");
    expect(read(text).signer.certificate).toBe(user.certificate);
    writeFileSync(`${folder}/2_sk`, other.key);
    expect(mistakes(text)).toContain("identity.privateKey: FOLDER/keystore has no key that belongs to the certificate");
  });

  it.each([
    [
      "a setting that there is not",
      `${good}chanel: x\ntimeouts: { endorsement: 1s }`,
      "configuration: FILE has 2 mistakes\n" +
        "  timeouts.endorsement: there is no such setting; there are evaluate, endorse, submit, commitStatus, total\n" +
        "  chanel: there is no such setting; there are mspId, channel, chaincode, peers, gateway, tlsRoots, identity, " +
        "tlsIdentity, endorsingOrganizations, discovery, refreshInterval, timeouts, backOff, maxInFlight, maxQueued.",
    ],
    [
      "what is missing",
      "channel: main\ntlsRoots: tls.pem",
      "configuration: FILE has 2 mistakes\n" +
        "  mspId: is missing; Membership service provider ID of the organization, such as Org1MSP\n" +
        "  peers: is missing; Gateway peers of the organization, host:port. Calls are spread over them.",
    ],
    [
      "a peer without a port",
      good.replace(":7051", ""),
      'configuration: FILE has a mistake\n  peers[0]: "peer0.org1.test" is not host:port, such as peer0.org1.example.com:7051.',
    ],
    [
      "a time that is none",
      `${good}timeouts: { total: soon }`,
      'configuration: FILE has a mistake\n  timeouts.total: "soon" is not a time from 1ms to 24h, such as 500ms, 30s, 2m.',
    ],
    [
      "values of other types",
      `${good}maxInFlight: many\ndiscovery: 1`,
      "configuration: FILE has 2 mistakes\n  discovery: 1 is not true or false\n" +
        '  maxInFlight: "many" is not a number.',
    ],
    [
      "no peers",
      good.replace(/peers: .*/, "peers: []"),
      "configuration: FILE has a mistake\n  peers: [] lists no peer.",
    ],
    [
      "addresses of a gateway that are not alike",
      `${good}gateway: ["192.0.2.1:443", "[2001:db8::1]:443"]`,
      'configuration: FILE has a mistake\n  gateway: ["192.0.2.1:443","[2001:db8::1]:443"] are not IP addresses of one family.',
    ],
    [
      "an identity that does not exist",
      good.replace("cert.pem", "nobody.pem"),
      "configuration: FILE has a mistake\n  identity.certificate: FOLDER/nobody.pem does not exist; enrol the identity first, or correct the path.",
    ],
    [
      "a key of another certificate",
      good.replace("key.pem", "other.pem"),
      "configuration: FILE has a mistake\n  identity: the private key of Org1MSP is not that of its certificate.",
    ],
    [
      "no identity and no signer",
      good.replace(/identity.*/, ""),
      "configuration: FILE has a mistake\n  identity: is missing; who calls, or pass a signer to connect.",
    ],
    [
      "a text in place of settings",
      "hello",
      'configuration: FILE has a mistake\n  the file: "hello" is not a group of settings.',
    ],
  ])("says the place and the remedy of %s", (_, text, message) => {
    organization.write("other.pem", organization.certificates.other.key);
    expect(mistakes(text)).toBe(message);
  });

  it("says where YAML ends to be YAML", () => {
    expect(mistakes("channel: [main")).toMatch(/^configuration: FILE is not YAML: .*\(1:15\)/s);
  });

  it("says how to get one that does not exist", () => {
    expect(() => readConnection({ from: "/nowhere/blockchain_client.yaml" })).toThrow(
      "/nowhere/blockchain_client.yaml cannot be read: ENOENT: no such file or directory, open " +
        "'/nowhere/blockchain_client.yaml'\n  Write one, or have ./baas connection write it, and pass its path to connect or set BLOCKCHAIN_CLIENT.",
    );
  });
});
