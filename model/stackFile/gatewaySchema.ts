/** The schemas of `gateway` of a network, and of a platform: their one port outside the cluster. */
import { z } from "zod";

import { autoscalingSchema } from "./autoscalingSchema";
import { dnsLabel, duration } from "./fields";
import { hostNameOfServer } from "./kubernetesFields";

/** A port. */
export const port = z.int().min(1).max(65_535);

const organizationNames = z.array(z.string()).default([]);

/** `limits` of a gateway. */
export const gatewayLimits = z
  .strictObject({
    connections: z
      .int()
      .min(10)
      .max(100_000)
      .default(2000)
      .describe("Connections of a HAProxy pod at one time. It may need four file descriptors for each."),
    connectionsPerClient: z
      .int()
      .min(1)
      .max(100_000)
      .default(100)
      .describe("Connections of a client address to a pod."),
    newConnectionsPerClient: z
      .int()
      .min(1)
      .max(100_000)
      .default(200)
      .describe("Connections that a client address may open to a pod within 10 s."),
    headerTimeout: duration
      .default("5s")
      .describe("Longest wait for a client's TLS ClientHello, and for the header of an HTTP request."),
  })
  .prefault({})
  .describe("What a client may take; more is refused.");

/** `gateway` of a network. */
export const gatewaySchema = z.strictObject({
  port: port.describe("The one port of the network, from the range of its environment; `baas ports` shows all."),
  replicas: z.int().min(1).max(10).default(2).describe("HAProxy pods, spread over the cluster's nodes. Default: 2."),
  autoscaling: autoscalingSchema.optional().describe("How far Kubernetes may add pods. Default: it adds none."),
  organization: z
    .string()
    .optional()
    .describe("Organization whose TLS CA issues the certificate of api.<domain>. Default: the first one."),
  certificateSecret: dnsLabel("a Secret's name", 63)
    .optional()
    .describe(
      "Secret of type kubernetes.io/tls in the network's namespace with a certificate for api.<domain>, instead of one " +
        "from the organization's TLS CA. It may change at any time.",
    ),
  passthrough: z
    .strictObject({
      peers: organizationNames.describe(
        "Organizations whose peers native clients and partners reach, by peer0.<organization>.<domain> and " +
          "peers.<organization>.<domain>, which is any of them.",
      ),
      orderers: z.boolean().default(false).describe("Whether orderers are reached by orderer0.<domain>."),
      certificateAuthorities: organizationNames.describe(
        "Organizations whose CA is reached, by ca.<organization>.<domain>, for clients that enrol from outside.",
      ),
    })
    .prefault({})
    .describe("Nodes that are reached from outside, with TLS passed through to them. Default: none."),
  limits: gatewayLimits,
});

/** `gateway` of a platform. */
export const platformGatewaySchema = z.strictObject({
  port: port.describe("The one port of the platform, from the range of its environment; `baas ports` shows all."),
  host: hostNameOfServer.describe("Name by which people reach it, such as monitoring.example.com."),
  replicas: z.int().min(1).max(10).default(2).describe("HAProxy pods, spread over the cluster's nodes. Default: 2."),
  certificateSecret: dnsLabel("a Secret's name", 63)
    .optional()
    .describe(
      "Secret of type kubernetes.io/tls in the platform's namespace with a certificate for `host`, instead of one from the platform's " +
        "CA, which browsers do not know.",
    ),
  limits: gatewayLimits,
});

/** `limits` of a gateway with all defaults filled in. */
export type GatewayLimits = z.output<typeof gatewayLimits>;
/** `gateway` of a platform with all defaults filled in. */
export type PlatformGatewayConfig = z.output<typeof platformGatewaySchema>;
