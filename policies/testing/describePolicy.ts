import { describe, expect, it } from "vitest";

import { toPulumiPolicy } from "../kit/adapter";
import { StackFiles } from "../kit/stackFile";
import { type Fixture, type Fixtures, testProject } from "./fixtures";
import { messagesOf } from "./messagesOf";

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
    return messagesOf(toPulumiPolicy(policy, new StackFiles(testProject)), objects, settings);
  }
}
