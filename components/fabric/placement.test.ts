/** What environment and stack file say about pods, on every object of a network and of the platform. */
import { describe, expect, it } from "vitest";

import { planPods } from "../../model/stackFile/mergedPods";
import { environmentSchema } from "../../model/stackFile/schema";
import { Platform } from "../platform/platform";
import { images, one, plan, platformNodes, podTemplates, type Registered, registrations } from "../testing";
import { Network } from "./network";

const config = {
  organizations: [{ name: "org1", stateDatabase: "couchdb" }],
  channels: [{ name: "main" }],
  chaincodes: [
    {
      name: "asset",
      channel: "main",
      source: "chaincode/asset-transfer",
      version: "1.0",
      smokeTest: { submit: [["A"]], evaluate: ["B"] },
    },
  ],
  gateway: { port: 30443 },
};

/** All objects of an environment with one network. */
function everything(environment: object = {}, network: object = {}, imageSettings: object = {}): Promise<Registered[]> {
  const exposure = { ports: { from: 30443, to: 30443 } };
  const net = plan({ ...config, ...network }, exposure, environment);
  const parsed = environmentSchema.parse({ context: "test", images: { project: images.project }, ...environment });
  const of = {
    cluster: undefined as never,
    images: { ...images, ...parsed.images, projectDir: images.projectDir, ...imageSettings },
  };
  return registrations((cluster) => {
    const opts = { providers: [cluster.provider] };
    new Network("net", { ...of, cluster, plan: net, platformNamespace: "baas-platform" }, opts);
    const settings = {
      environment: "local",
      namespace: "baas-platform",
      controllerReplicas: 1,
      size: "small" as const,
      ...platformNodes,
      nodes: { ...platformNodes.nodes, ipFamilies: parsed.ipFamilies },
    };
    new Platform("platform", { ...of, ...settings, cluster, pods: planPods(parsed) }, opts);
  });
}

const workloads = [
  "asset-1-0-org1",
  "asset-1-0-smoke-test",
  "baas-controller",
  "ca-orderer",
  "ca-org1",
  "gateway",
  "orderer0-orderer",
  "peer0-org1",
  "platform-ca",
];

const workload = (all: Registered[], name: string): any =>
  all.find(({ type, name: own }) => /StatefulSet|Deployment|Job/.test(type) && own === name)!.inputs;
const spec = (all: Registered[], name: string): any => workload(all, name).spec.template.spec;

describe("settings of all pods", () => {
  it("are on every pod of networks and platform", async () => {
    const all = await everything({
      pods: {
        all: {
          imagePullSecrets: ["registry"],
          nodeSelector: { pool: "ledger" },
          tolerations: [{ key: "ledger", operator: "Exists", effect: "NoSchedule" }],
          priorityClassName: "ledger",
          labels: { "example.com/cost-center": "c1" },
          annotations: { "example.com/contact": "ledger@example.com" },
        },
      },
    });
    const templates = podTemplates(all);
    expect(templates.map(({ name }) => name).sort()).toEqual(workloads);
    for (const { name, template } of templates) {
      expect(template.spec).toMatchObject({
        imagePullSecrets: [{ name: "registry" }],
        nodeSelector: { pool: "ledger" },
        tolerations: expect.arrayContaining([{ key: "ledger", operator: "Exists", effect: "NoSchedule" }]),
        priorityClassName: "ledger",
      });
      for (const { metadata } of [template, workload(all, name)]) {
        expect(metadata.labels).toMatchObject({ "example.com/cost-center": "c1", "app.kubernetes.io/part-of": "baas" });
        expect(metadata.annotations).toMatchObject({ "example.com/contact": "ledger@example.com" });
      }
    }
  });

  it("leave pods as they are where there are none", async () => {
    const fields = ["imagePullSecrets", "nodeSelector", "tolerations", "affinity", "priorityClassName"];
    for (const { name, template } of podTemplates(await everything())) {
      const own = ["asset-1-0-org1", "baas-controller", "gateway"].includes(name) ? ["tolerations"] : [];
      expect(Object.keys(template.spec).filter((key) => fields.includes(key))).toEqual(own);
    }
  });

  it("come into no selector, no claim and no Service: Kubernetes would refuse the change, or lose the pods", async () => {
    const found = (all: Registered[]) =>
      JSON.stringify(
        all.flatMap(({ inputs: { spec = {} } }) => [spec.selector, spec.podSelector, spec.volumeClaimTemplates]),
      );
    const settings = { pods: { all: { labels: { team: "one" }, annotations: { note: "one" } } } };
    expect(found(await everything(settings))).toBe(found(await everything()));
  });
});

