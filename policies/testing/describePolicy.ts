import { describe, expect, it } from "vitest";

import { parseUrn } from "../../model/pulumi/urn";
import { text, violationsOf } from "../kit/adapter";
import { objectOf } from "../kit/objects";
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
    return violationsOf(policy, known, stackFile, settings).map(text);
  }
}

/** Freezes an object: the offline commands pass the same object to all policies, so none may change it. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}
