import { beforeAll, describe, expect, it } from "vitest";

import { TestCa } from "../../fabric/src/testing/testCertificates";
import { images, one, plan, type Registered, registrations } from "../testing";
import { Network } from "./network";

const exposure = { ports: { from: 30443, to: 30443 } };
const session = { developer: "alice", chaincode: "asset" };
const network = {
  organizations: [
    {
      name: "org1",
      clients: ["alice", "bob"],
      debug: { developers: ["alice", "bob"] },
      studio: {
        memory: "1Gi",
        sessions: [
          { ...session, name: "ada" },
          { ...session, name: "ben", developer: "bob" },
        ],
      },
    },
    { name: "org2" },
  ],
  channels: [{ name: "main" }],
  chaincodes: [{ name: "asset", channel: "main", source: "chaincode/asset-transfer", version: "1.0" }],
  gateway: { port: 30443 },
};

function declare(more: object = {}, environment: object = {}): Promise<Registered[]> {
  const net = plan({ ...network, ...more }, exposure, environment);
  return registrations((cluster) => {
    const args = { plan: net, cluster, images, platformNamespace: "baas-platform" };
    new Network("net", args, { providers: [cluster.provider] });
  });
}

/** The objects in a namespace that have a name. */
const inNamespace = (all: Registered[], namespace: string, type: string, name: string): any => {
  const found = all.filter(
    (each) => each.type === type && each.inputs.metadata.name === name && each.inputs.metadata.namespace === namespace,
  );
  expect(found).toHaveLength(1);
  return found[0]!.inputs;
};

let all: Registered[];
beforeAll(async () => {
  all = await declare();
});

describe("the namespace of sessions", () => {
  const within = (type: string, name: string) => inNamespace(all, "net-studio", type, name);

  it("lets nothing in or out, not even questions for names", () => {
    expect(within("networking.k8s.io/v1:NetworkPolicy", "default-deny").spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      ingress: [],
      egress: [],
    });
  });

  it("has room for its sessions, and for nothing more", () => {
    expect(within("core/v1:ResourceQuota", "sessions").spec.hard).toEqual({
      pods: "2",
      "requests.cpu": "100m",
      "limits.cpu": "4000m",
      "requests.memory": "512Mi",
      "limits.memory": "2048Mi",
      persistentvolumeclaims: "2",
      "requests.storage": "10240Mi",
      "services.nodeports": "0",
      "services.loadbalancers": "0",
    });
    expect(within("core/v1:LimitRange", "sessions").spec.limits).toEqual([
      { type: "Container", max: { cpu: "2", memory: "1Gi", "ephemeral-storage": "1Gi" } },
    ]);
  });
});

