/** The policy pack gives the same results under the Pulumi CLI as in baas, which runs it in its own process. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { inParallel } from "../cli/common/inParallel";
import type { ProgramResult, Registration } from "../cli/engine/declared/registration";
import { decode, encode, mask, Secret, unknownValue } from "../cli/engine/declared/values";
import { analyze, type Diagnosis } from "../cli/engine/policyPack/analyze";
import { askPolicies } from "../cli/engine/policyPack/askPolicies";
import { type Configuration, configurationOf, settableOf } from "../model/project/policyProfile";
import { type EnforcementLevel, enforcementLevels } from "../model/pulumi/policyPack";
import { parseUrn } from "../model/pulumi/urn";
import { policies, policyPack } from "../policies/pack";
import { allFixtures } from "../policies/testing/allFixtures";
import { type Fixture, object, podSpec, type Resource, testProject, workload } from "../policies/testing/fixtures";
import { type AskedAbout, RunningPack } from "./runningPack";

let pack: RunningPack;
beforeAll(() => {
  pack = new RunningPack();
});
afterAll(() => pack.close());

it("the pack describes every policy", async () => {
  expect((await pack.info()).policies).toEqual(
    policies.map(({ name, description, level, settings = {} }) => ({ name, description, level, settings })),
  );
});

describe("asked through the analyzer protocol, the answer is that of this process:", async () => {
  const fixtures = await allFixtures();

  describe.each(fixtures.map((each) => [each.policy.name, each] as const))(
    "%s",
    (name, { bad, good, remedied, policy }) => {
      const alone = ({ settings = {} }: Fixture, level: EnforcementLevel = policy.level): Configuration =>
        only(name, level, settings);

      it.each(bad)("refuses $title", async (fixture) => {
        const found = await compared(fixture.objects, alone(fixture));
        const messages = fixture.messages.map((message) => `${policy.description}\n${message}`);
        expect(found.map(({ message }) => message)).toEqual(messages.sort());
        for (const each of found) expect(each).toMatchObject({ policy: name, level: policy.level, pack: "baas" });
      });

      it.each(good)("lets $title pass", async (fixture) => {
        expect(await compared(fixture.objects, alone(fixture))).toEqual([]);
      });

      it.each(enforcementLevels)("is taken as it is configured: %s", async (level) => {
        const found = await compared(bad[0].objects, alone(bad[0], level));
        const taken = level === "remediate" ? "mandatory" : level;
        const isGone = level === "disabled" || (level === "remediate" && remedied !== undefined);
        expect(new Set(found.map((each) => each.level))).toEqual(new Set(isGone ? [] : [taken]));
      });
    },
  );

  it("all policies about all objects of all fixtures", async () => {
    const resources = fixtures.flatMap(({ bad, good }) => [...bad, ...good].flatMap(({ objects }) => objects));
    const unique = resources.map((each, i) => ({ ...each, urn: `${each.urn}-${i}` }));
    const found = await compared(unique, configurationOf(settableOf(policyPack(testProject)), {}));
    expect(new Set(found.map(({ policy }) => policy)).size).toBeGreaterThan(policies.length / 2);
  });

  const remedying = fixtures.filter(({ remedied }) => remedied !== undefined);
  it.each(remedying.map((each) => [each.policy.name, each.remedied!] as const))(
    "%s remedies what it is told to remedy",
    async (name, remedied) => {
      for (const { before, after } of remedied) {
        expect(await remedy(before, name)).toEqual(after);
        expect(await remedy({ ...before, inputs: after }, name)).toBeUndefined();
      }
    },
  );
});

describe("what policies cannot see, or may not show:", () => {
  const all = configurationOf(settableOf(policyPack(testProject)), {});
  const containers = (value: unknown) => [{ name: "main", image: "tool:1", env: [{ name: "TOKEN", value }] }];
  const pod = (value: unknown): Resource =>
    workload("StatefulSet", { name: "peer0-org1", role: "peer", organization: "org1" }, podSpec({}, containers(value)));

  it.each([
    ["an unknown value", unknownValue],
    ["an unknown secret", new Secret(unknownValue)],
  ])("a policy that reads %s is advisory, and says so", async (_what, value) => {
    const found = await compared([pod(value)], all);
    expect(found.map(({ level, message }) => `${level} ${message}`)).toContainEqual(
      "advisory can't run policy 'security-plain-secrets' from policy pack 'baas@v0.1.0' during preview: string value at " +
        ".spec.template.spec.containers.0.env.0.value can't be known during preview",
    );
  });

  it("a secret is seen as it is", async () => {
    const found = await compared([pod(new Secret("swordfish"))], only("security-plain-secrets", "mandatory", {}));
    expect(found).toHaveLength(1);
  });

  it.each([
    ["known", new Secret({ password: "adminpw" }), 1],
    ["unknown", new Secret({ password: unknownValue }), 0],
  ])("the data of a Secret may be %s", async (_what, stringData, count) => {
    const metadata = { name: "credentials", namespace: "trade" };
    const secret = object({ apiVersion: "v1", kind: "Secret", metadata, stringData });
    expect(await compared([secret], only("security-default-passwords", "mandatory", {}))).toHaveLength(count);
  });

  it("a remedy keeps what is secret and what is unknown", async () => {
    for (const value of [new Secret("swordfish"), unknownValue, new Secret(unknownValue)]) {
      const inputs = (await remedy(pod(value), "security-pod-security")) as any;
      expect(mask(inputs.spec.template.spec.containers[0].env[0])).toEqual(mask({ name: "TOKEN", value }));
    }
  });
});

describe("the profile of a stack", () => {
  let started: RunningPack;
  afterEach(() => started.close());

  it("reaches the CLI, with the policy's own level where it names none", async () => {
    started = new RunningPack("profiled");
    const { configuration } = await started.info();
    // Policies with a level, settings, or both; the stack's override the environment's.
    expect(configuration).toEqual({
      "availability-consenters": { level: "mandatory", settings: { least: 5 } },
      "availability-replicas": { level: "disabled", settings: { least: { gateway: 3 } } },
      "resources-budget": { level: "advisory", settings: { cpu: "2", memory: "8Gi" } },
      "security-tls": { level: "advisory", settings: {} },
    });
    // The CLI gives it back.
    await started.configure(configuration);
    const ordering = { type: "etcdraft", consenters: [{ name: "o0" }, { name: "o1" }, { name: "o2" }] };
    const metadata = { name: "trades", namespace: "profiled" };
    const channel = object(
      { apiVersion: "baas.io/v1alpha1", kind: "Channel", metadata, spec: { name: "trades", ordering } },
      { stack: "profiled" },
    );
    const ofConsenters = (found: readonly Diagnosis[]): Diagnosis[] =>
      found.filter(({ policy }) => policy === "availability-consenters");
    const underCli = ofConsenters(await started.analyze(channel));
    expect(underCli.map(({ level }) => level)).toEqual(["mandatory"]);
    const { violations } = askPolicies(policyPack(testProject), programOf([channel]));
    expect(ofConsenters(violations)).toEqual(underCli.map((each) => ({ ...each, urn: channel.urn })));
  });

  it("that is wrong keeps the pack from starting, which says why", async () => {
    started = new RunningPack("misprofiled");
    expect(await started.end()).not.toBe(0);
    expect(started.printed).toContain("baas:network.policies.resources-budget.cpus: unknown key. Did you mean");
  });
});

/** Disables all policies except one. */
function only(name: string, level: EnforcementLevel, settings: Record<string, unknown>): Configuration {
  const all = policies.map((policy) => [policy.name, { level: "disabled" as EnforcementLevel, settings: {} }] as const);
  return { ...Object.fromEntries(all), [name]: { level, settings } };
}