describe("settings of a role", () => {
  const zone = { topologyKey: "topology.kubernetes.io/zone" };

  it("are added to those of all, and the stack's to the environment's: maps by their entries, all else as a whole", async () => {
    const all = await everything(
      {
        pods: {
          all: {
            nodeSelector: { pool: "shared", disk: "ssd" },
            tolerations: [{ operator: "Exists" }],
            labels: { a: "1", b: "1" },
          },
          peer: { nodeSelector: { pool: "peers" }, labels: { b: "2" } },
        },
      },
      { pods: { all: { labels: { c: "3" } }, peer: { tolerations: [], labels: { c: "4" } } } },
    );
    expect(spec(all, "peer0-org1")).toMatchObject({ nodeSelector: { pool: "peers", disk: "ssd" }, tolerations: [] });
    expect(spec(all, "orderer0-orderer")).toMatchObject({
      nodeSelector: { pool: "shared", disk: "ssd" },
      tolerations: [{ operator: "Exists" }],
    });
    expect(workload(all, "peer0-org1").metadata.labels).toMatchObject({ a: "1", b: "2", c: "4" });
    expect(workload(all, "orderer0-orderer").metadata.labels).toMatchObject({ a: "1", b: "1", c: "3" });
  });

  it("leave a lost machine soon where any machine can run the pods, unless the files say how long they stay", async () => {
    const stays = {
      key: "node.kubernetes.io/unreachable",
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: 600,
    };
    const said = { pods: { all: { tolerations: [stays] }, peer: { tolerations: [] } } };
    const leaves = { ...stays, tolerationSeconds: 30 };
    const notReady = { ...leaves, key: "node.kubernetes.io/not-ready" };
    expect(spec(await everything(), "asset-1-0-org1").tolerations).toEqual([notReady, leaves]);
    expect(spec(await everything(said), "asset-1-0-org1").tolerations).toEqual([stays, notReady]);
    const any = { pods: { all: { tolerations: [{ operator: "Exists" }] } } };
    expect(spec(await everything(any), "asset-1-0-org1").tolerations).toEqual([{ operator: "Exists" }]);
    expect(spec(await everything(), "peer0-org1").tolerations).toBeUndefined();
  });

  it("spread its pods over more than machines", async () => {
    const all = await everything({ pods: { orderer: { topologySpread: [zone] } } });
    const keys = (name: string) => spec(all, name).topologySpreadConstraints.map(({ topologyKey }: any) => topologyKey);
    expect(keys("orderer0-orderer")).toEqual(["kubernetes.io/hostname", zone.topologyKey]);
    expect(keys("peer0-org1")).toEqual(["kubernetes.io/hostname"]);
    const [, constraint] = spec(all, "orderer0-orderer").topologySpreadConstraints;
    expect(constraint).toMatchObject({
      maxSkew: 1,
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: { "app.kubernetes.io/component": "orderer", "baas.io/organization": "orderer" } },
    });
  });

  it("take the place of the spread over machines where they say so", async () => {
    const strict = { topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule" };
    const all = await everything({ pods: { orderer: { topologySpread: [strict] } } });
    expect(spec(all, "orderer0-orderer").topologySpreadConstraints).toMatchObject([{ ...strict, maxSkew: 1 }]);
  });
});

describe("on OpenShift", () => {
  it("no pod and no container names a user or a group, which the namespace's range decides", async () => {
    const all = await everything({ podSecurity: "openshift" });
    for (const { template } of podTemplates(all)) {
      const { initContainers = [], containers } = template.spec;
      for (const { securityContext } of [template.spec, ...initContainers, ...containers]) {
        expect(Object.keys(securityContext)).not.toContain("runAsUser");
        expect(Object.keys(securityContext)).not.toContain("runAsGroup");
        expect(Object.keys(securityContext)).not.toContain("fsGroup");
      }
      expect(template.spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      });
    }
  });

  it("pods reach its DNS, which listens on another port than its Service", async () => {
    const to = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "openshift-dns" } } }];
    const ports = ["UDP", "TCP"].map((protocol) => ({ protocol, port: 5353 }));
    const egressOf = (all: Registered[], namespace: string) =>
      all.find(({ name, inputs }) => name === "default-deny" && inputs.metadata.namespace === namespace)!.inputs.spec
        .egress;
    const all = await everything({ podSecurity: "openshift" });
    for (const namespace of ["net", "baas-platform"]) expect(egressOf(all, namespace)).toContainEqual({ to, ports });
    expect(JSON.stringify(egressOf(await everything(), "net"))).not.toContain("5353");
  });
});