describe("a session", () => {
  const pod = (of: Registered[] = all, name = "studio-ada") =>
    inNamespace(of, "net-studio", "apps/v1:StatefulSet", name).spec.template;

  it("has one way in, from its own gate, and none out", () => {
    const { podSelector, ingress, egress } = inNamespace(
      all,
      "net-studio",
      "networking.k8s.io/v1:NetworkPolicy",
      "studio-ada",
    ).spec;
    expect(podSelector.matchLabels["app.kubernetes.io/instance"]).toBe("studio-ada");
    expect(egress).toEqual([]);
    expect(ingress).toEqual([
      {
        from: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "net" } },
            podSelector: {
              matchLabels: {
                "app.kubernetes.io/part-of": "baas",
                "baas.io/network": "net",
                "app.kubernetes.io/component": "studio-gate",
                "app.kubernetes.io/instance": "studio-ada",
              },
            },
          },
        ],
        ports: [{ protocol: "TCP", port: 8447 }],
      },
    ]);
  });

  it("mounts no key of the network, no token and nothing of others", () => {
    const { spec } = pod();
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.volumes).toEqual([
      { name: "tmp", emptyDir: { sizeLimit: "1Gi" } },
      { name: "configuration", configMap: { name: "studio-ada" } },
      { name: "link", secret: { secretName: "studio-ada-link-key", defaultMode: 0o440 } },
    ]);
    expect(spec.shareProcessNamespace).toBeUndefined();
    for (const { securityContext } of [...spec.initContainers, ...spec.containers])
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
  });

  it("has a user of its own, whose processes are counted", () => {
    const users = ["studio-ada", "studio-ben"].map((name) => pod(all, name).spec.securityContext.runAsUser);
    expect(users[0]).not.toBe(users[1]);
    for (const user of users) expect(user).toBeGreaterThanOrEqual(20_000);
    const { env } = pod().spec.containers[0];
    expect(env).toContainEqual({ name: "STUDIO_PROCESSES", value: "1024" });
  });

  it("is healthy if its host answers: a program that was stopped would take connections", () => {
    const [container] = pod().spec.containers;
    expect(container.env).toContainEqual({ name: "STUDIO_HEALTH", value: "0.0.0.0:8448" });
    const httpGet = { path: "/", port: 8448 };
    expect(container.livenessProbe).toEqual({ httpGet, timeoutSeconds: 10, periodSeconds: 20, failureThreshold: 6 });
    expect(container.readinessProbe).toEqual({ httpGet, timeoutSeconds: 10, periodSeconds: 10 });
    expect(container.startupProbe).toEqual({ httpGet, periodSeconds: 1, failureThreshold: 120 });
  });

  it("keeps what was written on a volume of its own", () => {
    const { volumeClaimTemplates, persistentVolumeClaimRetentionPolicy } = inNamespace(
      all,
      "net-studio",
      "apps/v1:StatefulSet",
      "studio-ada",
    ).spec;
    expect(volumeClaimTemplates[0].spec.resources.requests).toEqual({ storage: "5Gi" });
    expect(persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: "Retain", whenScaled: "Retain" });
  });

  it("runs with the runtime class of the environment, if there is one", async () => {
    expect(pod().spec).not.toHaveProperty("runtimeClassName");
    const others = await declare({}, { studio: { runtimeClass: "gvisor" } });
    expect(pod(others).spec.runtimeClassName).toBe("gvisor");
  });
});

describe("a gate", () => {
  it("is told where its session and the debug peer's relay are", () => {
    const { data } = inNamespace(all, "net", "core/v1:ConfigMap", "studio-ben");
    expect(JSON.parse(data["settings.json"])).toEqual({
      host: "studio-ben.net.example.com",
      developer: "bob",
      listen: "0.0.0.0:8446",
      session: "studio-ben-headless.net-studio.svc:8447",
      relay: { address: "debug-org1.net.svc", port: 8445, host: "relay.org1.net.example.com" },
      server: "asset-1-0-org1",
      calls: { channel: "main", chaincode: "asset" },
      idleSeconds: 1800,
      lifeSeconds: 43_200,
    });
  });

  it("is reached by the gateway, and reaches its session, the relay and its CA", () => {
    const { ingress, egress } = inNamespace(all, "net", "networking.k8s.io/v1:NetworkPolicy", "studio-ada").spec;
    const opened = (rules: any[], side: "from" | "to"): string[] =>
      rules.map((rule) => {
        const [{ podSelector, namespaceSelector }] = rule[side];
        const { matchLabels: its } = podSelector;
        const who = its["app.kubernetes.io/instance"] ?? its["app.kubernetes.io/component"];
        const where = namespaceSelector?.matchLabels["kubernetes.io/metadata.name"] ?? "here";
        return `${who} ${where} ${rule.ports.map(({ port }: any) => port).join(" ")}`;
      });
    expect(opened(ingress, "from")).toEqual(["gateway here 8446"]);
    expect(opened(egress, "to")).toEqual([
      "studio-ada net-studio 8447",
      "debug-org1 here 8445 7051",
      "certificate-authority here 7054",
    ]);
  });

  it("enrols with a certificate for its one name outside", () => {
    const { spec } = inNamespace(all, "net", "apps/v1:Deployment", "studio-ada").spec.template;
    const { value } = spec.initContainers[0].env.find(({ name }: any) => name === "ENROL_HOSTS");
    expect(value.split(",").filter((name: string) => name.endsWith("example.com"))).toEqual([
      "studio-ada.net.example.com",
    ]);
    expect(one(all, "baas.io/v1alpha1:Identity", "studio-ada").spec).toEqual({
      certificateAuthority: "ca-org1",
      enrolmentId: "studio-ada",
      type: "client",
    });
  });

  it("may open sessions at the debug peer's relay, and is routed to by its name", () => {
    const { spec } = one(all, "apps/v1:StatefulSet", "debug-org1").spec.template;
    const [, relay] = spec.containers;
    expect(relay.env).toContainEqual({ name: "DEBUG_RELAY_DEVELOPERS", value: "alice,bob,studio-ada,studio-ben" });
    const { data } = one(all, "core/v1:ConfigMap", "gateway");
    expect(data["routes.map"]).toContain(
      "studio-ada.net.example.com studio-ada\nstudio-ben.net.example.com studio-ben\n",
    );
    expect(data["haproxy.cfg"]).toContain(`backend studio-ada
    option httpchk GET /_studio/healthz
    server studio-ada studio-ada.net.svc.cluster.local:8446 check check-ssl verify none check-sni studio-ada.net.example.com`);
  });
});

