import { roleLabel } from "../../model/contracts/labels";
import { portNumber } from "../../model/contracts/nameRules";
import { groupOf } from "../../model/pulumi/kubernetesTypes";
import { byNamespace, type KubernetesObject, namespaceOf, podOf, selects } from "../kit/objects";
import { stackPolicy, texts, type Violation } from "../kit/policy";
import { openEgress, openEgressOfRole, openIngress } from "../kit/productUses";
import type { StackFile } from "../kit/stackFile";
import { type AllowedTraffic, namesPods, tooWide } from "../kit/traffic";

const directions = ["Ingress", "Egress"] as const;
type Direction = (typeof directions)[number];

interface Settings {
  cidrs: string[];
  namespaces: string[];
  openEgress: string[];
  openIngress: string[];
}

const openPorts = {
  type: "array",
  items: {
    type: "string",
    pattern: `^(TCP|UDP|SCTP)/${portNumber}$`,
    format: "protocol and port, such as TCP/9092,",
  },
  default: [],
} as const;

/** Every namespace denies traffic by default. */
export const networkPolicies = stackPolicy<Settings>({
  name: "security-network-policies",
  level: "mandatory",
  description: "Every namespace denies all traffic by default, and NetworkPolicies of its pods allow what they name.",
  why:
    "Without them every pod of the cluster reaches every CA, every participation API and every CouchDB, and a pod that was " +
    "taken over reaches the Internet.",
  settings: {
    cidrs: { ...texts, description: "Blocks of addresses that an ipBlock may be, each as it is written there." },
    namespaces: {
      ...texts,
      description:
        "Namespaces whose pods may be named as peers, besides the stack's own and the platform's; all of their pods may be let in.",
    },
    openEgress: {
      ...openPorts,
      description: "Ports to anywhere, besides those of the Kubernetes API and DNS: `TCP/9092`.",
    },
    openIngress: { ...openPorts, description: "Ports from anywhere, besides the gateway's." },
  },
  allowing: ["cidrs", "namespaces", "openEgress", "openIngress"],
  checkStack(objects, { settings, stackFile }) {
    const policies = objects.filter(
      ({ kind, apiVersion }) => kind === "NetworkPolicy" && groupOf(apiVersion) === "networking.k8s.io",
    );
    const policiesIn = byNamespace(policies);
    const found: Violation[] = [];
    const add = (object: KubernetesObject, message: string): void =>
      void found.push({ place: stackFile.place(object), message, urn: object.urn });
    const pods = objects.filter((object) => podOf(object) !== undefined);
    const namespaces = new Map<string, KubernetesObject>(
      [...pods].reverse().map((object) => [namespaceOf(object), object]),
    );
    for (const object of objects.filter(({ kind }) => kind === "Namespace")) namespaces.set(object.name, object);
    for (const [namespace, object] of namespaces) {
      const denying = (policiesIn.get(namespace) ?? []).filter(isForAll);
      const open = directions.filter(
        (direction) => !denying.some((policy) => concerns(policy, direction) && !allowsAll(policy, direction)),
      );
      if (open.length === 0) continue;
      add(
        object,
        `no NetworkPolicy denies ${open.join(" and ").toLowerCase()} of all pods in namespace "${namespace}". ` +
          `Give it one with an empty podSelector and policyTypes [Ingress, Egress]: components/kubernetes/defaultDeny.ts`,
      );
    }
    for (const policy of policies) {
      for (const { what, setting } of mistakes(policy, settings, stackFile)) {
        const instead = setting === undefined ? "" : stackFile.orAllow("security-network-policies", setting);
        add(policy, `${what}. Name pods, peers and ports in ${stackFile.component(policy)}${instead}`);
      }
    }
    for (const object of pods) {
      const { labels } = podOf(object)!;
      const near = policiesIn.get(namespaceOf(object)) ?? [];
      if (near.some(({ body }) => namesPods(body.spec?.podSelector) && selects(body.spec.podSelector, labels)))
        continue;
      add(
        object,
        `no NetworkPolicy limits the traffic from and to its pods. Give them one in ${stackFile.component(object)}`,
      );
    }
    return found;
  },
});

/** What a policy allows that nobody has listed, and the setting that would allow it. */
function mistakes(
  policy: KubernetesObject,
  settings: Settings,
  stackFile: StackFile,
): { what: string; setting?: keyof Settings }[] {
  const wide = directions.filter((direction) => concerns(policy, direction) && allowsAll(policy, direction));
  if (wide.length > 0) {
    return [{ what: `it allows all ${wide.join(" and ").toLowerCase()} of ${isForAll(policy) ? "all" : "its"} pods` }];
  }
  return directions.flatMap((direction) => {
    const allowed = allowedTraffic(policy, direction, settings, stackFile);
    const side = direction === "Ingress" ? "from" : "to";
    return rulesOf(policy, direction).flatMap((rule) => {
      const found = tooWide(rule, side, allowed);
      if (found === undefined) return [];
      const setting = found.by === "openPorts" ? (`open${direction}` as const) : found.by;
      return [{ what: `it allows ${direction.toLowerCase()} ${side} ${found.what}`, ...(setting && { setting }) }];
    });
  });
}

function allowedTraffic(
  policy: KubernetesObject,
  direction: Direction,
  settings: Settings,
  stackFile: StackFile,
): AllowedTraffic {
  const { namespaces, platformNamespace, kind } = stackFile;
  const role = policy.body.spec?.podSelector?.matchLabels?.[roleLabel] as string | undefined;
  return {
    namespaces: [...namespaces, platformNamespace, ...settings.namespaces],
    wholeNamespaces: direction === "Ingress" ? settings.namespaces : [],
    anyNetwork: kind === "platform",
    cidrs: settings.cidrs,
    openPorts:
      direction === "Egress"
        ? [...openEgress, ...(openEgressOfRole[role ?? ""] ?? []), ...settings.openEgress]
        : [...(role === "gateway" ? openIngress : []), ...settings.openIngress],
  };
}

function isForAll({ body }: KubernetesObject): boolean {
  return selectsAll(body.spec?.podSelector);
}

/** Whether a policy restricts a direction. Without policyTypes, the API server adds Egress only if there are egress rules. */
function concerns({ body }: KubernetesObject, direction: Direction): boolean {
  const { policyTypes, egress } = body.spec ?? {};
  const types: string[] = policyTypes ?? ["Ingress", ...(egress === undefined ? [] : ["Egress"])];
  return types.includes(direction);
}

/** Whether a rule has no port and no peer. One such rule allows everything that the other policies deny. */
function allowsAll(policy: KubernetesObject, direction: Direction): boolean {
  return rulesOf(policy, direction).some((rule) => {
    const ports: any[] = rule.ports ?? [];
    const peers: any[] = (direction === "Ingress" ? rule.from : rule.to) ?? [];
    return (ports.length === 0 || ports.some(isEveryPort)) && (peers.length === 0 || peers.some(isEverybody));
  });
}

function rulesOf({ body }: KubernetesObject, direction: Direction): any[] {
  // An empty rule allows everything, and so does one that is missing.
  return (body.spec?.[direction.toLowerCase()] ?? []).map((rule: any) => rule ?? {});
}

function isEveryPort({ port, endPort }: any): boolean {
  return port === undefined || (port <= 1 && endPort === 65535);
}

function isEverybody({ namespaceSelector, podSelector, ipBlock }: any): boolean {
  if (ipBlock !== undefined) return /\/0+$/.test(ipBlock.cidr);
  return namespaceSelector !== undefined && selectsAll(namespaceSelector) && selectsAll(podSelector);
}

function selectsAll(selector: any): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}