/** The violations of resources, sorted by message. The protocol and this process must give the same result. */
async function compared(resources: readonly Resource[], configuration: Configuration): Promise<Diagnosis[]> {
  const asked = resources.map(wireable);
  await pack.configure(configuration);
  const remedied = await inParallel(asked, async (resource): Promise<AskedAbout> => {
    const inputs = (await pack.remediate(resource)).at(-1)?.properties;
    return inputs === undefined ? resource : { ...resource, inputs: decode(inputs) as AskedAbout["inputs"] };
  });
  const ofEach = await inParallel(remedied, async (resource) =>
    (await pack.analyze(resource)).map((each) => ({ urn: resource.urn, ...each })),
  );
  const answered: Diagnosis[] = [...ofEach.flat(), ...(await pack.analyzeStack(remedied))];
  const { violations } = analyze(policyPack(testProject), configuration, programOf(asked));
  expect(sorted(violations)).toEqual(sorted(answered));
  return sorted(violations);
}

/** The remedied resource; undefined if nothing changes. The protocol and this process must give the same result. */
async function remedy(resource: Resource, policy: string): Promise<Record<string, unknown> | undefined> {
  const asked = wireable(resource);
  const configuration = only(policy, "remediate", {});
  await pack.configure(configuration);
  const answered = await pack.remediate(asked);
  const { result, diagnostics } = analyze(policyPack(testProject), configuration, programOf([asked]));
  const [after] = result.registrations;
  const remedied = after!.inputs === asked.inputs ? undefined : after!.inputs;
  expect(answered).toEqual(remedied === undefined ? [] : [{ policy, properties: encode(remedied) }]);
  expect(diagnostics).toHaveLength(answered.length);
  return remedied;
}

/** A resource whose inputs survive encoding: undefined fields are left out. */
function wireable({ type, urn, inputs }: Resource): AskedAbout {
  return { type, urn, inputs: decode(JSON.parse(JSON.stringify(encode(inputs)))) as Record<string, unknown> };
}

function sorted(found: readonly Diagnosis[]): Diagnosis[] {
  const key = ({ message, policy, urn = "", level }: Diagnosis): string => [message, policy, urn, level].join("\0");
  return [...found].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function programOf(resources: readonly AskedAbout[]): ProgramResult {
  const options = { dependsOn: [], propertyDependencies: {} };
  const { stack, project } = parseUrn(resources[0]!.urn);
  const registrations = resources.map((resource): Registration => ({
    ...resource,
    name: parseUrn(resource.urn).name,
    custom: true,
    options,
  }));
  const nowhere = { workingDir: testProject, outputs: {}, diagnostics: [], references: [] };
  return { project, stack, projectDir: testProject, registrations, ...nowhere };
}
