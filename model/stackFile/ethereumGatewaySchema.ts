/** The schema of `gateway` of an Ethereum network: its one port outside the cluster, and what clients may call there. */
import { z } from "zod";

import { byteCount, bytes, dnsLabel, text } from "./fields";
import { gatewayLimits, port } from "./gatewaySchema";

const token = z.strictObject({
  name: dnsLabel("a token's name", 40).describe("Whose it is; it stands in the log."),
  sha256: text(
    /^[0-9a-f]{64}$/,
    "the SHA-256 of the token is expected, 64 hexadecimal digits, not the token itself: printf %s TOKEN | sha256sum",
    64,
  ).describe("SHA-256 of the token. Nothing but its hash is kept, so a token that is lost is replaced."),
});

const methodNames = z.array(text(/^\w+$/, "a method is letters, digits and _, such as eth_call", 60)).default([]);

const methods = z
  .strictObject({
    add: methodNames.describe("Methods that clients may call beside the usual ones, such as txpool_status."),
    remove: methodNames.describe("Usual methods that clients may not call, such as eth_sendRawTransaction."),
  })
  .prefault({})
  .describe("What clients may call, if not the usual methods: see docs/ethereum-json-rpc.md.");

const calls = z
  .strictObject({
    batch: z.int().min(1).max(1000).default(100).describe("Calls of a batch."),
    body: bytes
      .refine((size) => byteCount(size) <= 16 * 1024 ** 2, { error: "a body has at most 16Mi" })
      .default("1Mi")
      .describe("Bytes of a request, or of a message over a WebSocket."),
    logBlocks: z.int().min(1).max(1_000_000).default(10_000).describe("Blocks that one eth_getLogs looks through."),
    subscriptions: z.int().min(1).max(1000).default(20).describe("Subscriptions of a WebSocket."),
    perSecond: z
      .int()
      .min(1)
      .max(100_000)
      .default(100)
      .describe(
        "Calls a second that a client may make at each pod, on average; after a pause ten times as many at once. A client is a token, or " +
          "without tokens an address.",
      ),
  })
  .prefault({})
  .describe("What a client may call for; more is refused.");

/** `gateway` of an Ethereum network. */
export const ethereumGatewaySchema = z.strictObject({
  port: port.describe("The one port of the network, from the range of its environment; `baas ports` shows all."),
  replicas: z
    .int()
    .min(1)
    .max(10)
    .default(2)
    .describe("Pods of HAProxy, and of the filter behind it, spread over the cluster's nodes. Default: 2."),
  certificateSecret: dnsLabel("a Secret's name", 63)
    .optional()
    .describe(
      "Secret of type kubernetes.io/tls in the network's namespace with a certificate for rpc.<domain>. It may change at any time. Without " +
        "it each pod makes a certificate for itself, which no client trusts: for trying things.",
    ),
  tokens: z
    .array(token)
    .min(1)
    .max(1000)
    .optional()
    .describe(
      "Who may call: clients show a token in the header Authorization, after Bearer, or as the path. Default: anyone who reaches the port.",
    ),
  origins: z
    .array(
      text(
        /^https?:\/\/[a-z0-9][-a-z0-9.]*(:[1-9][0-9]{0,4})?$/,
        "the origin of a page is expected, such as https://app.example.com, without a path",
        253,
      ).refine((origin) => URL.canParse(origin) && new URL(origin).origin === origin, {
        error: "browsers write it otherwise: without the port that is usual for it, and with none above 65535",
      }),
    )
    .default([])
    .describe("Web pages whose scripts may call, such as https://app.example.com. Default: none."),
  methods,
  calls,
  limits: gatewayLimits,
});

/** `gateway` of an Ethereum network with all defaults filled in. */
export type EthereumGatewayConfig = z.output<typeof ethereumGatewaySchema>;
