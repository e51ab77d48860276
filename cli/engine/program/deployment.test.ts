import { describe, expect, test } from "vitest";

import { Secret, unknownValue } from "../declared/values";
import { RandomStore } from "../random/randomStore";
import { Deployment, type RegisterRequest } from "./deployment";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signature = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({ [signature]: "1b47061264138c4ac30d75fd1eb44270", value });

function deployment(outputs: Record<string, unknown> = {}, dryRun = true): Deployment {
  const readStack = (name: string): Promise<Record<string, unknown>> => Promise.resolve({ ...outputs, name });
  return new Deployment({ project: "baas", stack: "dev", dryRun, random: new RandomStore("/nowhere"), readStack });
}

function request(type: string, name: string, more: Partial<RegisterRequest> = {}): RegisterRequest {
  const options = { dependsOn: [], propertyDependencies: {}, ...more.options };
  return {
    type,
    name,
    custom: type.startsWith("kubernetes:"),
    remote: false,
    inputs: {},
    aliases: [],
    ...more,
    options,
  };
}

const mapType = "kubernetes:core/v1:ConfigMap";

describe("a registration", () => {
  test("gives a component its URN and nothing else", () => {
    const engine = deployment();
    const stack = engine.register(request("pulumi:pulumi:Stack", "baas-dev")).urn;
    expect(engine.register(request("baas:index:Network", "dev", { parent: stack }))).toEqual({
      urn: "urn:pulumi:dev::baas::baas:index:Network::dev",
      id: "",
      outputs: {},
    });
  });

  test("of an object has an ID once it is not a dry run", () => {
    const inputs = { metadata: { name: "map", namespace: "dev" } };
    expect(deployment().register(request(mapType, "map", { inputs })).id).toBe("");
    expect(deployment({}, false).register(request(mapType, "map", { inputs })).id).toBe("dev/map");
  });

  test("is refused when its URN is taken", () => {
    const engine = deployment();
    engine.register(request(mapType, "map"));
    expect(() => engine.register(request(mapType, "map"))).toThrow(
      `Duplicate resource URN 'urn:pulumi:dev::baas::${mapType}::map'; try giving it a unique name`,
    );
  });

  test("is refused under a parent that is not there", () => {
    const parent = "urn:pulumi:dev::baas::baas:index:Network::dev";
    expect(() => deployment().register(request(mapType, "map", { parent }))).toThrow(
      `could not find parent resource ${parent}`,
    );
  });

  test("keeps unknown values and secrets marked, the data of a Secret always", () => {
    const engine = deployment();
    engine.register(request(mapType, "map", { inputs: { data: { a: unknown, b: secret("x"), c: "y" } } }));
    engine.register(request("kubernetes:core/v1:Secret", "secret", { inputs: { data: { a: unknown, b: "eA==" } } }));
    const [map, own] = engine.registrations.map(({ inputs }) => inputs.data as Record<string, unknown>);
    expect(map).toEqual({ a: unknownValue, b: new Secret("x"), c: "y" });
    expect((map?.b as Secret).content()).toBe("x");
    expect((own?.a as Secret).content()).toBe(unknownValue);
    expect((own?.b as Secret).content()).toBe("eA==");
  });

  test("takes protection, retention and a provider of its package from its parent", () => {
    const engine = deployment();
    const provider = "urn:pulumi:dev::baas::pulumi:providers:kubernetes::cluster";
    const options = { dependsOn: [], propertyDependencies: {}, protect: true, retainOnDelete: false, provider };
    const parent = engine.register(request("baas:index:Network", "dev", { options })).urn;
    engine.register(request(mapType, "map", { parent }));
    engine.register(request("random:index/randomPet:RandomPet", "pet", { parent, custom: true }));
    expect(engine.registrations[1]?.options).toEqual(options);
    expect(engine.registrations[2]?.options).toEqual({ ...options, provider: undefined });
  });
});

describe("aliases", () => {
  const aliasesOf = (engine: Deployment): (string[] | undefined)[] =>
    engine.registrations.map(({ options }) => options.aliases);

  test("follow from the parts that were different", () => {
    const engine = deployment();
    const parent = engine.register(request("baas:index:Network", "dev")).urn;
    const aliases = [
      { name: "old" },
      { type: "kubernetes:core/v1:Old" },
      { noParent: true },
      { stack: "prod" },
      { urn: "urn:x" },
    ];
    engine.register(request(mapType, "map", { parent, aliases }));
    expect(aliasesOf(engine)[1]).toEqual(
      [
        `urn:pulumi:dev::baas::baas:index:Network$${mapType}::old`,
        "urn:pulumi:dev::baas::baas:index:Network$kubernetes:core/v1:Old::map",
        `urn:pulumi:dev::baas::${mapType}::map`,
        `urn:pulumi:prod::baas::baas:index:Network$${mapType}::map`,
        "urn:x",
      ].sort(),
    );
  });

  test("of a parent are aliases of its children, names that begin with the parent's included", () => {
    const engine = deployment();
    const parent = engine.register(
      request("baas:index:Network", "dev", { aliases: [{ name: "old" }, { type: "baas:index:Net" }] }),
    ).urn;
    engine.register(request(mapType, "dev-map", { parent }));
    engine.register(request(mapType, "other", { parent, aliases: [{ name: "former" }] }));
    expect(aliasesOf(engine)[1]).toEqual([
      `urn:pulumi:dev::baas::baas:index:Net$${mapType}::dev-map`,
      `urn:pulumi:dev::baas::baas:index:Network$${mapType}::old-map`,
    ]);
    expect(aliasesOf(engine)[2]).toEqual([
      `urn:pulumi:dev::baas::baas:index:Net$${mapType}::former`,
      `urn:pulumi:dev::baas::baas:index:Net$${mapType}::other`,
      `urn:pulumi:dev::baas::baas:index:Network$${mapType}::former`,
    ]);
  });
});

describe("a stack reference", () => {
  const read = (id: string, outputs = {}) =>
    deployment(outputs).read({ type: "pulumi:pulumi:StackReference", name: "reference", id });

  test.each(["platform", "organization/platform", "organization/baas/platform"])("may be written %s", async (id) => {
    const { outputs } = await read(id);
    expect(outputs).toEqual({ name: id, outputs: { name: "platform" }, secretOutputNames: [] });
  });

  test("says which outputs are secret", async () => {
    const { outputs } = await read("platform", { token: new Secret("x") });
    expect(outputs.secretOutputNames).toEqual(["token"]);
    expect(outputs.outputs).toEqual({ token: secret("x"), name: "platform" });
  });

  test.each([
    ["acme/baas/platform", 'without the Pulumi CLI, the organization is called "organization"'],
    ["organization/other/platform", 'only stacks of the project "baas" can be read'],
    ["a/b/c/d", '"a/b/c/d" is not the name of a stack'],
  ])("is refused with a message: %s", async (id, message) => {
    await expect(read(id)).rejects.toThrow(message);
  });
});
