/** Objects of an API server, held against the policy pack: as the product makes them, and with one mistake each. */
import { afterAll, beforeAll, expect, it } from "vitest";

import type { ProgramResult, Registration } from "../cli/engine/declared/registration";
import { analyze } from "../cli/engine/policyPack/analyze";
import { runProgram } from "../cli/engine/program/programs";
import { configurationOf, settableOf } from "../model/project/policyProfile";
import { policyPack } from "../policies/pack";
import { ProjectCopy } from "./projectCopy";

let project: ProjectCopy;
let program: ProgramResult;
beforeAll(async () => {
  project = new ProjectCopy();
  program = await runProgram({ projectDir: project.dir, stack: "calls", dryRun: true });
});
afterAll(() => project.remove());

const isOfApi = ({ inputs }: Registration): boolean => /^api(-|$)/.test((inputs as any).metadata?.name ?? "");

/** Mandatory policies that objects of the API server violate, by the pack's defaults, which production has. */
function violated(registrations: readonly Registration[]): string[] {
  const pack = policyPack(project.dir);
  const { violations } = analyze(pack, configurationOf(settableOf(pack), {}), {
    ...program,
    registrations: [...registrations],
  });
  const own = new Set(registrations.filter(isOfApi).map(({ urn }) => urn));
  const mandatory = violations.filter(({ urn, level }) => level === "mandatory" && (urn === undefined || own.has(urn)));
  return [...new Set(mandatory.map(({ policy }) => policy))].sort();
}

let before: string[];
beforeAll(() => {
  before = violated(program.registrations);
});

it("violate none", () => {
  const names = program.registrations.filter(isOfApi).map(({ type }) => type.split(":").at(-1));
  expect(names.sort()).toEqual(
    ["ConfigMap", "Identity", "NetworkPolicy", "Service", "Service", "ServiceAccount", "StatefulSet"].sort(),
  );
  expect(before.filter((policy) => policy.startsWith("security-"))).toEqual([]);
});

const container = (inputs: any) => inputs.spec.template.spec.containers[0];
type Mistake = [what: string, type: string, change: (inputs: any) => void, policies: string[]];

it.each<Mistake>([
  [
    "a container that may gain rights",
    "StatefulSet",
    (all) => (container(all).securityContext.allowPrivilegeEscalation = true),
    ["security-pod-security"],
  ],
  [
    "an image without a version",
    "StatefulSet",
    (all) => (container(all).image = "docker.io/library/api:latest"),
    ["security-image-tags"],
  ],
  [
    "an image of another registry",
    "StatefulSet",
    (all) => (container(all).image = "evil.example.com/api:1.0"),
    ["security-image-registries"],
  ],
  ["no limits", "StatefulSet", (all) => delete container(all).resources, ["resources-requests-and-limits"]],
  ["a port on every node", "Service", (all) => (all.spec.type = "NodePort"), ["ports-in-range", "ports-only-gateway"]],
  [
    "a policy that lets everybody in",
    "NetworkPolicy",
    (all) => (all.spec.ingress = [{}]),
    ["security-network-policies"],
  ],
  [
    "a policy that lets it out everywhere",
    "NetworkPolicy",
    (all) => (all.spec.egress = [{}]),
    ["security-network-policies"],
  ],
  [
    "a password in its settings",
    "ConfigMap",
    (all) => (all.data["settings.json"] = '{"store":{"url":"postgres://api:secret@db/api"}}'),
    ["security-default-passwords", "security-plain-secrets", "security-tls"],
  ],
  [
    "a token of the Kubernetes API",
    "ServiceAccount",
    (all) => (all.automountServiceAccountToken = true),
    ["security-rbac"],
  ],
])("with %s are refused", (_what, kind, change, policies) => {
  let isChanged = false;
  const changed = program.registrations.map((registration) => {
    if (isChanged || !isOfApi(registration) || !registration.type.endsWith(`:${kind}`)) return registration;
    isChanged = true;
    const inputs = structuredClone(registration.inputs);
    change(inputs);
    return { ...registration, inputs };
  });
  expect(isChanged).toBe(true);
  expect(violated(changed).filter((each) => !before.includes(each))).toEqual(policies);
});
