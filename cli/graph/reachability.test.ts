import { describe, expect, it } from "vitest";

import { UserError } from "../../model/userError";
import type { Manifest } from "../engine/kubernetes/manifest";
import { reachability } from "./reachability";
import { manifest, pods } from "./testing";

const both = ["Ingress", "Egress"];
const app = (name: string) => ({ podSelector: { matchLabels: { app: name } } });
const tcp = (port: number | string, more: object = {}) => ({ ports: [{ port, protocol: "TCP", ...more }] });

function policy(name: string, spec: object, namespace = "net"): Manifest {
  return manifest(
    "NetworkPolicy",
    name,
    { podSelector: { matchLabels: { app: name } }, policyTypes: both, ...spec },
    namespace,
  );
}

const deny = policy("deny", { podSelector: {} });

function connections(...manifests: Manifest[]): string[] {
  return reachability(manifests).connections.map(({ from, to, port }) => `${from.name} -> ${to.name} ${port.port}`);
}

describe("a connection", () => {
  const a = pods("a");
  const b = pods("b", [80, 81]);
  const out = policy("a", { egress: [{ to: [app("b")], ...tcp(80) }] });
  const into = policy("b", { ingress: [{ from: [app("a")], ...tcp(80) }] });

  it("needs both sides", () => {
    expect(connections(a, b, deny, out, into)).toEqual(["a -> b 80"]);
    expect(connections(a, b, deny, out)).toEqual([]);
    expect(connections(a, b, deny, into)).toEqual([]);
  });

  it("is there wherever no policy denies it", () => {
    expect(connections(a, b)).toEqual(["a -> b 80", "a -> b 81"]);
    expect(connections(a, b, policy("b", { policyTypes: ["Ingress"] }))).toEqual([]);
    expect(connections(a, b, policy("b", { policyTypes: ["Egress"] }))).toEqual(["a -> b 80", "a -> b 81"]);
    expect(connections(a, b, policy("b", { policyTypes: undefined, egress: undefined }))).toEqual([]);
  });

  it("is let through by any of several policies and rules", () => {
    const more = {
      ...into,
      object: { spec: { podSelector: {}, policyTypes: both, ingress: [{ from: [app("c")] }, {}] } },
    };
    expect(connections(a, b, deny, out, into, more)).toEqual(["a -> b 80"]);
    expect(connections(a, b, deny, policy("a", { egress: [{}] }), more)).toEqual(["a -> b 80", "a -> b 81"]);
  });

  it.each([
    ["a port's name", tcp("p81"), ["a -> b 81"]],
    ["a range of ports", tcp(80, { endPort: 90 }), ["a -> b 80", "a -> b 81"]],
    ["all ports", {}, ["a -> b 80", "a -> b 81"]],
    ["a port that nobody listens on", tcp(82), []],
    ["a port of another protocol", tcp(80, { protocol: "UDP" }), []],
  ])("knows %s", (_what, ports, expected) => {
    expect(
      connections(a, b, deny, policy("a", { egress: [{ to: [app("b")], ...ports }] }), policy("b", { ingress: [{}] })),
    ).toEqual(expected);
  });

  it("ends at the port that a Service leads to", () => {
    const service = manifest("Service", "b", { selector: { app: "b" }, ports: [{ port: 443, targetPort: 8080 }] });
    expect(connections(a, pods("b"), service)).toEqual(["a -> b 8080"]);
  });

  it("stays in its namespace, unless a policy names others", () => {
    const far = pods("c", [], "far");
    const open = policy("c", { egress: [{}] }, "far");
    const from = (namespaceSelector: object) =>
      policy("b", { ingress: [{ from: [{ namespaceSelector, ...app("c") }], ...tcp(80) }] });
    const rest = [far, b, deny, open, manifest("Namespace", "far", {}, undefined)];
    expect(connections(...rest, policy("b", { ingress: [{ from: [app("c")] }] }))).toEqual([]);
    expect(connections(...rest, from({ matchLabels: { "kubernetes.io/metadata.name": "far" } }))).toEqual([
      "c -> b 80",
    ]);
    expect(connections(...rest, from({ matchExpressions: [{ key: "team", operator: "Exists" }] }))).toEqual([]);
    const not = { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["net"] };
    expect(connections(...rest, from({ matchExpressions: [not] }))).toEqual(["c -> b 80"]);
  });

  it("is refused to be guessed from addresses", () => {
    const rule = policy("b", { ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8" } }] }] });
    expect(() => connections(a, b, rule)).toThrow(
      new UserError("NetworkPolicy net/b allows an ipBlock; the picture cannot show which pods that means"),
    );
  });
});

describe("a way in from outside", () => {
  const door = pods("door", [8443]);
  const open = policy("door", { ingress: [tcp(8443)] });
  const service = (type: string) =>
    manifest("Service", "door", {
      type,
      selector: { app: "door" },
      ports: [{ port: 443, targetPort: 8443, ...(type === "NodePort" && { nodePort: 30443 }) }],
    });
  const route = manifest("TLSRoute", "door", {
    parentRefs: [{ name: "shared", port: 9443 }],
    rules: [{ backendRefs: [{ name: "door", port: 443 }] }],
  });
  const entries = (...manifests: Manifest[]): number[] => reachability(manifests).entries.map(({ port }) => port);

  it("is the port of a node, of a load balancer, or of a Gateway with a route", () => {
    expect(entries(door, open, service("NodePort"))).toEqual([30443]);
    expect(entries(door, open, service("LoadBalancer"))).toEqual([443]);
    expect(entries(door, open, service("ClusterIP"), route)).toEqual([9443]);
    expect(entries(door, open, service("ClusterIP"))).toEqual([]);
  });

  it("is none where the pods let nobody in but some pods", () => {
    expect(entries(door, service("NodePort"), deny)).toEqual([]);
    expect(entries(door, service("NodePort"), policy("door", { ingress: [{ from: [app("a")] }] }))).toEqual([]);
  });
});

it("ports on which any address may be called, and pods that no policy limits, are told", () => {
  const found = reachability([pods("a"), pods("b"), policy("a", { egress: [tcp(53), { to: [app("b")] }, tcp(443)] })]);
  expect(found.exits.map(({ from, port }) => [from.name, port])).toEqual([
    ["a", 53],
    ["a", 443],
    ["b", undefined],
  ]);
  expect(found.unlimited.map(({ name }) => name)).toEqual(["b"]);
});
