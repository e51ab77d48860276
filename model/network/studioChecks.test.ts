import { expect, it } from "vitest";

import { environmentSchema, networkSchema } from "../stackFile/schema";
import { environment } from "../testing";
import { planNetwork } from "./planNetwork";
import { checkStudio } from "./studioChecks";

const chaincode = { name: "boats", channel: "main", source: "chaincode/boats", version: "1.0" };
const session = { name: "ada", developer: "alice", chaincode: "boats" };

const remote = { url: "https://git.example.com/team/net.git", secretName: "studio-git" };

const oidc = { issuer: "https://login.example.com", clientId: "studio", secretName: "studio-oidc" };

function config(organization: object, more: object = {}) {
  const organizations = [
    { name: "org1", clients: ["alice", "bob"], debug: { developers: ["alice"] }, ...organization },
    { name: "org2" },
  ];
  const all = { channels: [{ name: "main" }], chaincodes: [chaincode], gateway: { port: 30443 }, ...more };
  return networkSchema.parse({ environment: "local", domain: "net.example.com", organizations, ...all });
}

/** What the checks find in a network: a line for each mistake. */
function mistakes(organization: object, more: object = {}): string[] {
  return checkStudio("baas:network", config(organization, more)).map(
    ({ path, message, choices }) => `${path}: ${message}${choices === undefined ? "" : ` ${choices}`}`,
  );
}

const studio = (...sessions: object[]) => ({ studio: { sessions } });
const at = "baas:network.organizations[0].studio";

it("accepts a session of a developer, with a chaincode of the organization", () => {
  expect(mistakes({})).toEqual([]);
  expect(mistakes(studio(session))).toEqual([]);
});

it.each([
  [
    "without a debug peer",
    { ...studio(session), debug: undefined },
    {},
    [`${at}: a debug peer calls what is written in a session: give the organization one, with debug`],
  ],
  [
    "that nobody reaches",
    studio(session),
    { gateway: undefined },
    [`${at}: developers reach sessions through the gateway: give the network a gateway`],
  ],
  [
    "of a client that is no developer",
    studio({ ...session, developer: "bob" }),
    {},
    [`${at}.sessions[0].developer: there is no developer "bob". There are: alice`],
  ],
  [
    "with an unknown chaincode",
    studio({ ...session, chaincode: "boat" }),
    {},
    [`${at}.sessions[0].chaincode: there is no chaincode "boat". Did you mean "boats"? There are: boats`],
  ],
  [
    "with a chaincode of others",
    studio(session),
    { channels: [{ name: "main", organizations: ["org2"] }] },
    [`${at}.sessions[0].chaincode: there is no chaincode "boats". There are: none`],
  ],
  [
    "with a chaincode on another channel",
    studio({ ...session, channel: "trades" }),
    {},
    [`${at}.sessions[0].channel: there is no channel "trades". There are: main`],
  ],
  [
    "with one of several versions",
    studio(session),
    {
      channels: [{ name: "main" }, { name: "trades" }],
      chaincodes: [chaincode, { ...chaincode, channel: "trades", version: "2.0" }],
    },
    [
      `${at}.sessions[0].chaincode: "boats" has other versions on other channels: name one, channel: main, or channel: trades`,
    ],
  ],
  [
    "without sources",
    studio(session),
    { chaincodes: [{ ...chaincode, source: undefined, image: "registry.example.com/boats:1" }] },
    [`${at}.sessions[0].chaincode: "boats" has an image and no source, which a session would begin with`],
  ],
  [
    "of a user whom nobody knows",
    studio({ ...session, user: "ann@example.com" }),
    {},
    [
      `${at}.sessions[0].user: nobody says who that is: describe the provider that does, in oidc of the studio, or leave it out`,
    ],
  ],
])("refuses a session %s", (_, organization, more, expected) => {
  expect(mistakes(organization, more)).toEqual(expected);
});

