import { expect, it } from "vitest";

import { environmentSchema, networkSchema } from "../stackFile/schema";
import { checkApi } from "./apiChecks";
import { planNetwork } from "./planNetwork";

const api = {
  tokens: { issuer: "https://login.example.com", audience: "net" },
  roles: { trader: { actions: ["submit"] } },
};

/** What the checks find in a network: a line for each mistake. */
function mistakes(more: object, ofApi: object = {}): string[] {
  const config = networkSchema.parse({
    environment: "local",
    domain: "net.example.com",
    organizations: [{ name: "org1" }],
    channels: [{ name: "main" }],
    gateway: { port: 30443 },
    api: { ...api, ...ofApi },
    ...more,
  });
  const environment = environmentSchema.parse({
    context: "test",
    images: { project: "registry.example.com/baas" },
    gateway: { ports: { from: 30443, to: 30499 } },
  });
  const plan = planNetwork("net", config, environment);
  return checkApi("baas:network", config, plan).map(({ path, message }) => `${path}: ${message}`);
}

it("accepts a server on SQLite, and several on PostgreSQL", () => {
  expect(mistakes({})).toEqual([]);
  expect(mistakes({}, { replicas: 3, database: "postgresql", databaseSecret: "calls" })).toEqual([]);
});

it.each<[string, object, object, string]>([
  [
    "several servers on SQLite",
    {},
    { replicas: 2 },
    "baas:network.api.replicas: 2 replicas cannot share SQLite, which is on the volume of one: write 1, or database: postgresql",
  ],
  [
    "PostgreSQL without its url",
    {},
    { database: "postgresql" },
    "baas:network.api.databaseSecret: name the Secret with the url of the PostgreSQL",
  ],
  [
    "a url for SQLite",
    {},
    { databaseSecret: "calls" },
    "baas:network.api.databaseSecret: is for PostgreSQL: write database: postgresql, or leave it out",
  ],
  [
    "a network without a gateway",
    { gateway: undefined },
    {},
    "baas:network.api: applications reach the API server through the gateway: give the network a gateway",
  ],
  [
    "a network without a channel",
    { channels: [] },
    {},
    "baas:network.api: the network has no channel, so there is nothing to call: give it one, or leave api out",
  ],
  [
    "a gateway of the orderers' organization",
    { gateway: { port: 30443, organization: "orderer" } },
    {},
    'baas:network.api: the API server acts for the organization of the gateway, and "orderer" has no peers: name another one in gateway.organization',
  ],
  [
    "a role for a channel that there is not",
    {},
    { roles: { trader: { actions: ["submit"], channels: ["mian"] } } },
    'baas:network.api.roles.trader.channels[0]: there is no channel "mian". Did you mean "main"?',
  ],
])("refuses %s", (_, more, ofApi, message) => {
  expect(mistakes(more, ofApi)).toEqual([message]);
});
