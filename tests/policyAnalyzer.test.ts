/** The pack as the Pulumi CLI and the offline commands see it: in a process of its own, through the analyzer protocol. */
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { PolicyPack } from "../cli/engine/policyPack/policyPack";
import type { AnalyzedResource, Diagnosis, PolicyInfo } from "../cli/engine/policyPack/policyTypes";
import { isStackPolicy } from "../policies/kit/policy";
import { policies } from "../policies/pack";
import { allFixtures } from "../policies/testing/allFixtures";
import { type Fixture, type Fixtures, type Resource, testProject } from "../policies/testing/fixtures";

const packFolder = join(__dirname, "..", "policies");

let pack: PolicyPack;
let infos: PolicyInfo[];
beforeAll(async () => {
  pack = PolicyPack.start(testProject, packFolder)!;
  infos = await pack.info();
});
afterAll(() => pack.close());

it("describes every policy", () => {
  expect(infos.map(({ name, level, description }) => ({ name, level, description }))).toEqual(
    policies.map(({ name, level, description }) => ({ name, level, description })),
  );
});

it("has fixtures for every policy", () => {
  expect(allFixtures.map(({ policy }) => policy.name)).toEqual(policies.map(({ name }) => name));
});

describe.each(allFixtures.map((fixtures) => [fixtures.policy.name, fixtures] as const))("%s", (_name, fixtures) => {
  it.each(fixtures.bad)("refuses $title", async (fixture) => {
    const { name, level, description } = fixtures.policy;
    const found = await ask(fixtures, fixture);
    expect(found.map(({ message }) => message)).toEqual(fixture.messages.map((each) => `${description}\n${each}`));
    for (const each of found) expect(each).toMatchObject({ policy: name, level, pack: "baas" });
  });

  it.each(fixtures.good)("lets $title pass", async (fixture) => {
    expect(await ask(fixtures, fixture)).toEqual([]);
  });

  it("is taken as it is configured", async () => {
    const [fixture] = fixtures.bad;
    expect((await ask(fixtures, fixture, "advisory")).map(({ level }) => level)).toContain("advisory");
    expect(await ask(fixtures, fixture, "disabled")).toEqual([]);
  });
});

const remedying = allFixtures.filter(({ remedied }) => remedied !== undefined);

it.each(remedying.map((fixtures) => [fixtures.policy.name, fixtures] as const))(
  "%s remedies what it is told to remedy",
  async (_name, fixtures) => {
    await configure(fixtures, {}, "remediate");
    for (const { before, after } of fixtures.remedied!) {
      const remedies = await pack.remediate(analyzed(before));
      expect(remedies).toEqual([{ policy: fixtures.policy.name, properties: after }]);
      expect(await pack.remediate(analyzed({ ...before, inputs: after }))).toEqual([]);
    }
  },
);

async function ask({ policy, ...rest }: Fixtures, fixture: Fixture, level = policy.level): Promise<Diagnosis[]> {
  await configure({ policy, ...rest }, fixture.settings ?? {}, level);
  const resources = fixture.objects.map(analyzed);
  if (isStackPolicy(policy)) return pack.analyzeStack(resources);
  const found: Diagnosis[] = [];
  for (const resource of resources) found.push(...(await pack.analyze(resource)));
  return found;
}

/** Configures one policy; all others are left out. */
async function configure({ policy }: Fixtures, settings: object, level = policy.level): Promise<void> {
  const all = infos.map(({ name }) => [name, { level: "disabled" as const, settings: {} }] as const);
  await pack.configure({ ...Object.fromEntries(all), [policy.name]: { level, settings: { ...settings } } });
}

function analyzed({ type, inputs, urn }: Resource): AnalyzedResource {
  const options = { dependsOn: [], propertyDependencies: {} };
  const plain = JSON.parse(JSON.stringify(inputs));
  return { registration: { urn, type, name: urn.split("::").pop()!, custom: true, inputs: plain, options } };
}

it("lies in its folder, and in no other", () => {
  expect(PolicyPack.start(join(packFolder, "testing"))).toBeUndefined();
});
