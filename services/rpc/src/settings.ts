/** The settings of the filter: a JSON file, which the component `JsonRpc` writes. */
import { z } from "zod";

import { checkedSettings, readSettingsFile } from "../../common/settingsFile";

const text = z.string().min(1);
const port = z.int().min(0).max(65_535);
const positive = z.int().min(1);

const limitsSchema = z.strictObject({
  /** Of a request, or a message over a WebSocket. */
  bodyBytes: positive,
  /** Calls of a batch. */
  batch: positive,
  /** Blocks that one eth_getLogs looks through. */
  logBlocks: positive,
  /** Of one WebSocket. */
  subscriptions: positive,
  /** Calls of one client, on average. */
  callsPerSecond: positive,
});

const settingsSchema = z.strictObject({
  host: text.default("127.0.0.1"),
  port,
  metricsPort: port,
  healthPort: port,
  /** Whether whoever connects begins with a line that says for whom: version 1 of the PROXY protocol. */
  proxyProtocol: z.boolean().default(false),
  /** Without it, the server speaks HTTP, to this machine only. */
  tls: z
    .strictObject({
      /** Name that a certificate is made for where there are no files. */
      host: text,
      files: z.strictObject({ certificate: text, privateKey: text }).optional(),
    })
    .optional(),
  nodes: z.array(z.strictObject({ name: text, rpc: text, webSocket: text })).min(1),
  methods: z.array(text),
  limits: limitsSchema,
  /** Who may call. Without any, anyone may. */
  tokens: z.array(z.strictObject({ name: text, sha256: z.string().regex(/^[0-9a-f]{64}$/) })).optional(),
  /** Web pages whose scripts may call, such as `https://app.example.com`. */
  origins: z.array(text).default([]),
});

/** The settings. */
export type Settings = z.output<typeof settingsSchema>;
/** The settings as one writes them. */
export type SettingsInput = z.input<typeof settingsSchema>;
/** What clients may take. */
export type Limits = Settings["limits"];
/** A node, with host and port of its HTTP and its WebSockets. */
export type NodeSettings = Settings["nodes"][number];
/** Names of tokens, and their hashes (SHA-256, hex). */
export type TokenSettings = NonNullable<Settings["tokens"]>;
/** TLS of the server. */
export type TlsSettings = NonNullable<Settings["tls"]>;

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
