/** The schema of `studio` of an organization: sessions of developers who write chaincode in a browser. */
import { z } from "zod";

import { durationSeconds } from "../duration";
import { dnsLabel, httpsUrl, oidcScope, rootCertificates, storage, text } from "./fields";

const hours = (what: string, most: string) =>
  text(/^[1-9][0-9]{0,3}(s|m|h)$/, `${what} is a whole number with s, m or h, such as 30m; ${most} at most`, 5);

const day = 24 * 3600;

/** A text that others give: a name, an address, an ID. */
const oneLine = (what: string) => text(/^[^\p{Cc}]+$/u, `${what} is a text of one line`, 256);

const sessionSchema = z.strictObject({
  name: dnsLabel("a session's name", 30).describe(
    "Name of the session, unique in the network: it is reached at studio-<name>.<domain>.",
  ),
  developer: z.string().describe("Whose session it is: one of debug.developers of the organization."),
  chaincode: z
    .string()
    .describe(
      "Chaincode that is written in it: one of the organization's, with a `source` in TypeScript or JavaScript.",
    ),
  channel: z.string().optional().describe("Channel of the chaincode, if it has other versions on others."),
  user: oneLine("a user")
    .optional()
    .describe(
      "The developer as the provider of `oidc` names her, in the claim `userClaim`. Default: one-time links alone lead in.",
    ),
});

const oidcSchema = z.strictObject({
  issuer: httpsUrl
    .refine((url) => !/[?#]/.test(url), { error: "an issuer has no query and no fragment" })
    .describe("Who signs developers in; its addresses and keys are found by OpenID Connect discovery."),
  clientId: oneLine("a client's ID").describe("ID of the client that the provider has for the sessions."),
  secretName: dnsLabel("a Secret's name", 63).describe(
    "Secret in the network's namespace, which you make there: its key `clientSecret` is that client's.",
  ),
  scopes: z
    .array(oidcScope)
    .refine((scopes) => scopes.includes("openid"), { error: "openid is among the scopes, or there is no sign-in" })
    .default(["openid", "email"])
    .describe("Scopes that are asked for. Default: openid, email."),
  userClaim: oneLine("a claim")
    .default("email")
    .describe(
      "Claim that says who somebody is, such as sub. `email` counts with `email_verified` alone. Default: email.",
    ),
  rootCertificates: rootCertificates
    .optional()
    .describe("Certificates (PEM) of CAs of your own, which the provider's certificate comes from."),
});

/** How developers sign in, with all defaults filled in. */
export type StudioOidcConfig = z.output<typeof oidcSchema>;

const remoteSchema = z.strictObject({
  url: z
    .url({
      protocol: /^https$/,
      error: "a repository's address is expected, such as https://git.example.com/team/network.git",
    })
    .refine((url) => !/[?#]|\/$/.test(url) && !/^https:\/\/[^/]*@/i.test(url), {
      error: "a repository's address has no user, no query, no fragment and no slash at its end",
    })
    .describe("Git repository that branches are pushed to, by https: the one that the stack file is in."),
  secretName: dnsLabel("a Secret's name", 63).describe(
    "Secret in the network's namespace, which you make there: its keys `username` and `password` (which may be a token) are the gates' at the repository.",
  ),
  base: text(
    /^[A-Za-z0-9_][A-Za-z0-9_.+-]*(\/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*$/,
    "a branch has letters, digits and . _ + - /",
    200,
  )
    .default("main")
    .describe("Branch that others are made from. Default: main."),
  rootCertificates: rootCertificates
    .optional()
    .describe("Certificates (PEM) of CAs of your own, which the repository's certificate comes from."),
});

/** Where branches are pushed to, with all defaults filled in. */
export type StudioRemoteConfig = z.output<typeof remoteSchema>;

/** `studio` of an organization. */
export const studioSchema = z.strictObject({
  sessions: z
    .array(sessionSchema)
    .min(1, "describe at least one session")
    .max(50, "at most 50 sessions")
    .describe("Sessions, each of one developer."),
  oidc: oidcSchema
    .optional()
    .describe(
      "A provider (OpenID Connect) that signs developers in to sessions that have a `user`, beside one-time links.",
    ),
  remote: remoteSchema
    .optional()
    .describe("A repository that sessions push branches to: their gates have the credentials. Default: patches alone."),
  idleEnd: hours("an idle end", "a day")
    .refine((time) => durationSeconds(time) <= day, { error: "an idle end is a day at most" })
    .default("30m")
    .describe("How long a session goes on when no window is open. Default: 30m."),
  longestLife: hours("a longest life", "a week")
    .refine((time) => durationSeconds(time) <= 7 * day, { error: "a longest life is a week, 168h, at most" })
    .default("12h")
    .describe("How long a session goes on at most. Default: 12h."),
  storage: storage.default("5Gi").describe("Volume of each session: its project and the editor's settings."),
  memory: text(/^[1-9][0-9]{0,5}(Mi|Gi)$/, "memory is a whole number with Mi or Gi, such as 2Gi", 8)
    .default("2Gi")
    .describe("Most memory of a session: editor, contract, debugger, tests. Default: 2Gi."),
  cpu: text(/^[1-9][0-9]{0,4}m?$/, "CPU is a whole number, or one with m, such as 500m", 6)
    .default("2")
    .describe("Most CPU of a session. Default: 2."),
  processes: z
    .int()
    .min(128)
    .max(10_000)
    .default(1024)
    .describe("Most processes and threads of a session. Default: 1024."),
});

/** `studio` of an organization with all defaults filled in. */
export type StudioConfig = z.output<typeof studioSchema>;

/** `studio` of an environment. */
export const environmentStudioSchema = z.strictObject({
  runtimeClass: dnsLabel("a runtime class", 63).describe(
    "RuntimeClass of the sessions' pods, such as that of gVisor or Kata Containers; it must exist in the cluster.",
  ),
});
