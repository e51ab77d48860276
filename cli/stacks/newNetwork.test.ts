import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { load } from "js-yaml";
import { check as prettierCheck } from "prettier";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { loadStack } from "../../model/project/stacks";
import { TestProject } from "../../model/testing";
import { createNetwork, networkText } from "./newNetwork";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
  project.environment("local", { gateway: { ports: { from: 30443, to: 30445 } } });
});
afterEach(() => project.remove());

const create = (name: string, more: { environment?: string; domain?: string } = {}) =>
  createNetwork(project.dir, { name, ...more });

/** The message of a refusal. */
function refusal(name: string, more?: { environment?: string; domain?: string }): string {
  const before = readdirSync(join(project.dir, "stacks"));
  let message = "";
  expect(() => {
    try {
      create(name, more);
    } catch (error) {
      message = (error as Error).message;
      throw error;
    }
  }).toThrow();
  expect(readdirSync(join(project.dir, "stacks"))).toEqual(before);
  return message;
}

describe("a new network", () => {
  it("has the next free port, and needs no more than a name", () => {
    project.network("one", { gateway: { port: 30443 } });
    expect(create("two")).toEqual({
      name: "two",
      file: "stacks/Pulumi.two.yaml",
      environment: "local",
      context: "test",
      domain: "two.example.com",
      port: 30444,
    });
    expect(project.read("stacks/Pulumi.two.yaml"))
      .toBe(`# The network two: two organizations with one peer each, three Raft orderers, one channel, one chaincode.
config:
  baas:network:
    environment: local # stacks/environments/local.yaml: context, registries, size
    domain: two.example.com # nodes are called peer0.org1.two.example.com
    ordering: { nodes: 3 } # they survive the loss of one
    organizations:
      - { name: org1, clients: [app] } # one peer, LevelDB, MSP ID Org1MSP; "peers: 2" gives it two
      - { name: org2 }
    channels:
      - { name: main } # all organizations are members
    chaincodes:
      - name: asset-transfer
        channel: main
        source: chaincode/asset-transfer
        version: "1.0" # a new one is installed, approved and committed
        smokeTest: # a Job runs it once the chaincode is committed; {id} is a new ID for each run
          submit:
            - [CreateAsset, "{id}", alice, a first asset, "100"]
            - [TransferAsset, "{id}", bob]
          evaluate: [ReadAsset, "{id}"]
    gateway:
      port: 30444 # the only way in from outside the cluster: https://api.two.example.com:30444
      passthrough: # what native clients reach through it, such as peer0.org1.two.example.com:30444
        peers: [org1, org2]
        orderers: true
        certificateAuthorities: [org1, org2]
`);
  });

  it("is a stack without mistakes and warnings, in the environment and with the domain that were asked for", () => {
    project.environment("second", { context: "elsewhere", gateway: { ports: { from: 31000, to: 31000 } } });
    create("two", { environment: "second", domain: "supply.example.org" });
    expect(loadStack(project.dir, "two")).toMatchObject({
      kind: "network",
      warnings: [],
      network: { domain: "supply.example.org", environment: "second", gateway: { port: 31000 } },
    });
  });

  it("survives the loss of any one pod in an environment for production", () => {
    const bank = { purpose: "production", images: { project: "registry.bank.example/baas" } };
    project.environment("bank", { ...bank, gateway: { ports: { from: 31000, to: 31000 } } });
    create("two", { environment: "bank" });
    expect(loadStack(project.dir, "two")).toMatchObject({ kind: "network", warnings: [] });
    expect(project.read("stacks/Pulumi.two.yaml")).toMatch(/^# The network two: two organizations with two peers each/);
  });

  it("has no chaincode where the project has no sample", () => {
    const text = networkText({ ...create("one"), name: "two" }, "baas", { withSample: false, forProduction: false });
    expect(text).toMatch(/^# The network two: .*, one channel\.\n/);
    expect(load(text)).toMatchObject({ config: { "baas:network": { channels: [{ name: "main" }] } } });
    expect(text).not.toContain("chaincode");
  });

  it("is as the formatter would write it, and means what was said, whatever its names are", async () => {
    const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?$/);
    const domain = fc.oneof(
      fc.constantFrom("1.5", "1e3.2", "0x1.0"),
      fc.array(label, { minLength: 2, maxLength: 3 }).map((labels) => labels.join(".")),
    );
    const environment = fc.oneof(fc.constantFrom("null", "true", "no", "y"), fc.stringMatching(/^[a-z]{1,8}$/));
    await fc.assert(
      fc.asyncProperty(domain, environment, fc.boolean(), async (domain, environment, forProduction) => {
        const text = networkText({ name: "net", file: "", environment, domain, port: 30443 }, "baas", {
          withSample: true,
          forProduction,
        });
        expect(load(text)).toMatchObject({ config: { "baas:network": { domain, environment } } });
        expect(await prettierCheck(text, { parser: "yaml", printWidth: 120 })).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe("a new network is refused, and nothing written, when", () => {
  it("its name is none", () => {
    expect(refusal("My_Net")).toBe(
      "stacks/Pulumi.My_Net.yaml: 1 mistake\n" +
        '  My_Net: a stack\'s name is lower-case letters, digits and "-", 40 at most, and starts with a letter',
    );
    expect(refusal("../../evil")).toContain("a stack's name is lower-case letters");
    expect(existsSync(join(project.dir, "..", "evil.yaml"))).toBe(false);
  });

  it.each(["stacks/Pulumi.one.yaml", "stacks/Pulumi.one.yml"])("its file is there: %s", (file) => {
    project.write(file, "mine");
    expect(refusal("one")).toBe(
      `${file} is there already\n` + "  -> Nothing was written. Choose another name, or edit that file.",
    );
    expect(project.read(file)).toBe("mine");
  });

  it("its name is that of a platform", () => {
    expect(refusal("platform-local")).toBe(
      '"platform-local" is the stack of the platform of environment "local": choose another name',
    );
  });

  it("the environment is not there", () => {
    expect(refusal("one", { environment: "lokal" })).toBe(
      "./baas new: 1 mistake\n" +
        '  --environment: there is no stacks/environments/lokal.yaml. Did you mean "local"? There are: local',
    );
  });

  it("there are several environments", () => {
    project.environment("second");
    expect(refusal("one")).toBe("which environment? There are: local, second\n  -> ./baas new one --environment local");
  });

  it("the environment exposes no gateways", () => {
    project.environment("local");
    expect(refusal("one")).toBe(
      'environment "local" exposes no gateways: ' +
        'give stacks/environments/local.yaml a "gateway" with the ports of its networks',
    );
  });

  it("all ports are taken", () => {
    for (const name of ["one", "two", "three"]) create(name);
    expect(refusal("four")).toBe(
      'all ports of environment "local", 30443 to 30445, are in use: ./baas ports lists them\n' +
        "  -> Nothing was written. Widen gateway.ports in stacks/environments/local.yaml.",
    );
  });

  it("another network has its domain", () => {
    project.network("one");
    expect(refusal("two", { domain: "one.example.com" })).toBe(
      "stacks/Pulumi.two.yaml: 1 mistake\n" +
        '  baas:network.domain: "one.example.com" is the domain of stacks/Pulumi.one.yaml too: ' +
        'two stacks of environment "local" cannot share it\n' +
        "  -> Nothing was written. Choose another name, or another --domain.",
    );
  });

  it("another stack of the cluster has its namespace", () => {
    project.network("one", { namespace: "two" });
    expect(refusal("two")).toContain('baas:network.namespace: "two" is the namespace of stacks/Pulumi.one.yaml too');
  });

  it("its domain is none, even one that YAML would take for more", () => {
    expect(refusal("one", { domain: "a.example.com\n    size: medium" })).toMatch(
      /^\.\/baas new: 1 mistake\n {2}--domain: "a\.example\.com\\n {4}size: medium" is not allowed: a domain is /,
    );
  });

  it.each(["stacks/Pulumi.one.yaml", "stacks/Pulumi.one.yml"])("%s does not tell which port it has", (file) => {
    project.write(file, "config: {");
    expect(refusal("two")).toBe(
      `${file} cannot be read, so its port might be assigned twice\n` +
        "  -> Nothing was written. ./baas ports shows its mistakes.",
    );
  });
});
