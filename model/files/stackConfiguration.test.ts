import { rmSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { allClaims, loadStack, readClaims, stackNames } from "../project/stacks";
import { TestProject } from "../testing";
import { readProject } from "./project";
import { glanceAtConfiguration, readConfiguration, rootOf } from "./stackConfiguration";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
  project.environment("local");
});
afterEach(() => project.remove());

const write = (text: string) => project.write("stacks/Pulumi.net.yaml", text);
const glance = () => glanceAtConfiguration(readProject(project.dir), "net");

describe("the configuration of a stack", () => {
  it("stands under the project's own name, with it or without", () => {
    project.write("Pulumi.yaml", "{ name: ledgers, runtime: nodejs, stackConfigDir: stacks }\n");
    for (const key of ["ledgers:network", "network"]) {
      write(`config: { "${key}": { environment: local } }`);
      const read = readConfiguration(project.dir, "net");
      expect(read).toEqual({ project: "ledgers", stack: "net", network: { environment: "local" } });
      expect(rootOf(read)).toBe("ledgers:network");
      expect(glance()).toEqual(read);
    }
    write(`config: { "baas:network": { environment: local } }`);
    expect(() => loadStack(project.dir, "net")).toThrow(
      'needs one of "ledgers:network", "ledgers:ethereum", "ledgers:platform"',
    );
  });

  it("has no other keys of the project, in its file or in Pulumi.yaml", () => {
    write("config: { baas:network: { environment: local }, kubernetes:context: c }");
    expect(readConfiguration(project.dir, "net").otherKeys).toEqual(["kubernetes:context"]);
    project.write(
      "Pulumi.yaml",
      "{ name: baas, runtime: nodejs, stackConfigDir: stacks, config: { polices: { value: { a: b } } } }\n",
    );
    write("config: { baas:network: { environment: local }, netwrok: { environment: local } }");
    expect(() => loadStack(project.dir, "net")).toThrow(
      "stacks/Pulumi.net.yaml: 2 mistakes\n" +
        '  baas:netwrok: unknown key. Did you mean "baas:network"? Allowed: baas:network, baas:ethereum, baas:platform\n' +
        "  baas:polices: unknown key.",
    );
  });

  it("is named by its project in every mistake", () => {
    project.write("Pulumi.yaml", "{ name: ledgers, runtime: nodejs, stackConfigDir: stacks }\n");
    write("config: { network: { environment: local, domain: net.example.com, organizations: [] } }");
    expect(() => loadStack(project.dir, "net")).toThrow("ledgers:network.organizations");
    write("config: { platform: { environment: local } }");
    expect(() => loadStack(project.dir, "net")).toThrow("ledgers:platform.environment: the platform of");
  });

  it("is seen at a glance where its program could not read it", () => {
    write("config: { other: { secure: AAAB }, network: { environment: local, domain: 5 } }");
    expect(() => readConfiguration(project.dir, "net")).toThrow("is encrypted");
    expect(glance()).toMatchObject({ network: { environment: "local", domain: 5 } });
  });

  it("is refused by the name of its file when a text of JSON in it contains too much", () => {
    const network = "[".repeat(60) + "]".repeat(60);
    for (const file of ["stacks/Pulumi.net.yml", "stacks/Pulumi.net.yaml"]) {
      project.write(file, `config: { "baas:network": "${network}" }`);
      expect(() => readConfiguration(project.dir, "net")).toThrow(`${file}: baas:network[0][0]`);
    }
  });

  it("is nothing at a glance where there is no file, or none that is YAML", () => {
    expect(glance()).toBeUndefined();
    write("config: [");
    expect(glance()).toBeUndefined();
  });
});

describe("all stacks", () => {
  it("are those that have a file, each once", () => {
    project.network("a");
    project.write("stacks/Pulumi.b.yml", "config: {}");
    project.write("stacks/Pulumi.a.yml", "config: {}");
    expect(stackNames(project.dir)).toEqual(["a", "b"]);
  });

  it("claim nothing where the project cannot be read, and no stack of it can be", () => {
    project.network("a");
    expect(allClaims(project.dir).map(({ stack }) => stack)).toEqual(["a"]);
    project.write("Pulumi.yaml", "name: [");
    expect(allClaims(project.dir)).toEqual([]);
    expect(readClaims(project.dir, "a")).toBeUndefined();
    expect(() => loadStack(project.dir, "a")).toThrow("Pulumi.yaml is not valid YAML");
  });

  it("are not to be had without their folder", () => {
    rmSync(join(project.dir, "stacks"), { recursive: true });
    expect(() => stackNames(project.dir)).toThrow("there is no folder stacks in");
  });

  it("are not taken for none where Pulumi.yaml looks for them elsewhere", () => {
    project.network("a");
    project.write("Pulumi.yaml", "{ name: baas, runtime: nodejs }\n");
    expect(stackNames(project.dir)).toEqual(["a"]);
    expect(() => loadStack(project.dir, "a")).toThrow('there is no stack "a"');
  });
});
