import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { environmentSchema } from "../stackFile/schema";
import { anyClaim, anyClaims, environment, TestProject } from "../testing";
import { portTableText, readPortTable, tabulatePorts } from "./portTable";

const local = { ports: { from: 30443, to: 30446 } };

describe("the ports of stack files", () => {
  let project: TestProject;
  beforeEach(() => {
    project = new TestProject();
    project.environment("local", { gateway: local });
  });
  afterEach(() => project.remove());

  it("shows every network and every environment", () => {
    project.environment("bare", { context: "elsewhere" });
    project.network("one", { gateway: { port: 30445 } });
    project.network("two", { gateway: { port: 30443 } });
    project.network("inner", { environment: "bare" });
    project.write("stacks/Pulumi.platform-local.yaml", "config: { baas:platform: { environment: local } }\n");
    expect(`\n${portTableText(readPortTable(project.dir))}\n`).toBe(`
NETWORK  ENVIRONMENT  CONTEXT    EXPOSURE    PORT   API                  FILE
inner    bare         elsewhere  no gateway  -      -                    stacks/Pulumi.inner.yaml
two      local        test       NodePort    30443  api.two.example.com  stacks/Pulumi.two.yaml
one      local        test       NodePort    30445  api.one.example.com  stacks/Pulumi.one.yaml

ENVIRONMENT  CONTEXT    EXPOSURE     PORTS        FREE  NEXT   FILE
bare         elsewhere  no gateways  -            -     -      stacks/environments/bare.yaml
local        test       NodePort     30443-30446  2     30444  stacks/environments/local.yaml
`);
  });

  it("shows a network of Ethereum with a gateway, by the name of its JSON-RPC", () => {
    const chain = { environment: "local", chainId: 20001, domain: "chain.example.com", gateway: { port: 30444 } };
    project.write("stacks/Pulumi.chain.yaml", `config: { baas:ethereum: ${JSON.stringify(chain)} }\n`);
    project.write("stacks/Pulumi.inner.yaml", "config: { baas:ethereum: { environment: local, chainId: 20002 } }\n");
    const { networks, environments } = readPortTable(project.dir);
    expect(networks.map(({ network, port, apiHost }) => [network, port, apiHost])).toEqual([
      ["chain", 30444, "rpc.chain.example.com"],
    ]);
    expect(environments.map(({ free, next }) => [free, next])).toEqual([[3, 30443]]);
  });

  it("is the same to programs, with null for what there is not", () => {
    project.environment("bare");
    project.network("inner", { environment: "bare" });
    project.network("one", { gateway: { port: 30443 } });
    expect(readPortTable(project.dir)).toEqual({
      networks: [
        {
          network: "inner",
          environment: "bare",
          context: "test",
          exposure: null,
          port: null,
          apiHost: null,
          file: "stacks/Pulumi.inner.yaml",
        },
        {
          network: "one",
          environment: "local",
          context: "test",
          exposure: "NodePort",
          port: 30443,
          apiHost: "api.one.example.com",
          file: "stacks/Pulumi.one.yaml",
        },
      ],
      environments: [
        {
          environment: "bare",
          context: "test",
          exposure: null,
          ports: null,
          free: null,
          next: null,
          file: "stacks/environments/bare.yaml",
        },
        {
          environment: "local",
          context: "test",
          exposure: "NodePort",
          ports: { from: 30443, to: 30446 },
          free: 3,
          next: 30444,
          file: "stacks/environments/local.yaml",
        },
      ],
      problems: [],
    });
  });

  it("names both files of a clash, and shows both networks", () => {
    project.network("one", { gateway: { port: 30443 } });
    project.network("two", { gateway: { port: 30443 } });
    const table = readPortTable(project.dir);
    expect(table.networks.map(({ network, port }) => [network, port])).toEqual([
      ["one", 30443],
      ["two", 30443],
    ]);
    expect(portTableText(table)).toContain(`
Problems:
  stacks/Pulumi.one.yaml: baas:network.gateway.port: 30443 is the gateway's port of stacks/Pulumi.two.yaml too: two stacks of environment "local" cannot share it; the next free one is 30444
  stacks/Pulumi.two.yaml: baas:network.gateway.port: 30443 is the gateway's port of stacks/Pulumi.one.yaml too: two stacks of environment "local" cannot share it; the next free one is 30444`);
  });

  it("finds a clash of two environments of one cluster", () => {
    project.environment("test", { gateway: local });
    project.network("one", { gateway: { port: 30443 } });
    project.network("two", { environment: "test", gateway: { port: 30443 } });
    expect(readPortTable(project.dir).problems[0]).toEqual({
      file: "stacks/Pulumi.one.yaml",
      path: "baas:network.gateway.port",
      message:
        '30443 is the gateway\'s port of stacks/Pulumi.two.yaml too: two stacks of cluster "test" cannot share it; the next free one is 30444',
    });
  });

  it("finds a port that is out of range, and says which one is free", () => {
    project.network("one", { gateway: { port: 443 } });
    project.network("two", { gateway: { port: 30443 } });
    expect(readPortTable(project.dir).problems).toEqual([
      {
        file: "stacks/Pulumi.one.yaml",
        path: "baas:network.gateway.port",
        message: '443 is not one of the ports 30443 to 30446 of environment "local": the next free one is 30444',
      },
    ]);
  });

  it("finds a gateway in an environment without", () => {
    project.environment("bare", { context: "elsewhere" });
    project.network("one", { environment: "bare", gateway: { port: 30443 } });
    expect(readPortTable(project.dir)).toMatchObject({
      networks: [{ network: "one", exposure: null, port: 30443 }],
      problems: [{ message: expect.stringContaining('environment "bare" exposes no gateways') }],
    });
  });

  it("shows the others when a stack cannot be read", () => {
    project.network("one", { gateway: { port: 30443 } });
    project.write("stacks/Pulumi.two.yaml", "config: {");
    project.write("stacks/Pulumi.three.yaml", "config: { baas:network: 3 }");
    const { networks, problems } = readPortTable(project.dir);
    expect(networks.map(({ network }) => network)).toEqual(["one"]);
    expect(problems).toEqual([
      {
        file: "stacks/Pulumi.three.yaml",
        path: "baas:network",
        message: "3 is not allowed: keys and values are expected",
      },
      { file: "stacks/Pulumi.two.yaml", path: "(file)", message: expect.stringMatching(/^is not valid YAML: /) },
    ]);
  });

  it("says once what is wrong with an environment", () => {
    project.environment("local", { gateway: { ports: { from: 30499, to: 30443 } } });
    project.network("one", { gateway: { port: 30443 } });
    project.network("two", { gateway: { port: 30444 } });
    expect(readPortTable(project.dir)).toMatchObject({
      networks: [
        { network: "one", exposure: null, port: 30443 },
        { network: "two", exposure: null, port: 30444 },
      ],
      environments: [],
      problems: [
        {
          file: "stacks/environments/local.yaml",
          path: "gateway.ports",
          message: "ends at 30443, before its start at 30499",
        },
      ],
    });
  });
});

it("another network moves no port, whatever networks there are", () => {
  const environments = new Map([["local", environmentSchema.parse({ ...environment, gateway: local })]]);
  fc.assert(
    fc.property(anyClaims, anyClaim, (claims, newcomer) => {
      fc.pre(claims.every(({ stack }) => stack !== newcomer.stack));
      const { networks } = tabulatePorts([...claims, newcomer], environments);
      expect(networks.filter(({ network }) => network !== newcomer.stack)).toEqual(
        tabulatePorts(claims, environments).networks,
      );
    }),
  );
});
