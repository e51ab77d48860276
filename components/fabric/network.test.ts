import { beforeAll, describe, expect, it } from "vitest";

import { images, names, one, plan, podTemplates, type Registered, registrations } from "../testing";
import { Network } from "./network";

const smokeTest = { submit: [["CreateAsset", "{id}", "$(HOME)"]], evaluate: ["ReadAsset", "{id}"] };
const plainChaincode = { name: "asset", channel: "main", image: "registry.example.com/asset:1", version: "1.0" };
const chaincode = { ...plainChaincode, smokeTest };

function network(config: object): Promise<Registered[]> {
  return registrations((cluster) => {
    new Network(
      "net",
      { plan: plan(config), cluster, images, platformNamespace: "baas-platform" },
      { providers: [cluster.provider] },
    );
  });
}

describe("a network of two organizations with one peer each", () => {
  let all: Registered[];
  beforeAll(async () => {
    all = await network({
      organizations: [{ name: "org1" }, { name: "org2" }],
      channels: [{ name: "main" }],
      chaincodes: [chaincode],
    });
  });

  it("registers exactly these kinds of objects", () => {
    const counts: Record<string, number> = {};
    for (const { type } of all) counts[type] = (counts[type] ?? 0) + 1;
    expect(counts).toEqual({
      "apps/v1:Deployment": 2,
      "apps/v1:StatefulSet": 6,
      "baas.io/v1alpha1:CertificateAuthority": 3,
      "baas.io/v1alpha1:Chaincode": 1,
      "baas.io/v1alpha1:Channel": 1,
      "baas.io/v1alpha1:Identity": 9,
      "baas.io/v1alpha1:Rollout": 1,
      "baas:index:CertificateAuthority": 3,
      "baas:index:Chaincode": 1,
      "baas:index:Channel": 1,
      "baas:index:Cluster": 1,
      "baas:index:Network": 1,
      "baas:index:Orderer": 1,
      "baas:index:OrderingService": 1,
      "baas:index:Organization": 2,
      "baas:index:Peer": 2,
      "baas:index:ProjectImage": 2,
      "baas:index:Rollout": 1,
      "baas:index:SmokeTest": 1,
      "batch/v1:Job": 1,
      "core/v1:ConfigMap": 3,
      "core/v1:Namespace": 1,
      "core/v1:Service": 14,
      "core/v1:ServiceAccount": 9,
      "docker:index/image:Image": 2,
      "networking.k8s.io/v1:NetworkPolicy": 10,
      "pulumi:providers:kubernetes": 2,
      "rbac.authorization.k8s.io/v1:Role": 3,
      "rbac.authorization.k8s.io/v1:RoleBinding": 4,
    });
  });

  it("registers no Secret: keys and passwords are made in the cluster", () => {
    expect(names(all, "core/v1:Secret")).toEqual([]);
  });

  it("opens no port of a host", () => {
    for (const { type, inputs } of all)
      if (type === "core/v1:Service") expect(inputs.spec.type ?? "ClusterIP").toBe("ClusterIP");
    const text = JSON.stringify(podTemplates(all));
    expect(text).not.toContain("hostPort");
    expect(text).not.toContain("hostNetwork");
  });

  it("runs every container under Pod Security restricted, with requests and limits", () => {
    expect(one(all, "core/v1:Namespace", "net").metadata.labels).toMatchObject({
      "pod-security.kubernetes.io/enforce": "restricted",
    });
    for (const { name, template } of podTemplates(all)) {
      expect(template.spec).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, fsGroup: 1000, seccompProfile: { type: "RuntimeDefault" } },
      });
      for (const container of [...template.spec.initContainers, ...template.spec.containers]) {
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(Object.keys(container.resources.requests).sort()).toEqual(["cpu", "ephemeral-storage", "memory"]);
        expect(Object.keys(container.resources.limits).sort()).toEqual(["cpu", "ephemeral-storage", "memory"]);
        expect(container.image).toMatch(/:[\w.-]+$/);
        expect(container.image).not.toMatch(/:latest$/);
      }
      // A Job ends by itself and needs no probes.
      const probed = name === "asset-1-0-smoke-test" ? [] : template.spec.containers;
      for (const container of probed) {
        expect(Object.keys(container)).toEqual(
          expect.arrayContaining(["startupProbe", "readinessProbe", "livenessProbe"]),
        );
      }
    }
  });

  it("probes Fabric's nodes over HTTPS: each bare connection would be a TLS error in their logs", () => {
    const probes = podTemplates(all)
      .flatMap(({ template }) => template.spec.containers)
      .filter(({ name }: any) => ["ca", "orderer", "peer"].includes(name))
      .flatMap(({ startupProbe, readinessProbe, livenessProbe }: any) => [startupProbe, readinessProbe, livenessProbe]);
    expect(probes).toHaveLength(6 * 3);
    for (const probe of probes) {
      expect(probe).not.toHaveProperty("tcpSocket");
      expect(probe.httpGet.scheme).toBe("HTTPS");
    }
  });

  it("gives a Kubernetes API token to the container that publishes the roots, and to no other", () => {
    const token = "/var/run/secrets/kubernetes.io/serviceaccount";
    const holders = podTemplates(all).flatMap(({ name, template }) =>
      [...template.spec.initContainers, ...template.spec.containers]
        .filter((container: any) => container.volumeMounts.some((mount: any) => mount.mountPath === token))
        .map((container: any) => `${name}/${container.name}`),
    );
    expect(holders).toEqual(["ca-orderer/init-ca", "ca-org1/init-ca", "ca-org2/init-ca"]);
    for (const role of names(all, "rbac.authorization.k8s.io/v1:Role")) {
      expect(one(all, "rbac.authorization.k8s.io/v1:Role", role).rules).toEqual([
        { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
        { apiGroups: [""], resources: ["configmaps"], resourceNames: [`${role}-roots`], verbs: ["get"] },
      ]);
    }
  });

  it("denies all traffic but name look-ups, then opens what each pod needs", () => {
    expect(one(all, "networking.k8s.io/v1:NetworkPolicy", "default-deny").spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      ingress: [],
      egress: [
        {
          ports: [
            { protocol: "UDP", port: 53 },
            { protocol: "TCP", port: 53 },
          ],
        },
      ],
    });
    const guarded = names(all, "networking.k8s.io/v1:NetworkPolicy").filter((name) => name !== "default-deny");
    expect(guarded.sort()).toEqual(
      podTemplates(all)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it("lets only the controller reach an orderer's participation API", () => {
    const { ingress } = one(all, "networking.k8s.io/v1:NetworkPolicy", "orderer0-orderer").spec;
    const admin = ingress.filter((rule: any) => rule.ports.some(({ port }: any) => port === 7053));
    expect(admin).toEqual([
      {
        from: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "baas-platform" } },
            podSelector: {
              matchLabels: { "app.kubernetes.io/part-of": "baas", "app.kubernetes.io/component": "controller" },
            },
          },
        ],
        ports: [{ protocol: "TCP", port: 7053 }],
      },
    ]);
  });

  it("lets only the peers of its organization and the controller reach a chaincode server", () => {
    const { ingress } = one(all, "networking.k8s.io/v1:NetworkPolicy", "asset-1-0-org1").spec;
    expect(ingress).toEqual([
      {
        from: [
          {
            podSelector: {
              matchLabels: {
                "app.kubernetes.io/part-of": "baas",
                "app.kubernetes.io/component": "peer",
                "baas.io/network": "net",
                "baas.io/organization": "org1",
              },
            },
          },
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "baas-platform" } },
            podSelector: {
              matchLabels: { "app.kubernetes.io/part-of": "baas", "app.kubernetes.io/component": "controller" },
            },
          },
        ],
        ports: [{ protocol: "TCP", port: 7052 }],
      },
    ]);
  });

  it("lets peers, clients in the cluster and the controller call a peer, and nobody else", () => {
    for (const peer of ["peer0-org1", "peer0-org2"]) {
      const { ingress } = one(all, "networking.k8s.io/v1:NetworkPolicy", peer).spec;
      expect(ingress.map(({ ports }: any) => ports[0].port)).toEqual([7051, 9443]);
      expect(ingress[0].ports).toEqual([{ protocol: "TCP", port: 7051 }]);
      expect(
        ingress[0].from.map(({ podSelector }: any) => podSelector.matchLabels["app.kubernetes.io/component"]),
      ).toEqual(["peer", "client", "controller"]);
    }
  });

  it("has every node trust the platform's root of those who read metrics, which its pod waits for", () => {
    const listed = (name: string, file: string) => one(all, "core/v1:ConfigMap", name).data[file];
    const root = "/etc/baas/operations/operations.pem";
    expect(listed("peer0-org1", "core.yaml")).toContain(`- /var/hyperledger/crypto/tls/ca.crt\n        - ${root}\n`);
    expect(listed("orderer0-orderer", "orderer.yaml").split(root)).toHaveLength(2);
    for (const name of ["ca-org1", "ca-orderer", "orderer0-orderer", "peer0-org1", "peer0-org2"]) {
      const { volumes, containers } = one(all, "apps/v1:StatefulSet", name).spec.template.spec;
      const items = [{ key: "operations.pem", path: "operations.pem" }];
      expect(volumes).toContainEqual({ name: "operations-root", configMap: { name: "platform-ca-roots", items } });
      const mount = { name: "operations-root", mountPath: "/etc/baas/operations", readOnly: true };
      expect(containers[0].volumeMounts).toContainEqual(mount);
    }
  });

  it("lets nobody but the platform's monitoring read metrics, and that of all nodes and the gateway", async () => {
    const nameLabel = "kubernetes.io/metadata.name";
    const exposure = { ports: { from: 30443, to: 30443 } };
    const config = { organizations: [{ name: "org1" }], gateway: { port: 30443 } };
    const policies = async (monitoringNamespace?: string) => {
      const found = await registrations((cluster) => {
        const args = { plan: plan(config, exposure), cluster, images, platformNamespace: "baas-platform" };
        new Network("net", { ...args, monitoringNamespace }, { providers: [cluster.provider] });
      });
      const isTheirs = ({ from, ports: [{ port }] }: any): boolean =>
        port === 9443 &&
        from?.some(({ namespaceSelector }: any) => namespaceSelector?.matchLabels?.[nameLabel] === "monitoring");
      return found
        .filter(({ type, inputs }) => type.endsWith(":NetworkPolicy") && inputs.spec.ingress.some(isTheirs))
        .map(({ name }) => name);
    };
    expect(await policies()).toEqual([]);
    expect(await policies("monitoring")).toEqual([
      "ca-orderer",
      "ca-org1",
      "gateway",
      "orderer0-orderer",
      "peer0-org1",
    ]);
  });

  it("sends chaincode no keep-alive messages, at which Node chaincodes end", () => {
    expect(one(all, "core/v1:ConfigMap", "peer0-org1").data["core.yaml"]).toMatch(/\n {2}keepalive: 0\n/);
  });

  it("has no disruption budget for groups of one, which would block every drain", () => {
    expect(names(all, "policy/v1:PodDisruptionBudget")).toEqual([]);
  });

  it("keeps each node's volume when its StatefulSet goes", () => {
    for (const name of names(all, "apps/v1:StatefulSet")) {
      const { spec } = one(all, "apps/v1:StatefulSet", name);
      expect(spec).toMatchObject({
        serviceName: `${name}-headless`,
        replicas: 1,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      });
      expect(spec.volumeClaimTemplates).toHaveLength(1);
    }
  });

  it("publishes the addresses of orderers before they are ready, and of no other node", () => {
    const published = all
      .filter(({ type, inputs }) => type === "core/v1:Service" && inputs.spec.publishNotReadyAddresses)
      .map(({ name }) => name);
    expect(published).toEqual(["orderer0-orderer", "orderer0-orderer-headless"]);
  });

  it("gives every chaincode server of the channel the same package ID, which the definition names too", () => {
    const { package: pkg } = one(all, "baas.io/v1alpha1:Chaincode", "main.asset").spec;
    expect(pkg).toEqual({
      id: expect.stringMatching(/^asset_1\.0:[0-9a-f]{64}$/),
      label: "asset_1.0",
      address: "asset-1-0-{{.organization}}:7052",
    });
    for (const name of ["asset-1-0-org1", "asset-1-0-org2"]) {
      const [server] = one(all, "apps/v1:Deployment", name).spec.template.spec.containers;
      expect(server.env).toContainEqual({ name: "CHAINCODE_ID", value: pkg.id });
    }
  });

  it("names members, orderers and their addresses in the channel", () => {
    expect(one(all, "baas.io/v1alpha1:Channel", "main").spec).toEqual({
      name: "main",
      ordering: {
        type: "etcdraft",
        organization: { name: "orderer", mspId: "OrdererMSP", certificateAuthority: "ca-orderer" },
        consenters: [
          {
            name: "orderer0-orderer",
            address: "orderer0-orderer.net.svc:7050",
            endpoint: "orderer0-orderer.net.svc:7050",
            adminAddress: "orderer0-orderer.net.svc:7053",
          },
        ],
      },
      batch: { timeout: "500ms", maxMessages: 500, preferredMaxBytes: "2Mi", absoluteMaxBytes: "10Mi" },
      capabilities: { channel: "V2_0", orderer: "V2_0", application: "V2_5" },
      organizations: ["1", "2"].map((n) => ({
        name: `org${n}`,
        mspId: `Org${n}MSP`,
        certificateAuthority: `ca-org${n}`,
        peers: [{ name: `peer0-org${n}`, address: `peer0-org${n}.net.svc:7051` }],
        anchorPeers: [`peer0-org${n}.net.svc:7051`],
      })),
    });
  });

  describe("has a smoke test that", () => {
    const name = "asset-1-0-smoke-test";
    const podSpec = () => one(all, "batch/v1:Job", name).spec.template.spec;

    it("calls as a client of the first member, with an Identity of its own", () => {
      expect(one(all, "baas.io/v1alpha1:Identity", name).spec).toEqual({
        certificateAuthority: "ca-org1",
        enrolmentId: name,
        type: "client",
      });
      const [enrol] = podSpec().initContainers;
      expect(enrol.args).toEqual(["node"]);
      const crypto = podSpec().volumes.find((volume: any) => volume.name === "crypto");
      expect(crypto).toEqual({ name: "crypto", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } });
    });

    it("reaches the peers of all members and its CA, and is reached by nobody", () => {
      const { ingress, egress } = one(all, "networking.k8s.io/v1:NetworkPolicy", name).spec;
      expect(ingress).toEqual([]);
      const reached = egress.map(({ to, ports }: any) => [
        ports.map(({ port }: any) => port).join(),
        ...to.map(({ podSelector: { matchLabels: its } }: any) =>
          [its["app.kubernetes.io/component"], its["baas.io/organization"]].join(" "),
        ),
      ]);
      expect(reached).toEqual([
        ["7051", "peer org1", "peer org2"],
        ["7054", "certificate-authority org1"],
      ]);
    });

    it("knows each organization's peers and their TLS root", () => {
      const { env } = podSpec().containers[0];
      const value = (variable: string) => env.find((each: any) => each.name === `SMOKE_TEST_${variable}`).value;
      expect(JSON.parse(value("PEERS"))).toEqual(
        ["org1", "org2"].map((organization) => [
          { organization, name: `peer0-${organization}`, address: `peer0-${organization}.net.svc:7051` },
        ]),
      );
      const roots = podSpec().volumes.find((volume: any) => volume.projected !== undefined);
      expect(roots.projected.sources).toEqual(
        ["org1", "org2"].map((organization) => ({
          configMap: { name: `ca-${organization}-roots`, items: [{ key: "tlsca.pem", path: `${organization}.pem` }] },
        })),
      );
      expect(value("MSP_ID")).toBe("Org1MSP");
      // Kubernetes would put a variable there, and takes two of them for one.
      expect(value("SUBMIT")).toBe('[["CreateAsset","{id}","$$(HOME)"]]');
      expect(value("EVALUATE")).toBe('["ReadAsset","{id}"]');
    });

    it("ends for good when its program gives up, keeps the pod with the reason, and runs again at the next apply", () => {
      const { metadata, spec } = one(all, "batch/v1:Job", name);
      expect(metadata.annotations).toEqual({ "pulumi.com/replaceUnready": "true" });
      expect(podSpec().restartPolicy).toBe("Never");
      expect(spec.podFailurePolicy.rules).toContainEqual({
        action: "FailJob",
        onExitCodes: { containerName: "smoke-test", operator: "In", values: [1] },
      });
      expect(spec.ttlSecondsAfterFinished).toBeUndefined();
    });
  });

  it("fits two cores beside the control plane", () => {
    const milli = podTemplates(all).map(({ template }) => {
      const cpu = (container: any): number => Number(/^(\d+)m$/.exec(container.resources.requests.cpu)![1]);
      const running = template.spec.containers.reduce((sum: number, container: any) => sum + cpu(container), 0);
      return Math.max(running, ...template.spec.initContainers.map(cpu));
    });
    expect(milli.reduce((a, b) => a + b)).toBeLessThan(500);
  });
});

