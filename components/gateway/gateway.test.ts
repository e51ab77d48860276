import { beforeAll, describe, expect, it } from "vitest";

import { Network } from "../fabric/network";
import { images, names, one, plan, podTemplates, type Registered, registrations } from "../testing";

const nodePorts = { ports: { from: 30443, to: 30499 } };
const passthrough = { peers: ["org1"], orderers: true, certificateAuthorities: ["org2"] };
const gateway = { port: 30443, passthrough };

function network(config: object, exposure: object = nodePorts): Promise<Registered[]> {
  const organizations = [{ name: "org1", peers: 2 }, { name: "org2" }];
  return registrations((cluster) => {
    new Network(
      "net",
      { plan: plan({ organizations, ...config }, exposure), cluster, images, platformNamespace: "baas-platform" },
      { providers: [cluster.provider] },
    );
  });
}

const labels = {
  "app.kubernetes.io/part-of": "baas",
  "app.kubernetes.io/component": "gateway",
  "app.kubernetes.io/instance": "gateway",
  "baas.io/network": "net",
};
const service = (all: Registered[]) => one(all, "core/v1:Service", "gateway");
const podSpec = (all: Registered[]) => one(all, "apps/v1:Deployment", "gateway").spec.template.spec;
const servicePorts = (all: Registered[], name: string): Record<string, string> =>
  Object.fromEntries(
    one(all, "core/v1:Service", name).spec.ports.map(({ name, port, targetPort }: any) => [
      name,
      `${port} to ${targetPort}`,
    ]),
  );
/** What the rules of a policy open: a line a rule, with the ports and the instances (or roles) that it names. */
const opened = (rules: any[]): string[] =>
  rules.map(({ from, to, ports }) => {
    const who = (from ?? to).map(({ podSelector: { matchLabels: its } }: any) =>
      its["app.kubernetes.io/instance"] === undefined
        ? [its["baas.io/organization"], its["app.kubernetes.io/component"]].filter(Boolean).join(" ")
        : its["app.kubernetes.io/instance"],
    );
    return `${ports.map(({ port }: any) => port).join(" ")}: ${who.join(", ")}`;
  });

