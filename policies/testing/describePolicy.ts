import { describe, expect, it } from "vitest";

import { parseUrn } from "../../model/pulumi/urn";
import { text } from "../kit/adapter";
import { objectOf } from "../kit/objects";
import { defaultSettings, isStackPolicy } from "../kit/policy";
import { StackFiles } from "../kit/stackFile";
import { type Fixture, type Fixtures, testProject } from "./fixtures";

/** Tests a policy with its fixtures directly. tests/policyContract.test.ts does so through Pulumi's interface. */
export function describePolicy({ policy, bad, good }: Fixtures): void {
  describe(policy.name, () => {
    it.each(bad)("refuses $title", (fixture) => {
      expect(found(fixture)).toEqual(fixture.messages);
    });
    it.each(good)("lets $title pass", (fixture) => {
      expect(found(fixture)).toEqual([]);
    });
  });

  function found({ objects, settings }: Fixture): string[] {
    const stackFile = new StackFiles(testProject).of(parseUrn(objects[0]!.urn).stack);
    const known = objects.map(({ type, inputs, urn }) => objectOf(type, frozen(inputs), urn)!);
    const context = { settings: { ...defaultSettings(policy), ...settings }, stackFile };
    const violations = isStackPolicy(policy)
      ? policy.checkStack(known, context)
      : known.filter(({ kind }) => policy.kinds.includes(kind)).flatMap((object) => policy.check(object, context));
    return violations.map(text);
  }
}

/** Freezes an object: baas passes the same object to all policies, so none may change it. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}
