import { describe, expect, it } from "vitest";

import { ConfigurationError, parseConfiguration } from "./findings";
import { environmentPodsSchema, networkPodsSchema, platformPodsSchema } from "./podSchema";

function mistakes(
  pods: unknown,
  schema: typeof environmentPodsSchema | typeof networkPodsSchema = environmentPodsSchema,
) {
  try {
    parseConfiguration(schema, pods, "file.yaml", "pods");
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.findings.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

describe("pods", () => {
  it("takes what a PodSpec takes", () => {
    const nodes = { matchExpressions: [{ key: "example.com/generation", operator: "Gt", values: ["3"] }] };
    const term = { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "x" } } };
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [nodes] },
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, preference: nodes }],
      },
      podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
      podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }] },
    };
    const tolerations = [{ operator: "Exists" }, { key: "a", value: "b", effect: "NoExecute", tolerationSeconds: 60 }];
    expect(
      mistakes({ all: { affinity, tolerations }, peer: { labels: { "example.com/team": "ledger", empty: "" } } }),
    ).toEqual([]);
  });

  const key =
    'a key is letters, digits, "-", "_" and ".", 63 at most, after an optional lower-case "<domain>/" of 253 at most';
  const own = "is a label of baas itself, which selectors find objects by: choose another key";
  const kubernetes = "is a label that Kubernetes itself writes: choose another key";

  it.each([
    [{ pear: {} }, 'pods.pear: unknown key. Did you mean "peer"? Allowed: all, certificateAuthority, peer, '],
    [{ couchdb: {} }, "pods.couchdb: unknown key. Allowed: all, certificateAuthority, peer, "],
    [{ peer: { nodeselector: {} } }, 'pods.peer.nodeselector: unknown key. Did you mean "nodeSelector"?'],
    [
      { all: { labels: { "app.kubernetes.io/component": "x" } } },
      `pods.all.labels.app.kubernetes.io/component: "x" is not allowed: ${own}`,
    ],
    [
      { all: { labels: { "app.kubernetes.io/part-of": "x" } } },
      `pods.all.labels.app.kubernetes.io/part-of: "x" is not allowed: ${own}`,
    ],
    [{ all: { labels: { "baas.io/network": "x" } } }, `pods.all.labels.baas.io/network: "x" is not allowed: ${own}`],
    [{ all: { labels: { "baas.io/new": "x" } } }, `pods.all.labels.baas.io/new: "x" is not allowed: ${own}`],
    [
      { all: { labels: { "pod-template-hash": "x" } } },
      `pods.all.labels.pod-template-hash: "x" is not allowed: ${kubernetes}`,
    ],
    [
      { all: { labels: { "statefulset.kubernetes.io/pod-name": "x" } } },
      `pods.all.labels.statefulset.kubernetes.io/pod-name: "x" is not allowed: ${kubernetes}`,
    ],
    [{ all: { labels: { "no spaces": "x" } } }, `pods.all.labels["no spaces"]: "x" is not allowed: ${key}`],
    [
      { all: { labels: { ["x".repeat(64)]: "x" } } },
      `pods.all.labels["${"x".repeat(56)}...]: "x" is not allowed: ${key}`,
    ],
    [
      { all: { labels: { a: "no spaces" } } },
      'pods.all.labels.a: "no spaces" is not allowed: a label\'s value is letters, digits, "-", "_" and "."',
    ],
    [{ all: { labels: { a: true } } }, "pods.all.labels.a: true is not allowed: a text is expected; put it in quotes"],
    [
      { all: { annotations: { "pulumi.com/skipAwait": "true" } } },
      'pods.all.annotations.pulumi.com/skipAwait: "true" is not allowed: is an annotation of baas or Pulumi',
    ],
    [
      { all: { annotations: { "baas.io/configuration-hash": "0" } } },
      'pods.all.annotations.baas.io/configuration-hash: "0" is not allowed: is an annotation of baas or Pulumi',
    ],
    [
      { all: { annotations: { "container.apparmor.security.beta.kubernetes.io/peer": "unconfined" } } },
      'pods.all.annotations.container.apparmor.security.beta.kubernetes.io/peer: "unconfined" is not allowed: would change the security of pods',
    ],
    [
      { all: { annotations: { "kubectl.kubernetes.io/restartedAt": "now" } } },
      'pods.all.annotations.kubectl.kubernetes.io/restartedAt: "now" is not allowed: is an annotation that Kubernetes itself writes',
    ],
    [
      { all: { imagePullSecrets: ["No_Name"] } },
      'pods.all.imagePullSecrets[0]: "No_Name" is not allowed: a name is lower-case letters',
    ],
    [{ all: { priorityClassName: "" } }, 'pods.all.priorityClassName: "" is not allowed: a name is lower-case letters'],
    [
      { all: { tolerations: [{ value: "x" }] } },
      "pods.all.tolerations[0].operator: nothing is not allowed: must be Exists where there is no key",
    ],
    [
      { all: { tolerations: [{ key: "a", operator: "Exists", value: "b" }] } },
      'pods.all.tolerations[0].value: "b" is not allowed: Exists takes no value',
    ],
    [
      { all: { tolerations: [{ key: "a", tolerationSeconds: 5 }] } },
      "pods.all.tolerations[0].tolerationSeconds: 5 is not allowed: is for the effect NoExecute only",
    ],
    [
      { all: { tolerations: [{ key: "a", effect: "NoRun" }] } },
      'pods.all.tolerations[0].effect: "NoRun" is not allowed.',
    ],
    [
      {
        all: {
          affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
        },
      },
      "pods.all.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: [] is not allowed: at least 1",
    ],
    [
      { all: { topologySpread: [{ topologyKey: "zone", maxSkew: 0 }] } },
      "pods.all.topologySpread[0].maxSkew: 0 is not allowed: at least 1",
    ],
    [
      { all: { topologySpread: [{ topologyKey: "zone", labelSelector: {} }] } },
      "pods.all.topologySpread[0].labelSelector: unknown key.",
    ],
    [
      { all: { labels: { [`${"a".repeat(250)}.com/x`]: "b" } } },
      `pods.all.labels["${"a".repeat(56)}...]: "b" is not allowed: ${key}`,
    ],
    [
      { all: { annotations: { "controller.kubernetes.io/pod-deletion-cost": "abc" } } },
      'pods.all.annotations.controller.kubernetes.io/pod-deletion-cost: "abc" is not allowed: must be a whole number of 32 bits, in quotes',
    ],
    [
      { all: { annotations: { "controller.kubernetes.io/pod-deletion-cost": "2147483648" } } },
      "must be a whole number of 32 bits, in quotes",
    ],
    [
      { all: { annotations: { "kubernetes.io/ingress-bandwidth": "1Xi" } } },
      'pods.all.annotations.kubernetes.io/ingress-bandwidth: "1Xi" is not allowed: must be a whole number of at most 6 digits with',
    ],
    [
      { all: { annotations: { "kubernetes.io/config.mirror": "x" } } },
      'pods.all.annotations.kubernetes.io/config.mirror: "x" is not allowed: is an annotation that Kubernetes itself writes',
    ],
    [
      { all: { imagePullSecrets: ["a", "b", "a"] } },
      'pods.all.imagePullSecrets[2]: "a" is not allowed: it is like entry 0: leave one out',
    ],
    [
      { all: { topologySpread: [{ topologyKey: "zone" }, { topologyKey: "zone", maxSkew: 2 }] } },
      "is not allowed: it is like entry 0: leave one out",
    ],
    [
      { all: { topologySpread: [{ topologyKey: "zone", maxSkew: 99_999_999_999 }] } },
      "pods.all.topologySpread[0].maxSkew: 99999999999 is not allowed: at most 2147483647",
    ],
    ...["a.b", "a".repeat(64), "A"].map((namespace): [object, string] => [
      {
        all: {
          affinity: {
            podAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: "zone", labelSelector: {}, namespaces: [namespace] },
              ],
            },
          },
        },
      },
      ".namespaces[0]: ",
    ]),
    [{ all: { hostNetwork: true } }, "pods.all.hostNetwork: unknown key."],
    [{ all: { securityContext: {} } }, "pods.all.securityContext: unknown key."],
  ])("refuses %j", (pods, message) => {
    const found = mistakes(pods);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  it.each([
    ["In", []],
    ["Exists", ["x"]],
    ["Gt", ["x"]],
    ["Gt", ["99999999999999999999999"]],
    ["Lt", ["9223372036854775808"]],
    ["Lt", ["1", "2"]],
  ])("refuses an expression with operator %s and values %j", (operator, values) => {
    const terms = [{ matchExpressions: [{ key: "a", operator, values }] }];
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } };
    expect(mistakes({ all: { affinity: { nodeAffinity } } })).toEqual([
      expect.stringMatching(/matchExpressions\[0\]\.values: .* is not allowed: \w+ takes/),
    ]);
  });

  it("takes what Kubernetes tells apart, and annotations for its own programs", () => {
    const topologySpread = [
      { topologyKey: "zone" },
      { topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" },
      { topologyKey: "region" },
    ];
    const annotations = {
      "controller.kubernetes.io/pod-deletion-cost": "-2147483648",
      "kubernetes.io/egress-bandwidth": "10M",
      "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
      "prometheus.io/scrape": "true",
      [`${"a".repeat(249)}.com/${"x".repeat(63)}`]: "",
    };
    const labels = { "app.kubernetes.io/version": "1", team: "ledger" };
    const pods = {
      all: { topologySpread, annotations, labels, imagePullSecrets: ["a", "b"], priorityClassName: "high" },
    };
    expect(mistakes(pods)).toEqual([]);
    expect(mistakes(pods, networkPodsSchema)).toEqual([]);
  });

  it.each([
    "k8s.v1.cni.cncf.io/networks",
    "cni.projectcalico.org/ipAddrs",
    "iam.amazonaws.com/role",
    "eks.amazonaws.com/skip-containers",
    "azure.workload.identity/inject-proxy-sidecar",
    "io.kubernetes.cri-o.userns-mode",
    "io.kubernetes.cri-o.Devices",
    "io.katacontainers.config.hypervisor.kernel",
    "cdi.k8s.io/gpu",
    "sidecar.istio.io/inject",
    "vault.hashicorp.com/agent-inject",
    "scheduler.alpha.kubernetes.io/node-selector",
  ])("takes the annotation and the label %s, which may give pods rights, from an environment only", (name) => {
    for (const what of ["annotations", "labels"]) {
      const pods = { all: { [what]: { [name]: "a" } } };
      expect(mistakes(pods)).toEqual([]);
      expect(mistakes(pods, networkPodsSchema)).toEqual([
        `pods.all.${what}.${name}: "a" is not allowed: could give pods rights beyond their stack, such as networks, identities or ` +
          "devices: only `pods` of the environment may have it",
      ]);
      expect(mistakes({ controller: pods.all }, platformPodsSchema as never)).toHaveLength(1);
    }
  });

  it("takes a priority class of the cluster itself from an environment only", () => {
    const pods = { all: { priorityClassName: "system-node-critical" } };
    expect(mistakes(pods)).toEqual([]);
    expect(mistakes(pods, networkPodsSchema)).toEqual([
      'pods.all.priorityClassName: "system-node-critical" is not allowed: its pods would evict those of the cluster\'s other ' +
        "stacks: only `pods` of the environment may have it",
    ]);
  });

  it("has in a stack file the roles of its stack only", () => {
    expect(mistakes({ controller: {} }, networkPodsSchema)).toEqual([
      expect.stringContaining("pods.controller: unknown key."),
    ]);
    expect(mistakes({ peer: {} }, platformPodsSchema as never)).toEqual([
      expect.stringContaining("pods.peer: unknown key. Allowed: controller, kafka, zookeeper"),
    ]);
  });
});
