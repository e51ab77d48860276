import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { configurationOf, readProfile, type Settable } from "./policyProfile";

const size = { type: "string", pattern: "^[0-9]+Gi$", format: "number of Gi, such as 4Gi," };
const policies: Settable[] = [
  { name: "ports-few", level: "mandatory", settings: { most: { type: "integer", minimum: 1, default: 3 } } },
  { name: "tags", level: "advisory", settings: { allowed: { type: "array", items: { type: "string" }, default: [] } } },
  {
    name: "kinds",
    level: "mandatory",
    settings: { allowed: { type: "array", items: { type: "string" }, default: [] } },
    allowing: ["allowed"],
  },
  { name: "sizes", level: "mandatory", settings: { roles: { type: "object", additionalProperties: size } } },
];

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "baas-profile-"));
  mkdirSync(join(project, "stacks", "environments"), { recursive: true });
  writeFileSync(join(project, "Pulumi.yaml"), "name: baas\nruntime: nodejs\nstackConfigDir: stacks\n");
});
afterEach(() => rmSync(project, { recursive: true }));

function configured(shared: unknown, own?: unknown, kind = "network") {
  const environment = { context: "c", images: { project: "p" }, policies: shared };
  writeFileSync(join(project, "stacks", "environments", "e.yaml"), JSON.stringify(environment));
  const config = { [`baas:${kind}`]: { environment: "e", nonsense: true, policies: own } };
  writeFileSync(join(project, "stacks", "Pulumi.s.yaml"), JSON.stringify({ config }));
  return configurationOf(policies, readProfile(project, "s", policies));
}

describe("policies are taken", () => {
  it("as the pack says where nobody says otherwise", () => {
    expect(configured(undefined)).toEqual({
      "ports-few": { level: "mandatory", settings: { most: 3 } },
      tags: { level: "advisory", settings: { allowed: [] } },
      kinds: { level: "mandatory", settings: { allowed: [] } },
      sizes: { level: "mandatory", settings: {} },
    });
  });

  it("as the environment says, and the stack over it", () => {
    const shared = { "ports-few": { enforcementLevel: "advisory", most: 5 }, tags: "disabled" };
    expect(configured(shared)).toEqual({
      "ports-few": { level: "advisory", settings: { most: 5 } },
      tags: { level: "disabled", settings: { allowed: [] } },
      kinds: { level: "mandatory", settings: { allowed: [] } },
      sizes: { level: "mandatory", settings: {} },
    });
    expect(configured(shared, { "ports-few": { most: 7 }, tags: "mandatory" }, "platform")).toEqual({
      "ports-few": { level: "advisory", settings: { most: 7 } },
      tags: { level: "mandatory", settings: { allowed: [] } },
      kinds: { level: "mandatory", settings: { allowed: [] } },
      sizes: { level: "mandatory", settings: {} },
    });
  });
});

describe("a profile is refused that", () => {
  it.each([
    [
      { "port-few": "advisory" },
      'policies.port-few: there is no policy "port-few". Did you mean "ports-few"? There are: ports-few, tags, kinds, sizes',
    ],
    [
      { tags: "lenient" },
      '(environment).policies.tags: "lenient" is not allowed: an enforcement level (advisory, mandatory, remediate, disabled) or settings are expected',
    ],
    [{ tags: { alowed: [] } }, 'policies.tags.alowed: unknown key. Did you mean "allowed"? Allowed: allowed'],
    [{ "ports-few": { most: 0 } }, "policies.ports-few.most: 0 is not allowed: at least 1"],
    [{ "ports-few": { most: "many" } }, 'policies.ports-few.most: "many" is not allowed: a number is expected'],
    [
      { sizes: { roles: { peer: "4GB" } } },
      'policies.sizes.roles.peer: "4GB" is not allowed: a number of Gi, such as 4Gi, is expected',
    ],
  ])("says %j", (shared, message) => {
    expect(() => configured(shared)).toThrow(`stacks/environments/e.yaml: 1 mistake\n  ${message}`);
  });

  it("allows a stack something by the stack's own file", () => {
    expect(configured({ kinds: { allowed: ["v1 Pod"] } }).kinds!.settings).toEqual({ allowed: ["v1 Pod"] });
    expect(() => configured({}, { kinds: { enforcementLevel: "mandatory", allowed: ["v1 Pod"] } })).toThrow(
      "stacks/Pulumi.s.yaml: 1 mistake\n  baas:network.policies.kinds.allowed: only an environment can allow this, for all of its stacks: move it to stacks/environments/e.yaml",
    );
  });

  it("says so in the stack file, with its path", () => {
    expect(() => configured({}, { tags: { allowed: "all" } })).toThrow(
      'stacks/Pulumi.s.yaml: 1 mistake\n  baas:network.policies.tags.allowed: "all" is not allowed: a list is expected',
    );
  });
});