describe("a network with a gateway", () => {
  let all: Registered[];
  let without: Registered[];
  beforeAll(async () => {
    all = await network({ gateway });
    without = await network({});
  });

  it("registers exactly these objects for it", () => {
    const seen = new Set(without.map(({ type, name }) => `${type} ${name}`));
    expect(all.map(({ type, name }) => `${type} ${name}`).filter((line) => !seen.has(line))).toEqual([
      "apps/v1:Deployment gateway",
      "baas:index:Gateway net-gateway",
      "baas.io/v1alpha1:Identity gateway-org1",
      "core/v1:ConfigMap gateway",
      "core/v1:Service gateway",
      "core/v1:ServiceAccount gateway",
      "networking.k8s.io/v1:NetworkPolicy gateway",
      "policy/v1:PodDisruptionBudget gateway",
    ]);
  });

  it("has that one port on the cluster's nodes, and keeps the clients' addresses", () => {
    expect(service(all)).toMatchObject({
      metadata: { name: "gateway", namespace: "net", labels },
      spec: {
        type: "NodePort",
        selector: labels,
        externalTrafficPolicy: "Local",
        ports: [{ name: "tls", port: 30443, targetPort: 8443, nodePort: 30443, protocol: "TCP" }],
      },
    });
  });

  it("has no other port outside the cluster: every other Service is a ClusterIP", () => {
    const others = names(all, "core/v1:Service").filter((name) => name !== "gateway");
    expect(others).toHaveLength(14);
    for (const name of others) {
      const { spec } = one(all, "core/v1:Service", name);
      expect(spec.type ?? "ClusterIP").toBe("ClusterIP");
      expect(spec.externalIPs).toBeUndefined();
      for (const port of spec.ports) expect(port).not.toHaveProperty("nodePort");
    }
    const text = JSON.stringify(podTemplates(all));
    expect(text).not.toContain("hostPort");
    expect(text).not.toContain("hostNetwork");
  });

  it("has its port at the Services of the nodes that it hands out, and at no other", () => {
    const handedOut = (name: string) => servicePorts(all, name).gateway;
    expect(handedOut("peer0-org1")).toBe("30443 to 7051");
    expect(handedOut("peer1-org1")).toBe("30443 to 7051");
    expect(handedOut("orderer0-orderer")).toBe("30443 to 7050");
    const others = names(all, "core/v1:Service").filter((name) => !/^(peer\d-org1|orderer0-orderer)$/.test(name));
    for (const name of others) expect(handedOut(name)).toBeUndefined();
  });

  const prometheus = { "app.kubernetes.io/component": "prometheus" };

  it("is reached from anywhere at its one port", () => {
    const { spec } = one(all, "networking.k8s.io/v1:NetworkPolicy", "gateway");
    expect(spec).toMatchObject({ podSelector: { matchLabels: labels }, policyTypes: ["Ingress", "Egress"] });
    const [edge, metrics, ...others] = spec.ingress;
    expect([edge, others]).toEqual([{ ports: [{ protocol: "TCP", port: 8443 }] }, []]);
    expect(metrics).toMatchObject({ ports: [{ port: 9443 }], from: [{ podSelector: { matchLabels: prometheus } }] });
  });

  it("reaches its CA, what it passes through to, and where nodes tell their health", () => {
    expect(opened(one(all, "networking.k8s.io/v1:NetworkPolicy", "gateway").spec.egress)).toEqual([
      "7054: org1 certificate-authority",
      "7051 9443: peer0-org1",
      "7051 9443: peer1-org1",
      "9443: peer0-org2",
      "7054: ca-org2",
      "7050 9443: orderer0-orderer",
    ]);
  });

  it("is let in by the nodes for that, and for nothing else", () => {
    const letIn = (name: string) =>
      opened(one(all, "networking.k8s.io/v1:NetworkPolicy", name).spec.ingress).filter((line) => /gateway/.test(line));
    expect(letIn("peer0-org1")).toEqual(["7051 9443: gateway"]);
    expect(letIn("peer0-org2")).toEqual(["9443: gateway"]);
    expect(letIn("orderer0-orderer")).toEqual(["7050 9443: gateway"]);
    expect(letIn("ca-org2")).toEqual(["7054: gateway"]);
    expect(letIn("ca-org1")).toEqual([]);
    expect(letIn("ca-orderer")).toEqual([]);
  });

  it("enrols for a TLS certificate as a client of the first organization", () => {
    expect(one(all, "baas.io/v1alpha1:Identity", "gateway-org1").spec).toEqual({
      certificateAuthority: "ca-org1",
      enrolmentId: "gateway",
      type: "client",
    });
    const [enrol] = podSpec(all).initContainers;
    expect(enrol).toMatchObject({
      args: ["node", "--tls-only"],
      env: [
        { name: "ENROL_CA_URL", value: "https://ca-org1.net.svc:7054" },
        {
          name: "ENROL_HOSTS",
          value: "gateway,gateway.net,gateway.net.svc,gateway.net.svc.cluster.local,localhost,api.net.example.com",
        },
        { name: "ENROL_OUTPUT_DIR", value: "/var/hyperledger/crypto" },
      ],
    });
  });

  it("runs HAProxy, and beside it a program that renews the certificate and has changed files loaded", () => {
    const { containers, volumes } = podSpec(all);
    const [haproxy, keeper] = containers;
    expect(containers).toHaveLength(2);
    expect(haproxy).toMatchObject({
      name: "haproxy",
      image: "docker.io/haproxy:3.2.21",
      command: ["haproxy", "-W", "-db", "-S", "/run/haproxy/master.sock", "-f", "/etc/baas/gateway/haproxy.cfg"],
      ports: [
        { name: "tls", containerPort: 8443 },
        { name: "operations", containerPort: 9443 },
      ],
    });
    expect(keeper).toMatchObject({ name: "keeper", args: ["gateway"] });
    expect(keeper.env.slice(-2)).toEqual([
      { name: "GATEWAY_MASTER_SOCKET", value: "/run/haproxy/master.sock" },
      { name: "GATEWAY_FILES", value: "/etc/baas/gateway" },
    ]);
    // A key on a disk would outlive its pod.
    const crypto = volumes.find((volume: any) => volume.name === "crypto");
    expect(crypto.emptyDir.medium).toBe("Memory");
    const mounts = ({ volumeMounts }: any) => volumeMounts.map(({ name, readOnly }: any) => `${name} ${readOnly}`);
    expect(mounts(haproxy)).toEqual(["crypto true", "sockets undefined", "readers true", "configuration true"]);
  });

  it("runs under Pod Security restricted, with requests and limits and without a Kubernetes API token", () => {
    const { initContainers, containers, ...pod } = podSpec(all);
    expect(pod).toMatchObject({
      serviceAccountName: "gateway",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    });
    for (const container of [...initContainers, ...containers]) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(Object.keys(container.resources.requests).sort()).toEqual(["cpu", "ephemeral-storage", "memory"]);
      expect(Object.keys(container.resources.limits).sort()).toEqual(["cpu", "ephemeral-storage", "memory"]);
    }
  });

  it("starts with as many connections as a stack file may name, where pods have 524,288 file descriptors", async () => {
    const most = await network({ gateway: { port: 30443, limits: { connections: 100_000 } } });
    const configuration: string = one(most, "core/v1:ConfigMap", "gateway").data["haproxy.cfg"];
    const maxconn = Number(/^ +maxconn (\d+)$/m.exec(configuration)![1]);
    // Beside connections there are what it listens on, health checks and its own pipes.
    expect(2 * maxconn + 10_000).toBeLessThan(524_288);
  });

  it("has two pods of which a drain or an update takes one at a time", () => {
    expect(one(all, "apps/v1:Deployment", "gateway").spec).toMatchObject({
      replicas: 2,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    });
    expect(one(all, "policy/v1:PodDisruptionBudget", "gateway").spec).toEqual({
      maxUnavailable: 1,
      selector: { matchLabels: labels },
    });
  });

  it("loads a changed configuration without a restart: no hash of it is on the pod", () => {
    expect(one(all, "apps/v1:Deployment", "gateway").spec.template.metadata.annotations).toBeUndefined();
    const loader = one(all, "core/v1:ConfigMap", "gateway").metadata.annotations["baas.io/loaded-by"];
    expect(podSpec(all).containers.map(({ name }: any) => name)).toContain(loader);
    expect(Object.keys(one(all, "core/v1:ConfigMap", "gateway").data).sort()).toEqual([
      "haproxy.cfg",
      "index.html",
      "routes.map",
      "status.json",
    ]);
  });

  it("hands its port out: in the channel, and to the other peers", async () => {
    const registered = await network({ gateway, channels: [{ name: "main" }] });
    const { ordering, organizations } = one(registered, "baas.io/v1alpha1:Channel", "main").spec;
    expect(ordering.consenters).toEqual([
      {
        name: "orderer0-orderer",
        address: "orderer0-orderer.net.svc:7050",
        adminAddress: "orderer0-orderer.net.svc:7053",
        endpoint: "orderer0-orderer.net.svc:30443",
      },
    ]);
    expect(organizations.map(({ anchorPeers }: any) => anchorPeers)).toEqual([
      ["peer0-org1.net.svc:7051", "peer0-org1.net.svc:30443"],
      ["peer0-org2.net.svc:7051"],
    ]);
    const core = one(registered, "core/v1:ConfigMap", "peer0-org1").data["core.yaml"];
    expect(core).toContain("externalEndpoint: peer0-org1.net.svc:30443");
    expect(core).toContain("endpoint: peer0-org1.net.svc:7051");
  });
});

