/** Several networks like the stack `trade` in one program. */
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { Network } from "../../../components/fabric/network";
import { Cluster } from "../../../components/kubernetes/cluster";
import { planNetwork } from "../../../model/network/planNetwork";
import { environmentSchema, networkSchema } from "../../../model/stackFile/schema";

const images = { project: "registry.example.com/baas", upstream: "docker.io", push: true };
const environment = environmentSchema.parse({ context: "bench", images });
const cluster = new Cluster("cluster", { context: "bench" });

export const networks = Array.from({ length: new pulumi.Config().requireNumber("networks") }, (_, i) => {
  const name = `net${i}`;
  const config = networkSchema.parse({
    environment: "bench",
    domain: `${name}.example.com`,
    ordering: { nodes: 3 },
    organizations: [
      { name: "org1", peers: 2 },
      { name: "org2", peers: 2 },
    ],
    channels: [{ name: "trades" }],
    chaincodes: [{ name: "asset-transfer", channel: "trades", source: "chaincode/asset-transfer", version: "1.0" }],
  });
  const network = new Network(
    name,
    {
      plan: planNetwork(name, config, environment),
      cluster,
      images: { projectDir: join(__dirname, "../../.."), ...images },
      platformNamespace: "baas-platform",
    },
    { providers: [cluster.provider] },
  );
  return network.namespace;
});
