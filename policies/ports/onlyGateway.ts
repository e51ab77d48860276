import { roleLabel } from "../../model/contracts/labels";
import { gatewayName } from "../../model/contracts/names";
import { type KubernetesObject, roleOf } from "../kit/objects";
import { objectPolicy, type Violation } from "../kit/policy";
import type { StackFile } from "../kit/stackFile";

const ways = ["Ingress", "Gateway", "TLSRoute", "HTTPRoute", "GRPCRoute", "TCPRoute", "UDPRoute"];

/** Only a network's gateway is reached from outside the cluster. */
export const onlyGateway = objectPolicy<{ roles: string[] }>({
  name: "ports-only-gateway",
  level: "mandatory",
  description: "Only the gateway is reached from outside the cluster.",
  why:
    "A port of a node on every machine of the cluster bypasses the gateway's limits, its access log and its one rule in " +
    "firewalls, and takes a number that another network may need.",
  settings: {
    roles: {
      type: "array",
      items: { type: "string" },
      default: ["gateway"],
      description:
        "Roles (label app.kubernetes.io/component) whose Services, Gateways and routes may lead out of the cluster.",
    },
  },
  kinds: ["Service", ...ways],
  check(object, { settings, stackFile }) {
    const elsewhereBy = [...foreignNames(object), ...foreignRoutes(object, stackFile)];
    if (elsewhereBy.length > 0) {
      return elsewhereBy.map((message) => ({ place: stackFile.place(object), message: `${message}. ${remedy}` }));
    }
    const { type = "ClusterIP", externalIPs = [], ports = [], selector } = object.body.spec ?? {};
    const isWayIn = (role: string | undefined): boolean => role !== undefined && settings.roles.includes(role);
    const isLabelled = isWayIn(roleOf(object));
    // The selector of a Service counts, not the Service's own labels.
    if (isLabelled && (object.kind !== "Service" || isWayIn(selector?.[roleLabel]))) return [];
    const elsewhere = isLabelled
      ? `, to pods that its selector does not limit to role ${settings.roles.join(" or ")}`
      : "";
    const place = stackFile.place(object);
    const found: Violation[] = [];
    if (ways.includes(object.kind)) {
      found.push({ place, message: `${article(object.kind)} leads into the cluster past the gateway. ${remedy}` });
    } else if (type === "NodePort" || type === "LoadBalancer") {
      const numbers = ports.flatMap(({ nodePort, port }: any) => nodePort ?? port);
      const message = `its type is ${type}, which opens port ${numbers.join(", ")} outside the cluster${elsewhere}. ${remedy}`;
      found.push({ place, message });
    } else if (externalIPs.length > 0) {
      const message = `externalIPs ${externalIPs.join(", ")} lead to it from outside${elsewhere}. ${remedy}`;
      found.push({ place, message });
    }
    return found;
  },
});

/** Where a Service leads if it is but a name. */
function foreignNames({ kind, body }: KubernetesObject): string[] {
  const { type, externalName } = body.spec ?? {};
  if (kind !== "Service" || (type !== "ExternalName" && externalName === undefined)) return [];
  return [`it is a name for ${externalName}, which is outside the stack`];
}

/** Gateways of a route that are not the environment's, and Services of it that are not the network's gateway. */
function foreignRoutes({ kind, body, namespace }: KubernetesObject, { environment }: StackFile): string[] {
  if (!kind.endsWith("Route")) return [];
  const { parentRefs = [], rules = [] } = body.spec ?? {};
  const own = environment?.gateway?.gateway;
  const gateways = parentRefs
    .filter((parent: any) => parent.name !== own?.name || (parent.namespace ?? namespace) !== own?.namespace)
    .map((parent: any) => `its gateway ${parent.namespace ?? namespace}/${parent.name} is not that of the environment`);
  const services = rules
    .flatMap(({ backendRefs = [] }: any) => backendRefs)
    .filter((backend: any) => backend.name !== gatewayName || (backend.namespace ?? namespace) !== namespace)
    .map((backend: any) => `it leads to ${backend.namespace ?? namespace}/${backend.name}, past the network's gateway`);
  return [...gateways, ...services];
}

const remedy =
  "Use a Service of type ClusterIP, and have the gateway pass connections through: gateway.passthrough in the stack file";

function article(kind: string): string {
  return `${kind.startsWith("I") ? "an" : "a"} ${kind}`;
}