describe("a network with several nodes of a kind", () => {
  it("has a budget for each group that can spare one", async () => {
    const all = await network({
      ordering: { nodes: 3 },
      organizations: [{ name: "org1", peers: 2 }, { name: "org2" }],
      channels: [{ name: "main" }],
      chaincodes: [{ ...chaincode, replicas: 2 }],
    });
    expect(names(all, "policy/v1:PodDisruptionBudget")).toEqual([
      "asset-1-0-org1",
      "asset-1-0-org2",
      "orderer-orderers",
      "org1-peers",
    ]);
    expect(one(all, "policy/v1:PodDisruptionBudget", "orderer-orderers").spec).toMatchObject({ maxUnavailable: 1 });
  });

  it("makes all peers of an organization ask the first one for the others, and none of them Docker", async () => {
    const all = await network({ organizations: [{ name: "org1", peers: 2 }] });
    for (const peer of ["peer0-org1", "peer1-org1"]) {
      const core = one(all, "core/v1:ConfigMap", peer).data["core.yaml"];
      expect(core).toContain("bootstrap: peer0-org1.net.svc:7051");
      expect(core).toContain("endpoint: ''");
    }
  });
});

describe("a network of Fabric", () => {
  const fabric = (fabricVersion: string) => network({ fabricVersion, organizations: [{ name: "org1" }] });

  it.each(["peer", "orderer"])("2.5 and 3.1 runs the image of its version in a %s", async (role) => {
    for (const version of ["2.5.16", "3.1.5"]) {
      const node = one(
        await fabric(version),
        "apps/v1:StatefulSet",
        role === "peer" ? "peer0-org1" : "orderer0-orderer",
      );
      expect(node.spec.template.spec.containers[0].image).toBe(`docker.io/hyperledger/fabric-${role}:${version}`);
    }
  });

  it("says so at the Identity of each node, where the API server refuses an older series before the node gets it", async () => {
    const all = await fabric("3.1.5");
    for (const node of ["peer0-org1", "orderer0-orderer"]) {
      const { fabricVersion } = one(all, "baas.io/v1alpha1:Identity", node).spec;
      expect(fabricVersion).toBe("3.1.5");
    }
    expect(one(all, "baas.io/v1alpha1:Identity", "admin-org1").spec).not.toHaveProperty("fabricVersion");
  });

  it("3 has peers refuse old proposals, by a check that Fabric 2.5 does not have and would stop at", async () => {
    const core = async (version: string) =>
      one(await fabric(version), "core/v1:ConfigMap", "peer0-org1").data["core.yaml"];
    expect(await core("2.5.16")).not.toContain("TimeWindowCheck");
    expect(await core("3.1.5")).toContain("name: TimeWindowCheck");
  });
});

