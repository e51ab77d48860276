import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { checkStack, purposeOf } from "../project/stacks";
import { linesOf, TestProject } from "../testing";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
});
afterEach(() => project.remove());

const registry = { project: "registry.bank.example/baas" };
const chaincode = { name: "asset", channel: "main", source: "chaincode/asset-transfer", version: "1.0", replicas: 2 };
const good = {
  environment: "bank",
  domain: "net.example.com",
  ordering: { nodes: 3 },
  organizations: [{ name: "org1", peers: 2 }],
  channels: [{ name: "main" }],
  chaincodes: [chaincode],
  gateway: { port: 30443 },
};

function read(network: object = {}, environment: object = {}) {
  project.environment("bank", {
    purpose: "production",
    images: registry,
    gateway: { ports: { from: 30443, to: 30450 } },
    ...environment,
  });
  return checkStack(project.dir, { project: "baas", stack: "net", network: { ...good, ...network } });
}

const mistakes = (network: object = {}, environment: object = {}): string[] =>
  linesOf(() => read(network, environment));

const smokeTest = { submit: [["A"]], evaluate: ["B"] };
const because = 'environment "bank" is for production';
const at = "stacks/Pulumi.net.yaml baas:network";

describe("production", () => {
  it("takes a network that survives the loss of any one pod", () => {
    expect(read()).toMatchObject({ kind: "network", warnings: [] });
  });

  const onKafka = (nodes: number) => ({ ordering: { type: "kafka", systemChannel: "net-system", nodes } });

  it("takes two orderers on Kafka, of which either can order, and no single one", () => {
    project.write(
      "stacks/Pulumi.platform-bank.yaml",
      'config: { "baas:platform": { environment: bank, kafka: {} } }\n',
    );
    expect(mistakes(onKafka(2))).toEqual([]);
    expect(mistakes(onKafka(1))).toEqual([
      `${at}.ordering.nodes: is 1, and ${because}: a restart of the only orderer stops all channels. Write nodes: 2, or more`,
    ]);
  });

  it.each([
    [
      { ordering: { nodes: 1 } },
      `ordering.nodes: is 1, and ${because}: fewer than 3 Raft consenters survive no loss. Write nodes: 3, or 5`,
    ],
    [
      { ordering: { nodes: 2 } },
      `ordering.nodes: is 2, and ${because}: fewer than 3 Raft consenters survive no loss. Write nodes: 3, or 5`,
    ],
    [
      { organizations: [{ name: "org1" }] },
      `organizations[0].peers: is 1, and ${because}: a restart of the only peer of org1 stops it. Write peers: 2, or more`,
    ],
    [
      { organizations: [{ name: "org1", peers: 2, clients: ["alice"], debug: { developers: ["alice"] } }] },
      `organizations[0].debug: lets developers run chaincode on their machines, and ${because}: leave it out, and debug in an environment for testing`,
    ],
    [
      { chaincodes: [{ ...chaincode, replicas: 1 }] },
      `chaincodes[0].replicas: is 1, and ${because}: with its only server asset stops. Write replicas: 2, or more`,
    ],
    [
      { chaincodes: [{ ...chaincode, smokeTest }] },
      `chaincodes[0].smokeTest: writes test data to a ledger that keeps it for ever, and ${because}: leave it out, and test in another environment`,
    ],
    [
      { gateway: { port: 30443, replicas: 1 } },
      `gateway.replicas: is 1, and ${because}: its only pod takes all clients with it. Write replicas: 2, or more`,
    ],
  ])("refuses %j", (network, message) => {
    expect(mistakes(network)).toEqual([`${at}.${message}`]);
    expect(mistakes(network, { purpose: "testing" })).toEqual([]);
  });

  it("refuses a studio, with the debug peer that it needs", () => {
    const studio = { sessions: [{ name: "ada", developer: "alice", chaincode: "asset" }] };
    const org1 = { name: "org1", peers: 2, clients: ["alice"], debug: { developers: ["alice"] }, studio };
    const network = {
      organizations: [org1],
      chaincodes: [{ ...chaincode, source: "chaincode/asset-transfer", image: undefined }],
    };
    expect(mistakes(network)).toEqual([
      `${at}.organizations[0].debug: lets developers run chaincode on their machines, and ${because}: leave it out, and debug in an environment for testing`,
      `${at}.organizations[0].studio: lets developers run chaincode that they write in a browser, and ${because}: leave it out, and write it in an environment for testing`,
    ]);
    expect(mistakes(network, { purpose: "testing" })).toEqual([]);
  });

  const ofOneMachine = [
    ...["localhost:5000/baas", "LOCALHOST:5000/baas", "LocalHost/baas", "baas.local", "registry.localhost/baas"],
    ...[
      "127.0.0.1/baas",
      "127.1:5000",
      "0.0.0.0:5000/baas",
      "[::1]:5000/baas",
      "[0:0:0:0:0:0:0:1]:5000/baas",
      "[::]/baas",
    ],
  ];

  it.each(ofOneMachine)("refuses the registry %s, which one machine has", (name) => {
    const message = `"${name}" is on one machine only, and purpose is production: name a registry that all nodes of the cluster reach`;
    const file = "stacks/environments/bank.yaml";
    expect(mistakes({}, { images: { project: name } })).toEqual([`${file} images.project: ${message}`]);
    expect(mistakes({}, { images: { ...registry, upstream: name } })).toEqual([`${file} images.upstream: ${message}`]);
    expect(mistakes({}, { images: { project: name }, purpose: "testing" })).toEqual([]);
  });

  it.each(["localhost.bank.example/baas", "10.0.0.1:5000/baas", "[2001:db8::1]:5000/baas", "team/local"])(
    "takes the registry %s",
    (name) => expect(mistakes({}, { images: { project: name } })).toEqual([]),
  );

  it("refuses images that are not pushed", () => {
    expect(mistakes({}, { images: { ...registry, push: false } })).toEqual([
      "stacks/environments/bank.yaml images.push: is false, and purpose is production: nodes could not pull the images when " +
        "their pods move. Write true, and a registry that the cluster pulls from",
    ]);
  });
});

