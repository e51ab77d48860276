/** The schema of `api` of a network: the server that calls chaincode for applications, over HTTP. */
import { z } from "zod";

import { autoscalingSchema } from "./autoscalingSchema";
import { authorityCertificates, dnsLabel, httpsUrl, rootCertificates, storage } from "./fields";

const names = z.array(z.string().min(1, "a name is expected")).min(1, "name at least one, or leave it out for all");

const roleSchema = z.strictObject({
  actions: z
    .array(z.enum(["evaluate", "submit", "read"]))
    .min(1, "a role allows something: evaluate, submit or read")
    .describe("What it allows: calls that only read, calls that write, and reading blocks, transactions and events."),
  channels: names.optional().describe("Channels. Default: all."),
  chaincodes: names.optional().describe("Chaincodes. Default: all. Only who may read all may read blocks."),
  functions: names
    .optional()
    .describe("Functions; one that ends with a star stands for all that begin so. Default: all."),
  identities: names
    .optional()
    .describe("Client identities that calls may act as: of api.identities, or api, the server's own. Default: api."),
  members: names
    .optional()
    .describe(
      "Callers that have the role beside those whose token says so: `token:` and the token's subject, or `certificate:`, the " +
        "organization or authority, a slash, and the certificate's subject, such as certificate:org1/CN=alice,OU=client.",
    ),
});

const authoritySchema = z.strictObject({
  certificates: authorityCertificates.describe(
    "Certificates (PEM) of the CA: the one that signs clients' certificates, and those above it up to the root.",
  ),
  revocationList: z
    .string()
    .max(524_288, "at most 524288 characters")
    .regex(
      /-----BEGIN X509 CRL-----[\s\S]+-----END X509 CRL-----/,
      "a revocation list in PEM is expected, from -----BEGIN X509 CRL----- on, as a block of text",
    )
    .optional()
    .describe(
      "Revocation list (PEM) of the CA that signs clients' certificates. Without one, none of them is revoked.",
    ),
});

/** `api` of a network. */
export const apiSchema = z.strictObject({
  replicas: z
    .int()
    .min(1)
    .max(10)
    .default(1)
    .describe("Pods of the API server. More than one need PostgreSQL. Default: 1."),
  autoscaling: autoscalingSchema
    .optional()
    .describe("How far Kubernetes may add pods, which needs PostgreSQL. Default: it adds none."),
  database: z
    .enum(["sqlite", "postgresql"])
    .default("sqlite")
    .describe(
      "Where calls that write are kept until their outcome is known: on a volume, or in a PostgreSQL of yours.",
    ),
  storage: storage.default("1Gi").describe("Volume of SQLite."),
  databaseSecret: dnsLabel("a Secret's name", 63)
    .optional()
    .describe(
      "Secret in the network's namespace whose key `url` is that of the PostgreSQL: postgresql://user:password@host:5432/name.",
    ),
  databasePort: z
    .int()
    .min(1)
    .max(65_535)
    .default(5432)
    .describe("Port of the PostgreSQL, to which the pods may connect."),
  tokens: z
    .strictObject({
      issuer: httpsUrl.describe("Who issues tokens; its keys are found by OpenID Connect discovery."),
      audience: z.string().min(1).describe("Audience that a token must be for."),
      rolesClaim: z
        .string()
        .min(1)
        .default("roles")
        .describe("Claim with the caller's roles, such as realm_access.roles."),
    })
    .optional()
    .describe("Tokens (JWT) by which callers say who they are."),
  identities: z
    .array(dnsLabel("a client's name", 40))
    .max(20, "at most 20")
    .default([])
    .describe(
      "Clients of the gateway's organization that the server enrols, for calls that act as one of them. Roles say who may.",
    ),
  rootCertificates: rootCertificates
    .optional()
    .describe("Certificates (PEM) of CAs of your own, which the issuer's or the PostgreSQL's certificate comes from."),
  certificates: z
    .strictObject({
      organizations: z
        .array(z.string())
        .optional()
        .describe("Organizations of the network whose signing CAs' certificates count. Default: all."),
      authorities: z
        .record(dnsLabel("an authority's name", 40), authoritySchema)
        .default({})
        .describe("Further CAs, by names of your own."),
    })
    .optional()
    .describe("Client certificates by which callers say who they are, at mtls-api.<domain>."),
  roles: z
    .record(dnsLabel("a role's name", 63), roleSchema)
    .refine((roles) => Object.keys(roles).length > 0, { error: "without a role, nobody may do anything" })
    .describe("What callers may do, by the names of roles."),
  limits: z
    .strictObject({
      requestsPerMinute: z.int().min(1).max(1_000_000).default(6000).describe("Requests of one caller to a pod."),
      bodyBytes: z.int().min(1024).max(100_000_000).default(1_048_576).describe("Size of a request's body."),
    })
    .prefault({})
    .describe("What a caller may take; more is refused."),
});

/** `api` of a network with all defaults filled in. */
export type ApiConfig = z.output<typeof apiSchema>;