describe("a network without a smoke test", () => {
  it("has nothing of one, and does not build its image", async () => {
    const all = await network({
      organizations: [{ name: "org1" }],
      channels: [{ name: "main" }],
      chaincodes: [plainChaincode],
    });
    expect(all.filter(({ type, name }) => type === "batch/v1:Job" || name.includes("smoke-test"))).toEqual([]);
  });
});

describe("a network with CouchDB", () => {
  it("runs it beside each peer, on localhost but for its metrics, with a random password in a Secret", async () => {
    const all = await network({ organizations: [{ name: "org1", stateDatabase: "couchdb" }] });
    const { containers } = one(all, "apps/v1:StatefulSet", "peer0-org1").spec.template.spec;
    expect(containers.map(({ name }: any) => name)).toEqual(["couchdb", "peer"]);
    expect(containers[0].ports).toEqual([{ name: "metrics", containerPort: 17986 }]);
    expect(one(all, "core/v1:ConfigMap", "peer0-org1-couchdb").data["baas.ini"]).toBe(
      "[chttpd]\nbind_address = 127.0.0.1\nport = 5984\n" +
        "[prometheus]\nadditional_port = true\nbind_address = 0.0.0.0\nport = 17986\n[couchdb]\nsingle_node = true\n",
    );
    const { ingress } = one(all, "networking.k8s.io/v1:NetworkPolicy", "peer0-org1").spec;
    const open = ingress.filter(({ ports: [{ port }] }: any) => port === 17986);
    expect(open.flatMap(({ from }: any) => from.map(({ podSelector }: any) => podSelector.matchLabels))).toEqual([
      { "app.kubernetes.io/part-of": "baas", "app.kubernetes.io/component": "prometheus" },
    ]);
    expect(one(all, "random:index/randomPassword:RandomPassword", "net-peer0-org1-couchdb")).toMatchObject({
      length: 32,
    });
    expect(names(all, "core/v1:Secret")).toEqual(["peer0-org1-couchdb"]);
    expect(one(all, "core/v1:Service", "peer0-org1").spec.ports.map(({ port }: any) => port)).toEqual([7051, 9443]);
  });
});
