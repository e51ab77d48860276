import { afterAll, expect, it } from "vitest";

import { TestCa } from "../../fabric/src/testing/testCertificates";
import { environmentSchema, networkSchema } from "../stackFile/schema";
import { checkApi } from "./apiChecks";
import { planNetwork } from "./planNetwork";

const ca = new TestCa("partner");
afterAll(() => ca.close());
const { certificate } = ca;

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

it("accepts callers with certificates alone, and of further CAs", () => {
  const members = ["certificate:org1/CN=alice,OU=client", "certificate:partner/CN=bob", "token:carol"];
  const roles = { trader: { actions: ["submit"], members } };
  expect(mistakes({}, { tokens: undefined, certificates: {} })).toEqual([]);
  expect(mistakes({}, { roles, certificates: { authorities: { partner: { certificates: certificate } } } })).toEqual(
    [],
  );
});

it("accepts roles that act as clients of its organization", () => {
  const organizations = [{ name: "org1", clients: ["settler", "other"] }];
  const roles = { trader: { actions: ["submit"], identities: ["settler", "api"] } };
  expect(mistakes({ organizations }, { identities: ["settler"], roles })).toEqual([]);
});

it("takes no private key among the certificates of a CA", () => {
  const key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  const partner = { certificates: `${certificate}${key}` };
  expect(() => mistakes({}, { certificates: { authorities: { partner } } })).toThrow("it has a private key");
});

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
    "more servers when they are needed, on SQLite",
    {},
    { autoscaling: { maxReplicas: 4 } },
    "baas:network.api.autoscaling: SQLite is on the volume of one server, so none can be added: leave it out, or write database: postgresql",
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
  [
    "a server that nobody can call",
    {},
    { tokens: undefined },
    "baas:network.api: nobody can say who they are: give it tokens, certificates, or both",
  ],
  [
    "certificates of an organization that there is not",
    {},
    { certificates: { organizations: ["org1", "ogr1"] } },
    'baas:network.api.certificates.organizations[1]: there is no organization "ogr1". Did you mean "org1"?',
  ],
  [
    "certificates of nobody",
    {},
    { certificates: { organizations: [] } },
    "baas:network.api.certificates: no CA counts: name organizations, or authorities",
  ],
  [
    "a CA that is called like an organization",
    {},
    { certificates: { authorities: { org1: { certificates: certificate } } } },
    'baas:network.api.certificates.authorities.org1: "org1" is an organization of the network, and members of roles could not tell them apart: choose another name',
  ],
  [
    "a member of no kind",
    {},
    { roles: { trader: { actions: ["submit"], members: ["alice"] } } },
    'baas:network.api.roles.trader.members[0]: "alice" is no caller: write token:SUBJECT, or certificate:ORGANIZATION/SUBJECT such as certificate:org1/CN=alice,OU=client',
  ],
  [
    "a member of a CA that does not count",
    {},
    { certificates: {}, roles: { trader: { actions: ["submit"], members: ["certificate:org2/CN=alice"] } } },
    'baas:network.api.roles.trader.members[0]: there is no organization or authority "org2". Did you mean "org1"?',
  ],
  [
    "a member with a certificate where none are shown",
    {},
    { roles: { trader: { actions: ["submit"], members: ["certificate:org1/CN=alice"] } } },
    "baas:network.api.roles.trader.members[0]: callers show no certificates here: give the API server certificates, or leave it out",
  ],
  [
    "a client identity that its organization does not have",
    { organizations: [{ name: "org1", clients: ["settler"] }] },
    { identities: ["setler"] },
    'baas:network.api.identities[0]: organization "org1", for which the API server acts, has no client "setler". Did you mean "settler"?',
  ],
  [
    "a client identity that is named twice",
    { organizations: [{ name: "org1", clients: ["settler"] }] },
    { identities: ["settler", "settler"] },
    'baas:network.api.identities[1]: "settler" is taken by baas:network.api.identities[0]',
  ],
  [
    "a role that acts as somebody who is not among its client identities",
    { organizations: [{ name: "org1", clients: ["settler"] }] },
    { roles: { trader: { actions: ["submit"], identities: ["api", "settler"] } } },
    'baas:network.api.roles.trader.identities[1]: there is no client identity "settler".',
  ],
])("refuses %s", (_, more, ofApi, message) => {
  expect(mistakes(more, ofApi)).toEqual([message]);
});