it("refuses a provider that signs nobody in", () => {
  expect(mistakes({ studio: { sessions: [session], oidc } })).toEqual([
    `${at}.oidc: signs nobody in: give a session the user whose it is, as the claim email has her`,
  ]);
  expect(mistakes({ studio: { sessions: [{ ...session, user: "ann@example.com" }, session], oidc } })).toEqual([]);
});

it.each([
  ["no session", { sessions: [] }, "describe at least one session"],
  ["a number without a unit", { sessions: [session], idleEnd: "30" }, "an idle end is a whole number with s, m or h"],
  ["an idle end of two days", { sessions: [session], idleEnd: "48h" }, "an idle end is a day at most"],
  ["a life of a month", { sessions: [session], longestLife: "720h" }, "a longest life is a week, 168h, at most"],
  ["too few processes", { sessions: [session], processes: 10 }, "expected number to be >=128"],
  [
    "a provider that anybody on the way may play",
    { sessions: [session], oidc: { ...oidc, issuer: "http://login.example.com" } },
    "must begin with https://, because whoever changes its answers makes tokens",
  ],
  [
    "a provider with a query",
    { sessions: [session], oidc: { ...oidc, issuer: "https://login.example.com?tenant=a" } },
    "an issuer has no query and no fragment",
  ],
  [
    "scopes without a sign-in",
    { sessions: [session], oidc: { ...oidc, scopes: ["email"] } },
    "openid is among the scopes, or there is no sign-in",
  ],
  [
    "a repository without TLS",
    { sessions: [session], remote: { ...remote, url: "http://git.example.com/net.git" } },
    "a repository's address is expected, such as https://git.example.com/team/network.git",
  ],
  ...[
    "https://ann@git.example.com/net.git",
    "https://git.example.com/net.git/",
    "https://git.example.com/net.git?a=1",
  ].map((url): [string, object, string] => [
    `a repository at ${url}`,
    { sessions: [session], remote: { ...remote, url } },
    "a repository's address has no user, no query, no fragment and no slash at its end",
  ]),
  [
    "a base that is no branch",
    { sessions: [session], remote: { ...remote, base: "main:refs/heads/x" } },
    "a branch has letters, digits and . _ + - /",
  ],
  ["a user of two lines", { sessions: [{ ...session, user: "a\nb" }] }, "a user is a text of one line"],
])("has a schema that refuses %s", (_, given, message) => {
  expect(() => config({ studio: given })).toThrow(message);
});

it("plans the names of a session, and what it stands for", () => {
  const gateway = { ports: { from: 30443, to: 30443 } };
  const where = environmentSchema.parse({ ...environment, gateway, studio: { runtimeClass: "gvisor" } });
  const { studio: planned } = planNetwork("net", config(studio(session)), where);
  expect(planned).toMatchObject({ namespace: "net-studio", runtimeClass: "gvisor" });
  expect(planned!.sessions).toMatchObject([
    {
      name: "studio-ada",
      session: "ada",
      developer: { id: "alice", name: "alice-org1" },
      host: "studio-ada.net.example.com",
      source: "chaincode/boats",
      server: "boats-1-0-org1",
      idleEnd: "30m",
      longestLife: "12h",
    },
  ]);
});

it("plans who signs in, for sessions that have a user", () => {
  const gateway = { ports: { from: 30443, to: 30443 } };
  const bob = { ...session, name: "bob" };
  const ofBoth = { sessions: [{ ...session, user: "ann@example.com" }, bob], oidc };
  const where = environmentSchema.parse({ ...environment, gateway });
  const { studio: planned } = planNetwork("net", config({ studio: ofBoth }), where);
  expect(planned!.sessions.map((each) => each.oidc)).toEqual([
    { ...oidc, scopes: ["openid", "email"], userClaim: "email", user: "ann@example.com" },
    undefined,
  ]);
});

it("plans to which branches each session pushes", () => {
  const gateway = { ports: { from: 30443, to: 30443 } };
  const where = environmentSchema.parse({ ...environment, gateway });
  const { studio: planned } = planNetwork("net", config({ studio: { sessions: [session], remote } }), where);
  expect(planned!.sessions[0]!.remote).toEqual({ ...remote, base: "main", branches: "studio/ada/" });
});
