/** Objects of an Ethereum network's gateway, held against the policy pack: as the product makes them, and with one mistake each. */
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
  program = await runProgram({ projectDir: project.dir, stack: "ethdev", dryRun: true });
});
afterAll(() => project.remove());

const nameOf = ({ inputs }: Registration): string => (inputs as any).metadata?.name ?? "";

/** Mandatory policies that gateway, filter and RPC nodes violate, by the pack's defaults, which production has. */
function violated(registrations: readonly Registration[]): string[] {
  const pack = policyPack(project.dir);
  const { violations } = analyze(pack, configurationOf(settableOf(pack), {}), {
    ...program,
    registrations: [...registrations],
  });
  const own = new Set(
    registrations.filter((each) => /^(gateway|json-rpc|rpc0)/.test(nameOf(each))).map(({ urn }) => urn),
  );
  const mandatory = violations.filter(({ urn, level }) => level === "mandatory" && urn !== undefined && own.has(urn));
  return [...new Set(mandatory.map(({ policy }) => policy))].sort();
}

it("violate none", () => expect(violated(program.registrations)).toEqual([]));

const anywhere = (inputs: any): void => void inputs.spec.ingress.push({ ports: inputs.spec.ingress[0].ports });
type Mistake = [what: string, type: string, name: string, change: (inputs: any) => void, policies: string[]];

it.each<Mistake>([
  [
    "a port of the filter outside the cluster",
    "Service",
    "json-rpc",
    ({ spec }) => (spec.type = "NodePort"),
    ["ports-only-gateway"],
  ],
  [
    "a port of an RPC node outside the cluster",
    "Service",
    "rpc0",
    ({ spec }) => (spec.type = "LoadBalancer"),
    ["ports-only-gateway"],
  ],
  ["a filter for anybody", "NetworkPolicy", "json-rpc", anywhere, ["security-network-policies"]],
  ["an RPC node for anybody", "NetworkPolicy", "rpc0", anywhere, ["security-network-policies"]],
  ["one pod of HAProxy", "Deployment", "gateway", ({ spec }) => (spec.replicas = 1), ["availability-replicas"]],
  ["one pod of the filter", "Deployment", "json-rpc", ({ spec }) => (spec.replicas = 1), ["availability-replicas"]],
])("violate a policy with %s", (_what, type, name, change, policies) => {
  const found = program.registrations.find((each) => each.type.endsWith(`:${type}`) && nameOf(each) === name)!;
  const inputs = structuredClone(found.inputs);
  change(inputs);
  const all = program.registrations.map((each) => (each === found ? { ...each, inputs } : each));
  expect(violated(all)).toEqual(expect.arrayContaining(policies));
});
