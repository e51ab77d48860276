import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { dump } from "js-yaml";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ConfigurationError } from "../stackFile/findings";
import { checkStack, loadStack, type Stack, stackNames } from "./stacks";

const repository = join(__dirname, "..", "..");

/** A project with the environment `local`, the platform and the given network as stack `net`. */
let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "baas-stacks-"));
  mkdirSync(join(project, "stacks"));
  writeFileSync(join(project, "Pulumi.yaml"), "{ name: baas, runtime: nodejs, stackConfigDir: stacks }\n");
  cpSync(join(repository, "stacks", "environments"), join(project, "stacks", "environments"), { recursive: true });
  mkdirSync(join(project, "chaincode", "asset-transfer"), { recursive: true });
  writeFileSync(join(project, "chaincode", "asset-transfer", "Dockerfile"), "FROM scratch\n");
});
afterEach(() => rmSync(project, { recursive: true }));

const smallest = {
  environment: "local",
  domain: "net.example.com",
  organizations: [{ name: "org1" }, { name: "org2" }],
};
const chaincode = { name: "asset", channel: "main", source: "chaincode/asset-transfer", version: "1.0" };
const withChannel = { ...smallest, channels: [{ name: "main" }] };
const smokeTest = { submit: [["CreateAsset", "{id}", "100"]], evaluate: ["ReadAsset", "{id}"] };
const tested = (changes: object) => ({
  ...withChannel,
  chaincodes: [{ ...chaincode, smokeTest: { ...smokeTest, ...changes } }],
});

function read(network: unknown, name = "net"): Stack {
  return checkStack(project, { project: "baas", stack: name, network });
}