describe("a gateway", () => {
  it("of one pod has no disruption budget, which would block every drain", async () => {
    const all = await network({ gateway: { ...gateway, replicas: 1 } });
    expect(names(all, "policy/v1:PodDisruptionBudget")).not.toContain("gateway");
    expect(one(all, "apps/v1:Deployment", "gateway").spec.replicas).toBe(1);
  });

  it("serves the user's own certificate if there is one, and still enrols for the operations port", async () => {
    const all = await network({ gateway: { ...gateway, certificateSecret: "api-certificate" } });
    const { initContainers, containers, volumes } = podSpec(all);
    expect(volumes).toContainEqual({
      name: "certificate",
      secret: { secretName: "api-certificate", defaultMode: 0o440 },
    });
    const mount = { name: "certificate", mountPath: "/etc/baas/gateway-certificate", readOnly: true };
    for (const container of containers) expect(container.volumeMounts).toContainEqual(mount);
    expect(containers[1].env).toContainEqual({
      name: "GATEWAY_FILES",
      value: "/etc/baas/gateway,/etc/baas/gateway-certificate",
    });
    expect(initContainers[0].args).toEqual(["node", "--tls-only"]);
    const configuration = one(all, "core/v1:ConfigMap", "gateway").data["haproxy.cfg"];
    expect(configuration).toContain("ssl crt /etc/baas/gateway-certificate/tls.crt alpn");
    expect(configuration).toContain("bind :9443 ssl crt /var/hyperledger/crypto/tls/server.crt");
    expect(names(all, "core/v1:Secret")).toEqual([]);
  });

  it("enrols with the CA of the organization that the stack file names", async () => {
    const all = await network({ gateway: { ...gateway, organization: "orderer" } });
    expect(one(all, "baas.io/v1alpha1:Identity", "gateway-orderer").spec.certificateAuthority).toBe("ca-orderer");
    const { metadata } = one(all, "apps/v1:Deployment", "gateway").spec.template;
    expect(metadata.labels).toEqual({ ...labels, "baas.io/organization": "orderer" });
    // Or it could never be told another one: selectors never change.
    expect(one(all, "apps/v1:Deployment", "gateway").spec.selector.matchLabels).toEqual(labels);
  });

  it("that passes nothing through leaves every node's Service as it was", async () => {
    const [all, without] = [await network({ gateway: { port: 30443 } }), await network({})];
    const others = ({ type, name }: Registered) => type === "core/v1:Service" && name !== "gateway";
    expect(all.filter(others)).toEqual(without.filter(others));
  });

  it.each([7050, 7051])(
    "with port %i, which some nodes listen at themselves, gives no Service a port twice",
    async (port) => {
      const exposure = { type: "LoadBalancer", ports: { from: 7050, to: 7060 } };
      const all = await network({ gateway: { ...gateway, port } }, exposure);
      for (const name of names(all, "core/v1:Service")) {
        const numbers = one(all, "core/v1:Service", name).spec.ports.map((each: any) => each.port);
        expect(new Set(numbers).size).toBe(numbers.length);
      }
      expect(servicePorts(all, "peer0-org1")).toEqual({
        grpc: "7051 to 7051",
        operations: "9443 to 9443",
        ...(port === 7050 && { gateway: "7050 to 7051" }),
      });
    },
  );
});

