/** Helpers of the tests: networks with a gateway, and clusters that hold some objects. */
import { planNetwork } from "../../model/network/planNetwork";
import { environmentSchema, networkSchema } from "../../model/stackFile/schema";
import { environment } from "../../model/testing";
import { type Api, ApiError } from "../engine/cluster/api";
import type { Connection } from "../engine/cluster/clusterConnection";
import { Discovery } from "../engine/cluster/discovery";
import type { KubernetesObject } from "../engine/cluster/kubernetesObject";
import type { NetworkWithGateway } from "./connectionProfile";

/** A network like the stack `dev`, with what its gateway passes through, and how its environment exposes it. */
export function networkLike(
  passthrough: object,
  { exposure = {}, ...more }: Record<string, any> = {},
): NetworkWithGateway {
  const { gateway, ...config } = more;
  const network = networkSchema.parse({
    environment: "local",
    domain: "dev.example.com",
    organizations: [{ name: "org1", clients: ["app"] }, { name: "org2" }],
    channels: [{ name: "main" }],
    gateway: { port: 30443, passthrough, ...gateway },
    ...config,
  });
  const ports = { from: 30443, to: 30499 };
  const plan = planNetwork(
    "dev",
    network,
    environmentSchema.parse({ ...environment, gateway: { ports, ...exposure } }),
  );
  return { ...plan, gateway: plan.gateway! };
}

/** All that a gateway can pass through to the network like `dev`. */
export const everything = {
  peers: ["org1", "org2"],
  orderers: true,
  certificateAuthorities: ["org1", "org2"],
};

/** Texts in place of root certificates, each with the name of its organization. */
export const namedRoots = new Map(["org1", "org2", "orderer"].map((name) => [name, `TLS root of ${name}\n`]));

/** A cluster that holds some objects; a kind whose objects may not be read is named. */
export function clusterWith(
  objects: readonly KubernetesObject[],
  forbidden?: string,
): Pick<Connection, "api" | "discovery" | "context" | "local"> {
  const kinds = [
    ...["ConfigMap", "Service", "Node"].map((kind) => ["v1", kind]),
    ["gateway.networking.k8s.io/v1", "Gateway"],
  ];
  const discovery = new Discovery(
    kinds.map(([apiVersion, kind]) => ({
      ...{ apiVersion: apiVersion!, kind: kind!, plural: "", verbs: [], preferred: true },
      namespaced: kind !== "Node",
    })),
  );
  const ofKind = async (kind: string): Promise<KubernetesObject[]> => {
    if (kind === forbidden) throw new ApiError(403, `you cannot read ${kind}s`);
    return objects.filter((object) => object.kind === kind);
  };
  const api: Pick<Api, "get" | "list"> = {
    get: async ({ kind }, namespace, name) =>
      (await ofKind(kind)).find(({ metadata }) => metadata.name === name && metadata.namespace === namespace),
    list: async ({ kind }) => ({ items: await ofKind(kind), resourceVersion: "1" }),
  };
  return { api: api as Api, discovery, context: "test" };
}