describe("short lives of certificates", () => {
  it("are for testing only", () => {
    const certificates = { life: "10m" };
    expect(mistakes({}, { images: registry, certificates })).toEqual([
      "stacks/environments/bank.yaml certificates: is for tests of their renewal, and purpose is production: nodes would restart " +
        "again and again. Leave it out",
    ]);
    expect(read({}, { purpose: "testing", certificates })).toMatchObject({ network: { certificateLife: 600 } });
  });

  it.each(["2m", "9000h", "600", "1d"])("are no %s", (life) => {
    expect(mistakes({}, { purpose: "testing", certificates: { life } })[0]).toContain(
      "3m at least, a year, 8760h, at most",
    );
  });
});

describe("an environment without a purpose", () => {
  it("counts as testing, and every stack of it warns", () => {
    const { warnings } = read({ ordering: { nodes: 1 } }, { purpose: undefined });
    expect(warnings).toEqual([
      {
        path: "purpose",
        message:
          'stacks/environments/bank.yaml does not say what it is for, so it counts as testing: write "purpose: testing" or "purpose: production"',
      },
    ]);
  });
});

describe("the purpose of a stack", () => {
  it("is that of its environment, and unknown where a file is gone or wrong", () => {
    const of = (environment: object | undefined) => {
      if (environment !== undefined) project.environment("bank", environment);
      return purposeOf(project.dir, "net");
    };
    expect(of({})).toBeUndefined();
    project.network("net", { environment: "bank" });
    expect(of({ purpose: "testing" })).toBe("testing");
    expect(of({ purpose: "production" })).toBe("production");
    expect(of({ purpose: undefined })).toBe("testing");
    expect(of({ purpose: "prodction" })).toBeUndefined();
    project.write("stacks/environments/bank.yaml", "{");
    expect(of(undefined)).toBeUndefined();
  });
});

describe("images of the environment", () => {
  it("must be of the network's Fabric version, if they name one", () => {
    const digest = `@sha256:${"a".repeat(64)}`;
    const other = `hyperledger/fabric-peer:2.5.1${digest}`;
    const images = (peer: string) => ({ images: { ...registry, overrides: { peer } } });
    expect(mistakes({}, images(other))).toEqual([
      `${at}.fabricVersion: is 2.5.16, but the peers run ${other}: change images.overrides.peer in stacks/environments/bank.yaml, or the image in infra/versions.yaml`,
    ]);
    for (const peer of [`hyperledger/fabric-peer${digest}`, `hardened/fabric-peer:2.5.16-r2${digest}`]) {
      expect(mistakes({}, images(peer))).toEqual([]);
    }
  });

  it.each(["fabric-peer", "fabric-peer:latest", "fabric-peer:latest@sha256:00", "fabric-peer@sha256:00", "/peer:1"])(
    "are no floating ones, such as %s",
    (peer) => {
      expect(mistakes({}, { images: { ...registry, overrides: { peer } } })).toEqual([
        expect.stringMatching(
          /^stacks\/environments\/bank\.yaml .*images\.overrides\.peer: .* with a tag other than latest, a digest, or both/,
        ),
      ]);
    },
  );
});
