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

  const key = 'a key is letters, digits, "-", "_" and ".", 63 at most, after an optional "<domain>/"';
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
    ["Lt", ["1", "2"]],
  ])("refuses an expression with operator %s and values %j", (operator, values) => {
    const terms = [{ matchExpressions: [{ key: "a", operator, values }] }];
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } };
    expect(mistakes({ all: { affinity: { nodeAffinity } } })).toEqual([
      expect.stringMatching(/matchExpressions\[0\]\.values: .* is not allowed: \w+ takes/),
    ]);
  });

  it("has in a stack file the roles of its stack only", () => {
    expect(mistakes({ controller: {} }, networkPodsSchema)).toEqual([
      expect.stringContaining("pods.controller: unknown key."),
    ]);
    expect(mistakes({ peer: {} }, platformPodsSchema as never)).toEqual([
      expect.stringContaining("pods.peer: unknown key. Allowed: controller"),
    ]);
  });
});
