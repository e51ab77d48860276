import { objectPolicy, type Violation } from "../kit/definition";
import { roleOf } from "../kit/objects";

const routes = ["Ingress", "TLSRoute", "HTTPRoute", "GRPCRoute", "TCPRoute", "UDPRoute"];

/** Nothing but a network's gateway is reached from outside the cluster. */
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
      description: "Roles (label app.kubernetes.io/component) whose Services and routes may lead out of the cluster.",
    },
  },
  kinds: ["Service", ...routes],
  check(object, { settings, stackFile }) {
    const role = roleOf(object);
    if (role !== undefined && settings.roles.includes(role)) return [];
    const { type = "ClusterIP", externalIPs = [], ports = [] } = object.body.spec ?? {};
    const place = stackFile.place(object);
    const found: Violation[] = [];
    if (routes.includes(object.kind)) {
      found.push({ place, message: `${article(object.kind)} leads into the cluster past the gateway. ${remedy}` });
    } else if (type === "NodePort" || type === "LoadBalancer") {
      const numbers = ports.flatMap(({ nodePort, port }: any) => nodePort ?? port);
      const message = `its type is ${type}, which opens port ${numbers.join(", ")} outside the cluster. ${remedy}`;
      found.push({ place, message });
    } else if (externalIPs.length > 0) {
      found.push({ place, message: `externalIPs ${externalIPs.join(", ")} lead to it from outside. ${remedy}` });
    }
    return found;
  },
});

const remedy =
  "Use a Service of type ClusterIP, and have the gateway pass connections through: gateway.passthrough in the stack file";

function article(kind: string): string {
  return `${kind.startsWith("I") ? "an" : "a"} ${kind}`;
}
