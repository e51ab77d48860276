import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { linesOf, TestProject } from "../testing";
import { loadStack } from "./stacks";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
  project.environment("local");
});
afterEach(() => project.remove());

describe("several stack files cannot collide", () => {
  const ofNet = (): string[] => linesOf(() => loadStack(project.dir, "net"));
  const shared = (file: string): string[] => [
    `stacks/Pulumi.net.yaml baas:network.domain: "net.example.com" is the domain of ${file} too: two stacks of environment "local" ` +
      "cannot share it",
  ];
  const json = '{"environment":"local","domain":"net.example.com","organizations":[{"name":"a"}]}';

  it.each<[string, string, string]>([
    ["ends with .yml", "stacks/Pulumi.other.yml", `config: { "baas:network": ${json} }`],
    ["has its key without the project", "stacks/Pulumi.other.yaml", `config: { network: ${json} }`],
    ["has its network as a text of JSON", "stacks/Pulumi.other.yaml", `config: { "baas:network": '${json}' }`],
  ])("where the other %s", (_what, file, text) => {
    project.network("net");
    project.write(file, `${text}\n`);
    expect(ofNet()).toEqual(shared(file));
  });

  it("where the network comes from Pulumi.yaml", () => {
    project.network("net");
    project.write(
      "Pulumi.yaml",
      `{ name: baas, runtime: nodejs, stackConfigDir: stacks, config: { "baas:network": { value: ${json} } } }\n`,
    );
    project.write("stacks/Pulumi.other.yaml", "config: {}\n");
    expect(ofNet()).toEqual(shared("stacks/Pulumi.other.yaml"));
  });

  it("by their names: a .yml file is named in its own mistakes too", () => {
    project.network("net");
    project.write("stacks/Pulumi.other.yml", `config: { "baas:network": ${json} }\n`);
    expect(linesOf(() => loadStack(project.dir, "other"))).toEqual([
      'stacks/Pulumi.other.yml baas:network.domain: "net.example.com" is the domain of stacks/Pulumi.net.yaml too: two stacks of ' +
        'environment "local" cannot share it',
    ]);
  });

  it("whose file may be a .yml file, as the stack itself says", () => {
    project.write("stacks/Pulumi.other.yml", `config: { "baas:network": ${json} }\n`);
    project.write("stacks/Pulumi.platform-local.yml", 'config: { "baas:platform": { environment: local } }\n');
    project.network("third");
    expect(["other", "platform-local", "third"].map((name) => loadStack(project.dir, name).file)).toEqual([
      "stacks/Pulumi.other.yml",
      "stacks/Pulumi.platform-local.yml",
      "stacks/Pulumi.third.yaml",
    ]);
  });

  it("as two files of one stack", () => {
    project.network("net");
    project.write("stacks/Pulumi.net.yml", `config: { "baas:network": ${json} }\n`);
    expect(ofNet()).toEqual([
      'stacks/Pulumi.net.yaml (file): stacks/Pulumi.net.yml is a file of the stack "net" too: remove one of them',
    ]);
  });

  it("as a network with the name of a platform", () => {
    project.network("platform-local");
    expect(linesOf(() => loadStack(project.dir, "platform-local"))).toEqual([
      "stacks/Pulumi.platform-local.yaml platform-local: is the stack of the platform of stacks/environments/local.yaml: give the " +
        "network's file another name",
    ]);
  });

  it("as two platforms of one cluster, whatever their namespaces are", () => {
    project.environment("second");
    for (const [environment, namespace] of [
      ["local", "baas-one"],
      ["second", "baas-two"],
    ]) {
      const platform = JSON.stringify({ environment, namespace });
      project.write(`stacks/Pulumi.platform-${environment}.yaml`, `config: { "baas:platform": ${platform} }\n`);
    }
    expect(linesOf(() => loadStack(project.dir, "platform-second"))).toEqual([
      "stacks/Pulumi.platform-second.yaml baas:platform.environment: stacks/Pulumi.platform-local.yaml is the platform of cluster " +
        '"test" already, with its kinds of custom resources, its controller and their rights, which a cluster has once: use ' +
        "another cluster, or one environment for both",
    ]);
    project.environment("second", { context: "elsewhere" });
    expect(linesOf(() => loadStack(project.dir, "platform-second"))).toEqual([]);
  });

  it("by the names of their nodes, where one Gateway routes to both", () => {
    const gateway = { type: "TLSRoute", ports: { from: 443, to: 444 }, gateway: { name: "edge", namespace: "edge" } };
    project.environment("local", { gateway });
    project.network("outer", { domain: "example.com", gateway: { port: 443 } });
    project.network("net", { domain: "org1.example.com", gateway: { port: 443 } });
    expect(ofNet()).toEqual([oneInTheOther("org1.example.com")]);
    expect(linesOf(() => loadStack(project.dir, "outer"))).toHaveLength(1);
    project.network("net", { domain: "org2.example.com", gateway: { port: 443 } });
    expect(ofNet()).toEqual([]);
    project.network("net", { domain: "org1.example.com", gateway: { port: 444 } });
    expect(ofNet()).toEqual([oneInTheOther("org1.example.com")]);
  });

  const oneInTheOther = (domain: string): string =>
    `stacks/Pulumi.net.yaml baas:network.domain: "${domain}" and "example.com" of stacks/Pulumi.outer.yaml cannot be in one ` +
    "cluster: one is in the other a name of an organization, an orderer or the API, so nothing tells the names of both apart: " +
    "choose another domain";

  it.each(["api", "orderer0", "orderer14", "org1", "orderer", "peer0.org1", "x.api"])(
    "by a domain %s.example.com beside example.com, in one cluster",
    (name) => {
      const domain = `${name}.example.com`;
      project.environment("second");
      project.network("outer", { domain: "example.com" });
      for (const environment of ["local", "second"]) {
        project.network("net", { domain, environment });
        expect(ofNet()).toEqual([oneInTheOther(domain)]);
        expect(linesOf(() => loadStack(project.dir, "outer"))).toHaveLength(1);
      }
      project.environment("second", { context: "elsewhere" });
      expect(ofNet()).toEqual([]);
    },
  );

  it("but by no other domain", () => {
    project.network("outer", { domain: "example.com" });
    for (const name of ["org2", "notorg1", "api2", "orderer15", "trade"]) {
      project.network("net", { domain: `${name}.example.com` });
      expect(ofNet()).toEqual([]);
    }
  });

  it("by a domain, in two environments of one cluster", () => {
    project.environment("second");
    project.network("net");
    project.network("other", { domain: "net.example.com", environment: "second" });
    expect(ofNet()).toEqual([
      'stacks/Pulumi.net.yaml baas:network.domain: "net.example.com" is the domain of stacks/Pulumi.other.yaml too: two stacks of ' +
        'cluster "test" cannot share it',
    ]);
    project.environment("second", { context: "elsewhere" });
    expect(ofNet()).toEqual([]);
  });

  it("by the namespace of a platform that has no file yet", () => {
    const message = '"baas-platform" is the namespace of every platform that names none: choose another one';
    project.network("net", { namespace: "baas-platform" });
    expect(ofNet()).toEqual([`stacks/Pulumi.net.yaml baas:network.namespace: ${message}`]);
    project.network("baas-platform");
    expect(linesOf(() => loadStack(project.dir, "baas-platform"))[0]).toContain(message);
  });
});
