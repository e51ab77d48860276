import { describe, expect, it } from "vitest";

import { isWholeStackPolicy, type ResourcePolicy } from "../../model/pulumi/policyPack";
import { toPulumiPolicy } from "../kit/adapter";
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

  function found({ objects, settings = {} }: Fixture): string[] {
    const asked = toPulumiPolicy(policy, new StackFiles(testProject));
    const resources = objects.map(({ type, inputs, urn }) => ({ type, urn, props: frozen(inputs) }));
    const messages: string[] = [];
    const report = (message: string): void => void messages.push(message);
    const getConfig = (): object => settings;
    if (isWholeStackPolicy(asked)) asked.validateStack({ resources, getConfig }, report);
    else for (const each of resources) (asked as ResourcePolicy).validateResource({ ...each, getConfig }, report);
    return messages;
  }
}

/** Freezes an object: baas passes the same object to all policies, so none may change it. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}
