/** The schema of `grafana` of a platform's monitoring: where it keeps what people set, and who may sign in. */
import { z } from "zod";

import { dnsLabel, oidcScope, storage } from "./fields";

/** Address of a page of the identity provider. */
const providerAddress = z
  .url({ protocol: /^https$/, error: "an address such as https://login.example.com/authorize is expected" })
  .max(2048, "at most 2048 characters");

/** Name of a group, as it stands in a claim. A quote would end the text in Grafana's expression for roles. */
const groupName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^'"\\`\p{Cc},]+$/u, "a group's name has no quotes, commas, backslashes and control characters");

const oidc = z.strictObject({
  authorizationUrl: providerAddress.describe("Where browsers are sent to sign in."),
  tokenUrl: providerAddress.describe("Where Grafana exchanges the code that they come back with."),
  userInfoUrl: providerAddress.describe("Where it asks who they are."),
  clientId: z.string().min(1).max(256).describe("ID of the client that the provider has for this Grafana."),
  secretName: dnsLabel("a Secret's name", 63).describe(
    "Secret in the platform's namespace, which you make there: its key `clientSecret` is that client's.",
  ),
  scopes: z
    .array(oidcScope)
    .min(1)
    .default(["openid", "profile", "email"])
    .describe("Scopes that are asked for. Default: openid, profile, email."),
  groups: z
    .array(groupName)
    .default([])
    .describe("Groups (claim `groups`) of which one is needed to sign in. Default: whoever the provider knows."),
  adminGroup: groupName
    .optional()
    .describe("Group whose people are administrators. Default: nobody is; all see, and change nothing."),
});

/** `grafana` of a platform's monitoring. */
export const grafanaSchema = z.strictObject({
  storage: storage
    .default("1Gi")
    .describe("Volume of Grafana: its users and what they have set. Dashboards are not on it."),
  oidc: oidc
    .optional()
    .describe(
      "How people sign in. Default: as `admin`, by a random password in the Secret `grafana-admin` in the platform's namespace.",
    ),
});

/** `grafana` of a platform's monitoring with all defaults filled in. */
export type GrafanaConfig = z.output<typeof grafanaSchema>;