describe("a load balancer", () => {
  const exposure = {
    type: "LoadBalancer",
    ports: { from: 443, to: 499 },
    proxyProtocol: true,
    loadBalancerClass: "example.com/nlb",
    annotations: { "example.com/scheme": "internal" },
  };

  it("has the given class and annotations, and passes on the client's address by the PROXY protocol", async () => {
    const all = await network({ gateway: { ...gateway, port: 443 } }, exposure);
    expect(service(all)).toMatchObject({
      metadata: { annotations: { "pulumi.com/skipAwait": "true", "example.com/scheme": "internal" } },
      spec: {
        type: "LoadBalancer",
        loadBalancerClass: "example.com/nlb",
        externalTrafficPolicy: "Local",
        ports: [{ name: "tls", port: 443, targetPort: 8443, protocol: "TCP" }],
      },
    });
    expect(one(all, "core/v1:ConfigMap", "gateway").data["haproxy.cfg"]).toContain("bind :8443 accept-proxy\n");
  });

  it("is the cluster's default if no class is named, and speaks TLS without the PROXY protocol", async () => {
    const all = await network({ gateway: { ...gateway, port: 443 } }, { type: "LoadBalancer", ports: exposure.ports });
    expect(service(all).spec).not.toHaveProperty("loadBalancerClass");
    expect(one(all, "core/v1:ConfigMap", "gateway").data["haproxy.cfg"]).toContain("bind :8443\n");
  });
});

describe("a Gateway of the Gateway API", () => {
  const exposure = {
    type: "TLSRoute",
    ports: { from: 443, to: 443 },
    gateway: { name: "edge", namespace: "ingress", sectionName: "tls" },
  };
  const route = (all: Registered[]) => one(all, "gateway.networking.k8s.io/v1:TLSRoute", "gateway");

  it("passes the names under the network's domains to a Service inside the cluster", async () => {
    const all = await network({ gateway: { ...gateway, port: 443 } }, exposure);
    expect(service(all).spec).toEqual({
      type: "ClusterIP",
      selector: labels,
      ports: [{ name: "tls", port: 443, targetPort: 8443, protocol: "TCP" }],
    });
    expect(route(all)).toMatchObject({
      metadata: { name: "gateway", namespace: "net", labels },
      spec: {
        parentRefs: [{ name: "edge", namespace: "ingress", sectionName: "tls", port: 443 }],
        // Sixteen names at most; HAProxy refuses those that are not the network's.
        hostnames: ["*.net.example.com", "*.net.svc"],
        rules: [{ backendRefs: [{ name: "gateway", port: 443 }] }],
      },
    });
  });

  it("is chosen by its port if no listener is named", async () => {
    const all = await network(
      { gateway: { ...gateway, port: 443 } },
      { ...exposure, gateway: { name: "edge", namespace: "ingress" } },
    );
    expect(route(all).spec.parentRefs).toEqual([{ name: "edge", namespace: "ingress", port: 443 }]);
  });
});

describe("a network without a gateway", () => {
  it("has no trace of one, even if its environment exposes gateways", async () => {
    const all = await network({ channels: [{ name: "main" }] });
    const other = await network({ channels: [{ name: "main" }] }, { ...nodePorts, type: "LoadBalancer" });
    expect(all).toEqual(other);
    expect(JSON.stringify(all)).not.toMatch(/"gateway/);
    for (const name of names(all, "core/v1:Service")) expect(servicePorts(all, name)).not.toHaveProperty("gateway");
  });
});