describe("a gate with a provider that signs in", () => {
  const oidc = { issuer: "https://login.example.com:8443/realms/dev", clientId: "studio", secretName: "studio-oidc" };
  const within = (type: string, name: string) => inNamespace(signing, "net", type, name);
  const pod = (name: string) => within("apps/v1:Deployment", name).spec.template.spec;
  let signing: Registered[];

  beforeAll(async () => {
    const [org1, org2] = network.organizations;
    const [ada, ben] = org1!.studio!.sessions;
    const studio = { oidc, sessions: [{ ...ada, user: "ada@example.com" }, ben] };
    signing = await declare({ organizations: [{ ...org1, studio }, org2] });
  });

  it("is told who that is, and as whom it knows the developer", () => {
    const { data } = within("core/v1:ConfigMap", "studio-ada");
    expect(JSON.parse(data["settings.json"]).oidc).toEqual({
      issuer: "https://login.example.com:8443/realms/dev",
      clientId: "studio",
      scopes: ["openid", "email"],
      userClaim: "email",
      user: "ada@example.com",
      redirectUrl: "https://studio-ada.net.example.com:30443/_studio/signed-in",
    });
    expect(JSON.parse(within("core/v1:ConfigMap", "studio-ben").data["settings.json"])).not.toHaveProperty("oidc");
  });

  it("reaches it by its port, and so does no gate of another session, and no session", () => {
    const issuer = { ports: [{ protocol: "TCP", port: 8443 }] };
    const egressOf = (namespace: string, name: string) =>
      inNamespace(signing, namespace, "networking.k8s.io/v1:NetworkPolicy", name).spec.egress;
    expect(egressOf("net", "studio-ada")).toContainEqual(issuer);
    expect(egressOf("net", "studio-ben")).not.toContainEqual(issuer);
    expect(egressOf("net-studio", "studio-ada")).toEqual([]);
  });

  it("has the client's secret and nothing else of its Secret, and starts without it", () => {
    const [gate, keeper] = pod("studio-ada").containers;
    expect(pod("studio-ada").volumes).toContainEqual({
      name: "oidc",
      secret: {
        secretName: "studio-oidc",
        items: [{ key: "clientSecret", path: "clientSecret" }],
        optional: true,
        defaultMode: 0o440,
      },
    });
    const mount = { name: "oidc", mountPath: "/etc/baas/oidc", readOnly: true };
    expect(gate.volumeMounts).toContainEqual(mount);
    expect(keeper.volumeMounts).not.toContainEqual(mount);
    expect(JSON.stringify(pod("studio-ben"))).not.toContain("oidc");
    const session = inNamespace(signing, "net-studio", "apps/v1:StatefulSet", "studio-ada");
    expect(JSON.stringify(session)).not.toContain("oidc");
  });

  it("knows CAs of your own", async () => {
    const { certificate } = new TestCa("login");
    expect(JSON.stringify(signing)).not.toContain("NODE_EXTRA_CA_CERTS");
    const [org1, org2] = network.organizations;
    const [ada] = org1!.studio!.sessions;
    const studio = {
      oidc: { ...oidc, rootCertificates: certificate },
      sessions: [{ ...ada, user: "ada@example.com" }],
    };
    const found = await declare({ organizations: [{ ...org1, studio }, org2] });
    expect(inNamespace(found, "net", "core/v1:ConfigMap", "studio-ada").data["roots.pem"]).toBe(certificate);
    const [gate] = inNamespace(found, "net", "apps/v1:Deployment", "studio-ada").spec.template.spec.containers;
    expect(gate.env).toContainEqual({ name: "NODE_EXTRA_CA_CERTS", value: "/etc/baas/studio/roots.pem" });
  });
});

