import { partOfLabel, productName } from "../../model/contracts/labels";
import { monitoringIdentity } from "../../model/contracts/monitoring";
import { clientCertificateSecretName } from "../../model/contracts/names";
import { isRecord } from "../kit/nodes";
import type { KubernetesObject } from "../kit/objects";
import { objectPolicy } from "../kit/policy";

/** The Prometheus of an operator reads what is of the product, and shows its token to kubelets alone. */
export const metricsReaders = objectPolicy({
  name: "security-metrics-readers",
  level: "mandatory",
  description:
    "An operator's Prometheus is told to read what is of the product, and to show its token to kubelets alone.",
  why:
    "Whoever gets the token of a Prometheus reads what that may, and such an object can have it shown to any pod or address. A proxy " +
    "or a rewritten address leads it elsewhere.",
  limits: "Monitors that others have in the cluster are none of the stack's: the rights to make them decide there.",
  kinds: ["PodMonitor", "ScrapeConfig", "ServiceMonitor"],
  check(object, { stackFile }) {
    const place = stackFile.place(object);
    return mistakes(object).map((what) => ({ place, message: `${what}. Declare it as components/monitoring does` }));
  },
});

/** What the product uses of each kind, of its endpoints, and of TLS. */
const usedFields = {
  PodMonitor: ["namespaceSelector", "selector", "podMetricsEndpoints"],
  ServiceMonitor: ["namespaceSelector", "selector", "endpoints"],
  ScrapeConfig: ["kubernetesSDConfigs"],
  discovery: ["role", "selectors"],
  endpoint: [
    ...["port", "path", "scheme", "tlsConfig", "honorLabels", "interval", "scrapeInterval", "scrapeTimeout"],
    ...["relabelings", "metricRelabelings", "bearerTokenFile"],
  ],
  tls: ["ca", "caFile", "cert", "keySecret", "serverName"],
} as const;

function mistakes({ kind, body }: KubernetesObject): string[] {
  const spec = isRecord(body.spec) ? body.spec : {};
  switch (kind) {
    case "ScrapeConfig": {
      const discoveries = list(spec.kubernetesSDConfigs);
      return [
        ...unused("spec", spec, [...usedFields.ScrapeConfig, ...usedFields.endpoint]),
        ...discoveries.flatMap((each, i) => inDiscovery(`spec.kubernetesSDConfigs[${i}]`, each)),
        ...inEndpoint("spec", spec, false),
      ];
    }
    case "PodMonitor":
      return [
        ...unused("spec", spec, usedFields.PodMonitor),
        ...(isOurs(spec.selector)
          ? []
          : [`spec.selector does not keep to pods with the label ${partOfLabel}: ${productName}`]),
        ...inEndpoints("podMetricsEndpoints", spec, false),
      ];
    default: {
      const isOfKubelets = readsKubelets(spec);
      return [
        ...unused("spec", spec, usedFields.ServiceMonitor),
        ...(isOfKubelets || isOurs(spec.selector)
          ? []
          : [`spec.selector keeps neither to Services with the label ${partOfLabel}: ${productName} nor to kubelets`]),
        ...inEndpoints("endpoints", spec, isOfKubelets),
      ];
    }
  }
}

/** The Service whose endpoints are the kubelets, which the operator keeps in a namespace of the cluster. */
function readsKubelets({ namespaceSelector, selector }: Record<string, any>): boolean {
  const names = list(namespaceSelector?.matchNames);
  return names.length === 1 && names[0] === "kube-system" && selector?.matchLabels?.["k8s-app"] === "kubelet";
}

const isOurs = (selector: any): boolean => selector?.matchLabels?.[partOfLabel] === productName;

function inDiscovery(path: string, discovery: any): string[] {
  const isSelected = list(discovery?.selectors).some(({ label }) =>
    `${label}`.startsWith(`${partOfLabel}=${productName},`),
  );
  return [
    ...unused(path, discovery, usedFields.discovery),
    ...(isSelected ? [] : [`${path} has no selector with the label ${partOfLabel}=${productName}`]),
  ];
}

function inEndpoints(field: string, spec: Record<string, any>, showsToken: boolean): string[] {
  return list(spec[field]).flatMap((endpoint, i) => {
    const path = `spec.${field}[${i}]`;
    return [...unused(path, endpoint, usedFields.endpoint), ...inEndpoint(path, endpoint, showsToken)];
  });
}

function inEndpoint(path: string, endpoint: Record<string, any>, showsToken: boolean): string[] {
  const { bearerTokenFile, scheme, tlsConfig = {}, relabelings } = endpoint;
  const isSafe = showsToken && /^https$/i.test(scheme);
  const key = tlsConfig.keySecret?.name;
  const own = clientCertificateSecretName(monitoringIdentity);
  const addresses = list(relabelings).filter(({ targetLabel }) => `${targetLabel}`.startsWith("__"));
  return [
    ...unused(`${path}.tlsConfig`, tlsConfig, usedFields.tls),
    ...(bearerTokenFile === undefined || isSafe
      ? []
      : [`${path}.bearerTokenFile shows a token to others than kubelets`]),
    ...(key === undefined || key === own
      ? []
      : [`${path}.tlsConfig.keySecret is not that of readers of metrics, ${own}`]),
    ...addresses.map(({ targetLabel }) => `${path}.relabelings writes ${targetLabel}, which leads to other addresses`),
  ];
}

function unused(path: string, part: unknown, used: readonly string[]): string[] {
  const fields = isRecord(part) ? Object.keys(part).filter((field) => !used.includes(field)) : [];
  return fields.map((field) => `the product uses no ${path}.${field}`);
}

function list(value: unknown): any[] {
  return Array.isArray(value) ? value : [];
}