/** The lines of the error that a network gives. */
function mistakes(network: unknown, name?: string): string[] {
  try {
    read(network, name);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.findings.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

describe("a good stack file", () => {
  it("needs no more than an environment, a domain and organizations", () => {
    const stack = read(smallest);
    expect(stack).toMatchObject({
      kind: "network",
      warnings: [],
      network: {
        namespace: "net",
        fabricVersion: "2.5.16",
        size: "small",
        ordering: { type: "etcdraft", organization: { mspId: "OrdererMSP", orderers: [{ name: "orderer0-orderer" }] } },
        organizations: [
          {
            mspId: "Org1MSP",
            stateDatabase: "leveldb",
            peers: [{ name: "peer0-org1", fqdn: "peer0.org1.net.example.com" }],
          },
          { mspId: "Org2MSP", peers: [{ name: "peer0-org2" }] },
        ],
      },
    });
  });

  it.each(stackNames(repository))("%s of this project is one", (name) => {
    // seed and second are for the Kafka that the platform leaves off until somebody asks for it.
    const warnings = loadStack(repository, name).warnings.map(({ message }) => message);
    expect(warnings.filter((message) => !message.includes("names but leaves off: write enabled: true"))).toEqual([]);
  });

  it("makes all organizations members of a channel that names none", () => {
    expect(read(withChannel)).toMatchObject({
      network: { channels: [{ organizations: [{ name: "org1" }, { name: "org2" }] }] },
    });
  });

  it("tests a chaincode as a client of the channel's first member", () => {
    const channels = [{ name: "main", organizations: ["org2"] }];
    expect(read({ ...tested({}), channels })).toMatchObject({
      network: {
        chaincodes: [{ smokeTest: { name: "asset-1-0-smoke-test", organization: "org2", ...smokeTest } }],
      },
    });
  });

  it("warns of an even number of consenters", () => {
    expect(read({ ...smallest, ordering: { nodes: 4 } }).warnings).toEqual([
      {
        path: "baas:network.ordering.nodes",
        message: "4 Raft consenters survive the loss of 1, no more than 3 do: use an odd number",
      },
    ]);
  });
});

describe("a bad stack file", () => {
  it("says every mistake at once", () => {
    expect(
      mistakes({ environment: "local", organisations: [{ name: "org1" }], ordering: { type: "raft", nodes: 0 } }),
    ).toEqual([
      "baas:network.domain: is missing (string)",
      'baas:network.ordering.type: "raft" is not allowed. Did you mean etcdraft? Allowed: etcdraft, kafka',
      "baas:network.ordering.nodes: 0 is not allowed: an ordering service needs at least one node",
      "baas:network.organizations: is missing (array)",
      expect.stringMatching(
        /^baas:network\.organisations: unknown key\. Did you mean "organizations"\? Allowed: environment, domain, /,
      ),
    ]);
  });

  it.each([
    [
      "an organization that is not there",
      { ...smallest, channels: [{ name: "main", organizations: ["org1", "org3"] }] },
      'baas:network.channels[0].organizations[1]: there is no organization "org3". Did you mean "org1"? There are: org1, org2',
    ],
    [
      "a duplicate MSP ID",
      {
        ...smallest,
        organizations: [
          { name: "a", mspId: "XMSP" },
          { name: "b", mspId: "XMSP" },
        ],
      },
      'baas:network.organizations[1].mspId: MSP ID "XMSP" is taken by baas:network.organizations[0].mspId',
    ],
    [
      "the orderers' MSP ID used again",
      { ...smallest, organizations: [{ name: "a", mspId: "OrdererMSP" }] },
      'baas:network.organizations[0].mspId: MSP ID "OrdererMSP" is taken by baas:network.ordering.organization.mspId',
    ],
    [
      "a name that Kubernetes refuses",
      { ...smallest, organizations: [{ name: "Org_1" }] },
      'baas:network.organizations[0].name: "Org_1" is not allowed: an organization\'s name is lower-case letters, digits and "-", and starts with a letter',
    ],
    [
      "a name that Fabric refuses",
      { ...smallest, channels: [{ name: "Main Channel" }] },
      'baas:network.channels[0].name: "Main Channel" is not allowed: a channel\'s name is lower-case letters, digits, "." and "-", starts with a letter, and has a letter or digit at its end and on both sides of each "."',
    ],
    [
      "a chaincode on a channel that is not there",
      { ...withChannel, chaincodes: [{ ...chaincode, channel: "mian" }] },
      'baas:network.chaincodes[0].channel: there is no channel "mian". Did you mean "main"? There are: main',
    ],
    [
      "an endorsement policy that does not parse",
      { ...withChannel, chaincodes: [{ ...chaincode, endorsementPolicy: "AND('Org1MSP.peer'" }] },
      'baas:network.chaincodes[0].endorsementPolicy: "AND(\'Org1MSP.peer\'" is not allowed: the policy does not parse at its end: expected ")"',
    ],
    [
      "an endorsement policy that no peers can satisfy",
      {
        ...withChannel,
        chaincodes: [{ ...chaincode, endorsementPolicy: "OutOf(2, 'Org1MSP.peer', 'Org1MSP.peer', 'Org2MSP.admin')" }],
      },
      "baas:network.chaincodes[0].endorsementPolicy: \"OutOf(2, 'Org1MSP.peer', 'Org1MSP.peer', 'Org2MSP.admin')\" cannot hold, even if all peers of channel \"main\" endorse (Org1MSP has 1, Org2MSP has 1): ask for fewer endorsements, for the role peer or member, or add peers",
    ],
    [
      "an endorsement policy of an unknown MSP",
      { ...withChannel, chaincodes: [{ ...chaincode, endorsementPolicy: "OR('Org3MSP.peer')" }] },
      'baas:network.chaincodes[0].endorsementPolicy: there is no MSP ID "Org3MSP". Did you mean "Org1MSP"? There are: Org1MSP, Org2MSP',
    ],
    [
      "an endorsement policy of an organization outside the channel",
      {
        ...smallest,
        channels: [{ name: "main", organizations: ["org1"] }],
        chaincodes: [{ ...chaincode, endorsementPolicy: "OR('Org2MSP.peer')" }],
      },
      'baas:network.chaincodes[0].endorsementPolicy: "Org2MSP" is not a member of channel "main". Members: Org1MSP',
    ],
    [
      "a text where a number belongs",
      { ...smallest, organizations: [{ name: "org1", peers: "2" }] },
      'baas:network.organizations[0].peers: "2" is not allowed: a number is expected',
    ],
    [
      "a number where a text belongs",
      { ...smallest, channels: [{ name: "main", batch: { timeout: 500 } }] },
      "baas:network.channels[0].batch.timeout: 500 is not allowed: a text is expected; put it in quotes",
    ],
    [
      "a number that is too small",
      { ...smallest, channels: [{ name: "main", batch: { maxMessages: 0 } }] },
      "baas:network.channels[0].batch.maxMessages: 0 is not allowed: at least 1",
    ],
    [
      "a version without quotes",
      { ...withChannel, chaincodes: [{ ...chaincode, version: 1.1 }] },
      "baas:network.chaincodes[0].version: 1.1 is not allowed: a chaincode's version must be in quotes: without them YAML reads a number, here 1.1",
    ],
    [
      "a Fabric version that is not supported",
      { ...smallest, fabricVersion: "1.4.0" },
      'baas:network.fabricVersion: "1.4.0" is not allowed: supported versions: 2.5.16, 2.5.15, 3.1.5; see docs/upgrading.md',
    ],
    [
      "a chaincode without source",
      { ...withChannel, chaincodes: [{ ...chaincode, source: undefined }] },
      'baas:network.chaincodes[0]: needs either "source", a folder with a Dockerfile, or "image"',
    ],
    [
      "a source without Dockerfile",
      { ...withChannel, chaincodes: [{ ...chaincode, source: "chaincode/none" }] },
      "baas:network.chaincodes[0].source: there is no chaincode/none/Dockerfile in the project",
    ],
    [
      "an image that may change by itself",
      { ...withChannel, chaincodes: [{ ...chaincode, source: undefined, image: "asset:latest" }] },
      'baas:network.chaincodes[0].image: "asset:latest" is not allowed: an image needs a tag other than latest, or a digest: what runs must not change by itself',
    ],
    [
      "a smoke test with an argument without quotes",
      tested({ submit: [["CreateAsset", "{id}", 100]] }),
      "baas:network.chaincodes[0].smokeTest.submit[0][2]: 100 is not allowed: an argument must be in quotes: without them YAML reads a number, here 100",
    ],
    [
      "a smoke test with an argument that is no text",
      tested({ evaluate: ["ReadAsset", true] }),
      "baas:network.chaincodes[0].smokeTest.evaluate[1]: true is not allowed: an argument is a string in quotes",
    ],
    [
      "a smoke test that submits nothing",
      tested({ submit: [] }),
      "baas:network.chaincodes[0].smokeTest.submit: [] is not allowed: a smoke test submits at least one transaction",
    ],
    [
      "a smoke test that calls no function",
      tested({ submit: [[]] }),
      "baas:network.chaincodes[0].smokeTest.submit[0]: [] is not allowed: a call is the name of a function and its arguments",
    ],
    [
      "a smoke test that reads nothing back",
      tested({ evaluate: undefined }),
      "baas:network.chaincodes[0].smokeTest.evaluate: is missing (array)",
    ],
    [
      "a smoke test of a chaincode that must be initialised",
      { ...withChannel, chaincodes: [{ ...chaincode, smokeTest, initRequired: true }] },
      "baas:network.chaincodes[0].smokeTest: cannot call Init, as no Gateway client can: leave out smokeTest or initRequired",
    ],
    [
      "an environment that is not there",
      { ...smallest, environment: "lokal" },
      'baas:network.environment: there is no stacks/environments/lokal.yaml. Did you mean "local"? There are: local',
    ],
    [
      "no organizations",
      { ...smallest, organizations: [] },
      "baas:network.organizations: [] is not allowed: a network needs at least one organization",
    ],
  ])("%s", (_what, network, line) => {
    expect(mistakes(network)).toEqual([line]);
  });

  it("has names that are too long once composed", () => {
    const long = { ...chaincode, name: "a-chaincode-with-a-rather-long-name", version: "2026.11.23-release" };
    expect(mistakes({ ...withChannel, organizations: [{ name: "an-organization" }], chaincodes: [long] })).toEqual([
      'baas:network.chaincodes[0].name: chaincode "a-chaincode-with-a-rather-long-name" of organization "an-organization" would get the ' +
        'pods "a-chaincode-with-a-rather-long-name-2026-11-23-release-an-organization": 70 characters; ' +
        "at most 63 fit: use a shorter name",
    ]);
  });

  it("has a smoke test whose name is too long, or that of a chaincode server", () => {
    const long = {
      ...chaincode,
      name: "a-chaincode-with-a-rather-long-name",
      version: "2026.11.23-release",
      smokeTest,
    };
    expect(mistakes({ ...withChannel, organizations: [{ name: "o" }], chaincodes: [long] })).toEqual([
      'baas:network.chaincodes[0].name: the smoke test of chaincode "a-chaincode-with-a-rather-long-name" would get the pods ' +
        '"a-chaincode-with-a-rather-long-name-2026-11-23-release-smoke-test": 65 characters; at most 63 fit: use a shorter name',
    ]);
    expect(mistakes({ ...tested({}), organizations: [{ name: "smoke-test" }] })).toEqual([
      'baas:network.chaincodes[0].name: the smoke test of chaincode "asset" would get the ServiceAccount ' +
        '"asset-1-0-smoke-test", as chaincode "asset" of organization "smoke-test" does (baas:network.chaincodes[0].name): rename one',
    ]);
  });

  it("has names that are equal once composed", () => {
    const twins = [chaincode, { ...chaincode, name: "Asset" }];
    expect(mistakes({ ...withChannel, chaincodes: twins })).toEqual([
      'baas:network.chaincodes[1].name: chaincode "Asset" would get the Chaincode "main.asset", as chaincode "asset" does ' +
        "(baas:network.chaincodes[0].name): rename one",
    ]);
  });

  it("has a studio whose sessions would begin with chaincode in Go", () => {
    writeFileSync(join(project, "chaincode/asset-transfer/go.mod"), "module asset\n");
    const sessions = [{ name: "ada", developer: "alice", chaincode: "asset" }];
    const org1 = { name: "org1", clients: ["alice"], debug: { developers: ["alice"] }, studio: { sessions } };
    const network = { ...withChannel, organizations: [org1], chaincodes: [chaincode], gateway: { port: 30443 } };
    expect(mistakes(network)).toEqual([
      "baas:network.organizations[0].studio.sessions[0].chaincode: chaincode/asset-transfer has a go.mod: " +
        "sessions are for chaincode in TypeScript or JavaScript",
    ]);
  });

  it("has a stack name that Kubernetes refuses", () => {
    expect(mistakes(smallest, "My_Net")[0]).toMatch(/^My_Net: a stack's name is lower-case letters/);
  });

  it("is neither a network nor a platform", () => {
    expect(() => checkStack(project, { project: "baas", stack: "net" })).toThrow(
      'needs one of "baas:network", "baas:ethereum", "baas:platform"',
    );
  });

  it("has a misspelt key in place of its network, or beside it", () => {
    const stack = { project: "baas", stack: "net" };
    const misspelt = 'unknown key. Did you mean "baas:network"? Allowed: baas:network, baas:ethereum, baas:platform';
    for (const network of [undefined, smallest]) {
      expect(() =>
        checkStack(project, { ...stack, network, otherKeys: ["baas:netwrok", "kubernetes:context"] }),
      ).toThrow(`stacks/Pulumi.net.yaml: 1 mistake\n  baas:netwrok: ${misspelt}`);
    }
    expect(() => checkStack(project, { ...stack, otherKeys: ["bas:network"] })).toThrow(
      'config: needs one of "baas:network", "baas:ethereum", "baas:platform"; there is "bas:network". Did you mean "baas:network"?',
    );
  });

  it("has a key that JavaScript hides", () => {
    const policies = JSON.parse('{ "__proto__": { "enforcementLevel": "disabled" } }');
    expect(mistakes({ ...smallest, policies })).toEqual(["baas:network.policies.__proto__: unknown key"]);
  });
});

describe("several stack files", () => {
  const other = (network: unknown): void =>
    writeFileSync(join(project, "stacks", "Pulumi.other.yaml"), dump({ config: { "baas:network": network } }));

  it("cannot share a domain within an environment", () => {
    other({ ...smallest });
    expect(mistakes(smallest)).toEqual([
      'baas:network.domain: "net.example.com" is the domain of stacks/Pulumi.other.yaml too: ' +
        'two stacks of environment "local" cannot share it',
    ]);
  });

  it("cannot share a namespace within an environment", () => {
    other({ ...smallest, domain: "other.example.com", namespace: "net" });
    expect(mistakes(smallest)[0]).toMatch(
      /^baas:network\.namespace: "net" is the namespace of stacks\/Pulumi\.other\.yaml too/,
    );
  });

  it("cannot take the platform's namespace", () => {
    writeFileSync(
      join(project, "stacks", "Pulumi.platform-local.yaml"),
      dump({ config: { "baas:platform": { environment: "local" } } }),
    );
    expect(mistakes({ ...smallest, namespace: "baas-platform" })[0]).toMatch(
      /namespace of stacks\/Pulumi\.platform-local\.yaml too/,
    );
  });

  it("may be wrong without harm to this one", () => {
    other({ nonsense: true });
    expect(mistakes(smallest)).toEqual([]);
  });

  it("name the platform after its environment", () => {
    expect(() => checkStack(project, { project: "baas", stack: "shared", platform: { environment: "local" } })).toThrow(
      'the platform of "local" is the stack "platform-local": rename stacks/Pulumi.shared.yaml to stacks/Pulumi.platform-local.yaml',
    );
  });
});
