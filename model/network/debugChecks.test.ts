import { expect, it } from "vitest";

import { networkSchema } from "../stackFile/schema";
import { checkDebugging } from "./debugChecks";

/** What the checks find in a network: a line for each mistake. */
function mistakes(organization: object, more: object = { gateway: { port: 30443 } }): string[] {
  const organizations = [{ name: "org1", clients: ["alice", "bob"], ...organization }];
  const config = networkSchema.parse({ environment: "local", domain: "net.example.com", organizations, ...more });
  return checkDebugging("baas:network", config).map(
    ({ path, message, choices }) => `${path}: ${message}${choices === undefined ? "" : ` ${choices}`}`,
  );
}

it("accepts developers who are clients of the organization", () => {
  expect(mistakes({})).toEqual([]);
  expect(mistakes({ debug: { developers: ["alice", "bob"] } })).toEqual([]);
});

it("refuses a developer whom the organization does not have", () => {
  expect(mistakes({ debug: { developers: ["alise"] } })).toEqual([
    'baas:network.organizations[0].debug.developers[0]: there is no client "alise". Did you mean "alice"? There are: alice, bob',
  ]);
});

it("refuses a debug peer that nobody reaches", () => {
  expect(mistakes({ debug: { developers: ["alice"] } }, {})).toEqual([
    "baas:network.organizations[0].debug: developers reach debug peers through the gateway: give the network a gateway",
  ]);
});

it("refuses a debug peer for nobody", () => {
  expect(() => mistakes({ debug: { developers: [] } })).toThrow("name at least one client of the organization");
});
