/** The settings of the server: a JSON file, which the component `Api` writes. */
import { z } from "zod";

import { checkedSettings, readSettingsFile } from "../../common/settingsFile";

const text = z.string().min(1);
const port = z.int().min(0).max(65_535);
const milliseconds = z.int().min(1);

const storeSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("sqlite"), path: text }),
  z.strictObject({
    type: z.literal("postgresql"),
    url: text.optional(),
    /** File with the url, which may change. */
    urlFile: text.optional(),
    connections: z.int().min(1).default(10),
  }),
]);

const names = z.array(text).min(1);

const roleSchema = z.strictObject({
  /** Callers that have it beside those whose token says so: `token:SUBJECT`, `certificate:CA/SUBJECT`. */
  members: z.array(text).default([]),
  actions: z.array(z.enum(["evaluate", "submit", "read"])).min(1),
  /** Names, which may end with a star. */
  channels: names.default(["*"]),
  chaincodes: names.default(["*"]),
  functions: names.default(["*"]),
  /** Client identities that it may act as. Without them, the first one. */
  identities: names.optional(),
});

const tokensSchema = z.strictObject({
  issuer: z.url(),
  audience: text,
  rolesClaim: text.default("roles"),
  /** Milliseconds between two looks for the issuer's new keys. */
  keyCooldown: milliseconds.default(30_000),
});

const authoritySchema = z.strictObject({
  /** File with certificates (PEM) of the CA; one of them has issued the clients' certificates itself. */
  certificates: text,
  /** File with its revocation list (PEM). As long as it is not there, certificates of the CA do not count. */
  revocationList: text.optional(),
});

const accessSchema = z.strictObject({
  /** For tests: whoever calls has all roles. */
  anyone: z.boolean().default(false),
  tokens: tokensSchema.optional(),
  /** The CAs, by name, of the client certificates that the gateway hands on. */
  certificates: z.record(text, authoritySchema).optional(),
  roles: z.record(text, roleSchema),
});

const tlsSchema = z.strictObject({
  certificate: text,
  privateKey: text,
  /** Root of who may connect, and the names in its certificate, one of which it must have. */
  clientRoot: text,
  clients: names,
  /** Further roots of who may read metrics. */
  metricsRoots: z.array(text).default([]),
});

const settingsSchema = z.strictObject({
  host: text.default("127.0.0.1"),
  port,
  /** Of health and metrics. */
  operationsPort: port,
  /** Paths of blockchain_client.yaml by the names of client identities; the first one is the default. */
  identities: z.record(text, text).refine((paths) => Object.keys(paths).length > 0, "names no identity"),
  store: storeSchema,
  access: accessSchema,
  /** Without it, the server speaks HTTP, to this machine only. */
  tls: tlsSchema.optional(),
  limits: z
    .strictObject({
      bodyBytes: z
        .int()
        .min(1)
        .default(1024 * 1024),
      /** For a request with its body to arrive. */
      requestTime: milliseconds.default(10_000),
      /** Calls that write and are at work; further ones are refused. */
      submissions: z.int().min(1).default(2000),
      /** Of one caller. */
      requestsPerMinute: z.int().min(1).default(6000),
    })
    .prefault({}),
  /** How long the outcome of a call is remembered. */
  retention: milliseconds.default(24 * 3_600_000),
  /** How long a server that says nothing keeps its calls for itself. */
  lease: milliseconds.default(30_000),
  /** How long a call that was accepted is tried while nothing of it is ordered. */
  persistence: milliseconds.default(3_600_000),
});

/** The settings as one writes them. */
export type SettingsInput = z.input<typeof settingsSchema>;

/** The settings. */
export type Settings = z.output<typeof settingsSchema>;

/** Who may do what. */
export type AccessSettings = Settings["access"];
/** What a role allows. */
export type Role = AccessSettings["roles"][string];
/** Which tokens count. */
export type TokenSettings = NonNullable<AccessSettings["tokens"]>;
/** Files of a CA of client certificates. */
export type AuthoritySettings = z.output<typeof authoritySchema>;
/** TLS of the server. */
export type TlsSettings = NonNullable<Settings["tls"]>;

/** What keeps the calls. */
export type StoreSettings = Settings["store"];

/**
 * Reads the settings.
 *
 * @throws Failure that names the mistakes
 */
export function readSettings(path: string): Settings {
  return readSettingsFile(settingsSchema, path);
}

/**
 * Checks settings, and fills in the defaults.
 *
 * @throws Failure that names the mistakes
 */
export function parseSettings(value: unknown, path = "the settings"): Settings {
  return checkedSettings(settingsSchema, value, path);
}
