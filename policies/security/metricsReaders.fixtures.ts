import { type Fixtures, object } from "../testing/fixtures";
import { metricsReaders } from "./metricsReaders";

const stack = "platform-bank";
const declared = (kind: string, spec: object, name = "any") =>
  object(
    {
      apiVersion: `monitoring.coreos.com/v1${kind === "ScrapeConfig" ? "alpha1" : ""}`,
      kind,
      metadata: { name },
      spec,
    },
    { stack },
  );
const place = "stacks/Pulumi.platform-bank.yaml: baas:platform:";
const remedy = "Declare it as components/monitoring does";
const ours = { matchLabels: { "app.kubernetes.io/part-of": "baas" } };
const token = "/var/run/secrets/kubernetes.io/serviceaccount/token";

export const fixtures: Fixtures = {
  policy: metricsReaders,
  bad: [
    {
      title: "a monitor that shows the token of Prometheus to pods",
      objects: [
        declared("PodMonitor", {
          selector: { matchLabels: { app: "mine" } },
          podMetricsEndpoints: [{ port: "http", bearerTokenFile: token, proxyUrl: "https://proxy.example.com" }],
        }),
      ],
      messages: [
        `${place} PodMonitor any: spec.selector does not keep to pods with the label app.kubernetes.io/part-of: baas. ${remedy}`,
        `${place} PodMonitor any: the product uses no spec.podMetricsEndpoints[0].proxyUrl. ${remedy}`,
        `${place} PodMonitor any: spec.podMetricsEndpoints[0].bearerTokenFile shows a token to others than kubelets. ${remedy}`,
      ],
    },
    {
      title: "a monitor of kubelets that shows it without TLS",
      objects: [
        declared("ServiceMonitor", {
          namespaceSelector: { matchNames: ["kube-system"] },
          selector: { matchLabels: { "k8s-app": "kubelet" } },
          endpoints: [{ port: "http-metrics", bearerTokenFile: token }],
        }),
        declared("ServiceMonitor", { selector: { matchLabels: { app: "mine" } }, endpoints: [] }, "others"),
      ],
      messages: [
        `${place} ServiceMonitor any: spec.endpoints[0].bearerTokenFile shows a token to others than kubelets. ${remedy}`,
        `${place} ServiceMonitor others: spec.selector keeps neither to Services with the label app.kubernetes.io/part-of: baas nor to kubelets. ${remedy}`,
      ],
    },
    {
      title: "jobs that lead to other addresses, with another key",
      objects: [
        declared("ScrapeConfig", {
          staticConfigs: [{ targets: ["169.254.169.254:80"] }],
          kubernetesSDConfigs: [{ role: "Service", apiServer: "https://example.com" }],
          authorization: { credentials: { name: "some", key: "token" } },
          tlsConfig: { keySecret: { name: "platform-ca-registrar", key: "password" }, insecureSkipVerify: true },
          relabelings: [{ targetLabel: "__address__", replacement: "example.com:443" }],
        }),
      ],
      messages: [
        `${place} ScrapeConfig any: the product uses no spec.staticConfigs. ${remedy}`,
        `${place} ScrapeConfig any: the product uses no spec.authorization. ${remedy}`,
        `${place} ScrapeConfig any: the product uses no spec.kubernetesSDConfigs[0].apiServer. ${remedy}`,
        `${place} ScrapeConfig any: spec.kubernetesSDConfigs[0] has no selector with the label app.kubernetes.io/part-of=baas. ${remedy}`,
        `${place} ScrapeConfig any: the product uses no spec.tlsConfig.insecureSkipVerify. ${remedy}`,
        `${place} ScrapeConfig any: spec.tlsConfig.keySecret is not that of readers of metrics, monitoring-client-certificate. ${remedy}`,
        `${place} ScrapeConfig any: spec.relabelings writes __address__, which leads to other addresses. ${remedy}`,
      ],
    },
  ],
  good: [
    {
      title: "nodes by their Services, pods, and kubelets",
      objects: [
        declared("ScrapeConfig", {
          kubernetesSDConfigs: [
            { role: "Service", selectors: [{ role: "Service", label: "app.kubernetes.io/part-of=baas,a in (b)" }] },
          ],
          tlsConfig: { keySecret: { name: "monitoring-client-certificate", key: "tls.key" } },
          relabelings: [{ targetLabel: "job", replacement: "nodes" }],
        }),
        declared("PodMonitor", { selector: ours, podMetricsEndpoints: [{ scheme: "https" }] }),
        declared("ServiceMonitor", {
          namespaceSelector: { matchNames: ["kube-system"] },
          selector: { matchLabels: { "k8s-app": "kubelet" } },
          endpoints: [{ port: "https-metrics", scheme: "https", bearerTokenFile: token }],
        }),
      ],
      messages: [],
    },
    {
      title: "a monitor of Services of the product",
      objects: [declared("ServiceMonitor", { selector: ours, endpoints: [{ port: "metrics" }] })],
      messages: [],
    },
  ],
};
