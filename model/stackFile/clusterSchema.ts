/** The fields of an environment that say what it is for, what its cluster is like, and which images it runs. */
import { z } from "zod";

import { pinnedPath } from "../contracts/nameRules";
import { text } from "./fields";

const upstreamReference = text(pinnedPath.pattern, `an image is ${pinnedPath.text}`, pinnedPath.maxLength).optional();

const overriddenImagesSchema = z.strictObject({
  peer: upstreamReference.describe("Instead of hyperledger/fabric-peer. A tag must be the network's Fabric version."),
  orderer: upstreamReference.describe(
    "Instead of hyperledger/fabric-orderer. A tag must be the network's Fabric version.",
  ),
  certificateAuthority: upstreamReference.describe("Instead of hyperledger/fabric-ca."),
  couchdb: upstreamReference.describe("Instead of couchdb."),
  haproxy: upstreamReference.describe("Instead of haproxy."),
  besu: upstreamReference.describe("Instead of hyperledger/besu."),
  geth: upstreamReference.describe("Instead of ethereum/client-go. It must be v1.13, the last that seals clique."),
  kafka: upstreamReference.describe(
    "Instead of apache/kafka. It must be of the release line 3.9, which has ZooKeeper.",
  ),
  prometheus: upstreamReference.describe("Instead of prom/prometheus."),
  alertmanager: upstreamReference.describe("Instead of prom/alertmanager."),
  grafana: upstreamReference.describe("Instead of grafana/grafana."),
  kubeStateMetrics: upstreamReference.describe("Instead of kube-state-metrics/kube-state-metrics."),
  nodeExporter: upstreamReference.describe("Instead of prom/node-exporter."),
});

/** Images that an environment names instead of those of infra/versions.yaml. */
export type OverriddenImages = z.output<typeof overriddenImagesSchema>;

const architectureSchema = z.enum(["amd64", "arm64"]);

/** Architecture of images. */
export type Architecture = z.infer<typeof architectureSchema>;

/** Fields of `images` of an environment, beside the registries. */
export const imageFields = {
  overrides: overriddenImagesSchema
    .optional()
    .describe(
      "Other images than infra/versions.yaml names, in the registry `upstream`: another path, or a digest. docs/platforms.md " +
        "shows how.",
    ),
  architecture: architectureSchema
    .optional()
    .describe("Architecture that images are built for; pods then run on such nodes only. Default: amd64, on any node."),
};

/** Fields of an environment about its cluster. */
export const clusterFields = {
  purpose: z
    .enum(["testing", "production"])
    .optional()
    .describe(
      "What the environment is for. In production, what loses data or service with a single failure is refused, and so are " +
        "conveniences for testing: docs/production-checklist.md lists them. Default: testing, with a warning.",
    ),
  podSecurity: z
    .enum(["restricted", "openshift"])
    .default("restricted")
    .describe(
      "Who chooses the users that pods run as: baas, within Pod Security `restricted`; or OpenShift, by its security context " +
        "constraints `restricted-v2`. Default: restricted.",
    ),
  ipFamilies: z
    .array(z.enum(["IPv4", "IPv6"]))
    .min(1, "at least one family")
    .max(2, "at most two families")
    .refine((families) => new Set(families).size === families.length, { error: "each family once" })
    .optional()
    .describe("IP families of Services, the first one first; two for dual stack. Default: what the cluster gives."),
};

/** Who chooses the users that pods run as. */
export type PodSecurity = z.output<typeof clusterFields.podSecurity>;
/** IP families of Services; undefined for what the cluster gives. */
export type IpFamilies = z.output<typeof clusterFields.ipFamilies>;