describe("IP families", () => {
  const services = (all: Registered[]) => all.filter(({ type }) => type === "core/v1:Service");
  const listening = (all: Registered[]) => {
    const { env } = spec(all, "asset-1-0-org1").containers[0];
    return [
      one(all, "core/v1:ConfigMap", "peer0-org1").data["core.yaml"],
      one(all, "core/v1:ConfigMap", "orderer0-orderer").data["orderer.yaml"],
      one(all, "core/v1:ConfigMap", "gateway").data["haproxy.cfg"],
      env.find(({ name }: any) => name === "CHAINCODE_SERVER_ADDRESS").value,
    ].join("\n");
  };

  it.each([
    [["IPv6"], "SingleStack"],
    [["IPv4", "IPv6"], "RequireDualStack"],
    [["IPv6", "IPv4"], "RequireDualStack"],
  ])("%j are those of every Service, and servers listen on all addresses", async (ipFamilies, ipFamilyPolicy) => {
    const all = await everything({ ipFamilies });
    for (const { inputs } of services(all)) expect(inputs.spec).toMatchObject({ ipFamilies, ipFamilyPolicy });
    const text = listening(all);
    expect(text).not.toContain("0.0.0.0");
    expect(text.match(/\[::\]:[0-9]+/g)).toEqual([
      "[::]:7051",
      "[::]:9443",
      "[::]:7053",
      "[::]:9443",
      "[::]:8443",
      "[::]:9443",
      "[::]:7052",
    ]);
    expect(text).toMatch(/ListenAddress: '\[::\]'\n {2}ListenPort: 7050/);
  });

  it("are the cluster's own where the environment names none", async () => {
    const all = await everything();
    for (const { inputs } of services(all)) expect(Object.keys(inputs.spec).join()).not.toMatch(/ipFamil/);
    expect(listening(all)).not.toContain("[::]");
  });
});

describe("images", () => {
  it("of arm64 are built for it under names of their own, and run on such machines only", async () => {
    const [before, after] = [
      await everything(),
      await everything({ images: { project: images.project, architecture: "arm64" } }),
    ];
    const built = (all: Registered[]) =>
      all.filter(({ type }) => type === "docker:index/image:Image").map(({ inputs }) => inputs);
    expect(built(after).map(({ build }) => build.platform)).toEqual(built(before).map(() => "linux/arm64"));
    expect(built(after).map(({ imageName }) => imageName)).toEqual(
      built(before).map(({ imageName }) => `${imageName}-arm64`),
    );
    for (const { template } of podTemplates(after)) {
      expect(template.spec.nodeSelector).toEqual({ "kubernetes.io/arch": "arm64" });
    }
  });

  it("are those that the environment names instead, by digest", async () => {
    const digest = `@sha256:${"0".repeat(64)}`;
    const overrides = { peer: `hyperledger/fabric-peer${digest}`, haproxy: `hardened/haproxy:3.2${digest}` };
    const all = await everything({ images: { project: images.project, overrides } });
    const imageOf = (name: string, container: string) =>
      spec(all, name).containers.find((each: any) => each.name === container).image;
    expect(imageOf("peer0-org1", "peer")).toBe(`docker.io/hyperledger/fabric-peer${digest}`);
    expect(imageOf("gateway", "haproxy")).toBe(`docker.io/hardened/haproxy:3.2${digest}`);
    expect(imageOf("orderer0-orderer", "orderer")).toMatch(/^docker\.io\/hyperledger\/fabric-orderer:2\.5\.\d+$/);
  });
});

it("no server is restarted for what makes it unready", async () => {
  const request = ({ httpGet, exec, tcpSocket }: any) => JSON.stringify(httpGet ?? exec ?? tcpSocket);
  const same = podTemplates(await everything())
    .flatMap(({ template }) => template.spec.containers)
    .filter(({ livenessProbe, readinessProbe }: any) => livenessProbe !== undefined && readinessProbe !== undefined)
    .filter(({ livenessProbe, readinessProbe }: any) => request(livenessProbe) === request(readinessProbe))
    .map(({ name }: any) => name);
  // A chaincode has nothing else to ask.
  expect(same).toEqual(["chaincode"]);
});

it("every container may use some scratch space, and not all of its machine's", async () => {
  for (const { template } of podTemplates(await everything())) {
    const { initContainers = [], containers } = template.spec;
    for (const { resources } of [...initContainers, ...containers]) {
      expect(resources.requests["ephemeral-storage"]).toMatch(/^\d+Mi$/);
      expect(resources.limits["ephemeral-storage"]).toMatch(/^\d+Gi$/);
    }
  }
});