describe("a gate with a repository that branches are pushed to", () => {
  const { certificate } = new TestCa("git");
  const remote = {
    url: "https://git.example.com:8443/team/net.git",
    secretName: "studio-git",
    rootCertificates: certificate,
  };
  const within = (type: string) => inNamespace(pushing, "net", type, "studio-ada");
  let pushing: Registered[];

  beforeAll(async () => {
    const [org1, org2] = network.organizations;
    pushing = await declare({ organizations: [{ ...org1, studio: { ...org1!.studio, remote } }, org2] });
  });

  it("is told which, with which CAs, and which branches are the session's", () => {
    const { data } = within("core/v1:ConfigMap");
    expect(JSON.parse(data["settings.json"]).remote).toEqual({ url: remote.url, branches: "studio/ada/" });
    expect(data["remoteRoots.pem"]).toBe(certificate);
  });

  it("alone has its user and password, and reaches it by its port", () => {
    const { spec } = within("apps/v1:Deployment").spec.template;
    const items = ["username", "password"].map((key) => ({ key, path: key }));
    const secret = { secretName: "studio-git", items, optional: true, defaultMode: 0o440 };
    expect(spec.volumes).toContainEqual({ name: "remote", secret });
    const mount = { name: "remote", mountPath: "/etc/baas/remote", readOnly: true };
    const [gate, keeper] = spec.containers;
    expect(gate.volumeMounts).toContainEqual(mount);
    expect(keeper.volumeMounts).not.toContainEqual(mount);
    const { egress } = within("networking.k8s.io/v1:NetworkPolicy").spec;
    expect(egress).toContainEqual({ ports: [{ protocol: "TCP", port: 8443 }] });
    for (const type of ["apps/v1:StatefulSet", "networking.k8s.io/v1:NetworkPolicy"]) {
      const session = inNamespace(pushing, "net-studio", type, "studio-ada");
      expect(JSON.stringify(session)).not.toMatch(/studio-git|8443/);
    }
  });

  it("is what its session knows the repository by", () => {
    const { data } = inNamespace(pushing, "net-studio", "core/v1:ConfigMap", "studio-ada");
    expect(JSON.parse(data["settings.json"]).remote).toEqual({
      url: "http://127.0.0.1:7071/repository.git",
      base: "main",
      name: remote.url,
      branches: "studio/ada/",
    });
  });
});

it("is not there without being asked for", async () => {
  const [org1, org2] = network.organizations;
  const { studio: _studio, ...without } = org1 as typeof org1 & { studio?: unknown };
  const found = await declare({ organizations: [without, org2] });
  expect(JSON.stringify(found)).not.toMatch(/studio/i);
});
