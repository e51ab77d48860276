import { describe, expect, it } from "vitest";

import type { StudioSessionPlan } from "../../model/network/networkPlan";
import type { NetworkWithGateway } from "../connection/connectionProfile";
import { chooseSession, sessionsOf } from "./sessions";

const sessions = ["ada", "ben"].map((session) => ({ session }) as StudioSessionPlan);

describe("the session of a command", () => {
  it("is the one that is named, or the only one", () => {
    expect(chooseSession(sessions, "ben")).toBe(sessions[1]);
    expect(chooseSession(sessions.slice(0, 1), undefined)).toBe(sessions[0]);
  });

  it("must be told where there are several, and be there", () => {
    expect(() => chooseSession(sessions, undefined)).toThrow("there are several sessions\n  -> Name one: ada, or ben");
    expect(() => chooseSession(sessions, "bem")).toThrow(
      'there is no session "bem". Did you mean "ben"?\n  -> There are: ada, ben',
    );
  });

  it("is one of a network that has some", () => {
    const file = "stacks/Pulumi.dev.yaml";
    expect(() => sessionsOf({ name: "dev" } as NetworkWithGateway, file)).toThrow(
      'network "dev" has no studio\n' +
        "  -> Give an organization one in stacks/Pulumi.dev.yaml, and apply it: studio: { sessions: [{ name: alice, developer: alice, chaincode: NAME }] }",
    );
    const studio = { namespace: "dev-studio", sessions };
    expect(sessionsOf({ name: "dev", studio } as NetworkWithGateway, file)).toBe(sessions);
  });
});
