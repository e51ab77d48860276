import { byNamespace, type KubernetesObject, namespaceOf, podOf, selects } from "../kit/objects";
import { stackPolicy, type Violation } from "../kit/policy";

const directions = ["Ingress", "Egress"] as const;

/** Every namespace denies traffic by default. */
export const networkPolicies = stackPolicy({
  name: "security-network-policies",
  level: "mandatory",
  description: "Every namespace denies all traffic by default, and every pod has a NetworkPolicy of its own.",
  why:
    "Without them every pod of the cluster reaches every CA, every participation API and every CouchDB, and a pod that was " +
    "taken over reaches the Internet.",
  checkStack(objects, { stackFile }) {
    const policies = objects.filter(({ kind }) => kind === "NetworkPolicy");
    const policiesIn = byNamespace(policies);
    const found: Violation[] = [];
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
      const message =
        `no NetworkPolicy denies ${open.join(" and ").toLowerCase()} of all pods in namespace "${namespace}". ` +
        `Give it one with an empty podSelector and policyTypes [Ingress, Egress]: components/kubernetes/defaultDeny.ts`;
      found.push({ place: stackFile.place(object), message, urn: object.urn });
    }
    for (const policy of policies) {
      const wide = directions.filter((direction) => concerns(policy, direction) && allowsAll(policy, direction));
      if (wide.length === 0) continue;
      const message = `it allows all ${wide.join(" and ").toLowerCase()} of ${isForAll(policy) ? "all" : "its"} pods. Name pods, peers and ports in ${stackFile.component(policy)}`;
      found.push({ place: stackFile.place(policy), message, urn: policy.urn });
    }
    for (const object of pods) {
      const { labels } = podOf(object)!;
      const near = policiesIn.get(namespaceOf(object)) ?? [];
      if (near.some((policy) => !isForAll(policy) && selects(policy.body.spec?.podSelector, labels))) continue;
      const message = `no NetworkPolicy limits the traffic from and to its pods. Give them one in ${stackFile.component(object)}`;
      found.push({ place: stackFile.place(object), message, urn: object.urn });
    }
    return found;
  },
});

function isForAll({ body }: KubernetesObject): boolean {
  return selectsAll(body.spec?.podSelector);
}

function selectsAll(selector: any): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/** Whether a policy restricts a direction. Without policyTypes, the API server adds Egress only if there are egress rules. */
function concerns({ body }: KubernetesObject, direction: (typeof directions)[number]): boolean {
  const { policyTypes, egress } = body.spec ?? {};
  const types: string[] = policyTypes ?? ["Ingress", ...(egress === undefined ? [] : ["Egress"])];
  return types.includes(direction);
}

/** Whether a rule has no port and no real peer. One such rule allows everything that the other policies deny. */
function allowsAll({ body }: KubernetesObject, direction: (typeof directions)[number]): boolean {
  const rules: any[] = body.spec?.[direction.toLowerCase()] ?? [];
  return rules.some((rule) => {
    const ports: any[] = rule.ports ?? [];
    const peers: any[] = (direction === "Ingress" ? rule.from : rule.to) ?? [];
    return (ports.length === 0 || ports.some(isEveryPort)) && (peers.length === 0 || peers.some(isEverybody));
  });
}

function isEveryPort({ port, endPort }: any): boolean {
  return port === undefined || (port <= 1 && endPort === 65535);
}

function isEverybody({ namespaceSelector, podSelector, ipBlock }: any): boolean {
  if (ipBlock !== undefined) return /\/0+$/.test(ipBlock.cidr);
  return namespaceSelector !== undefined && selectsAll(namespaceSelector) && selectsAll(podSelector);
}
