import { beforeAll, describe, expect, it } from "vitest";

import { images, names, one, plan, platformNodes, type Registered, registrations } from "../testing";
import { Platform } from "./platform";

describe("the platform of an environment", () => {
  const settings = {
    environment: "local",
    namespace: "baas-platform",
    controllerReplicas: 1,
    size: "small" as const,
    ...platformNodes,
    pods: plan({ organizations: [{ name: "org1" }] }).pods,
  };
  let all: Registered[];
  beforeAll(async () => {
    all = await registrations((cluster) => {
      new Platform("platform", { ...settings, cluster, images }, { providers: [cluster.provider] });
    });
  });

  it("installs every kind of custom resource, with schema, status and columns", () => {
    const definitions = names(all, "apiextensions.k8s.io/v1:CustomResourceDefinition");
    expect(definitions).toEqual([
      "certificateauthorities.baas.io",
      "chaincodes.baas.io",
      "channels.baas.io",
      "ethereumnetworks.baas.io",
      "identities.baas.io",
      "kafkatenants.baas.io",
      "rollouts.baas.io",
      "systemchannels.baas.io",
    ]);
    for (const name of definitions) {
      const { spec } = one(all, "apiextensions.k8s.io/v1:CustomResourceDefinition", name);
      const [version] = spec.versions;
      expect(version.subresources).toEqual({ status: {} });
      expect(version.schema.openAPIV3Schema.properties.spec.required.length).toBeGreaterThan(0);
      const { spec: wanted } = version.schema.openAPIV3Schema.properties;
      // Of a Rollout, only its nodes have what never changes.
      const guarded = name === "rollouts.baas.io" ? wanted.properties.nodes.items : wanted;
      expect(guarded["x-kubernetes-validations"].length).toBeGreaterThan(0);
    }
  });

  it("gives the controller what it needs, and Secrets only where a network binds the role for them", () => {
    const rules = names(all, "rbac.authorization.k8s.io/v1:ClusterRole").map((name) => [
      name,
      one(all, "rbac.authorization.k8s.io/v1:ClusterRole", name).rules.map(
        ({ resources, verbs }: any) => `${resources.join(",")}: ${verbs.join(",")}`,
      ),
    ]);
    expect(Object.fromEntries(rules)).toEqual({
      "baas-controller": [
        "certificateauthorities,identities,channels,chaincodes,rollouts,systemchannels,kafkatenants,ethereumnetworks: get,list,watch",
        "certificateauthorities/status,identities/status,channels/status,chaincodes/status,rollouts/status,systemchannels/status,kafkatenants/status,ethereumnetworks/status: patch",
        "configmaps: get,list,watch",
        "pods: list,watch",
        "statefulsets: list,watch",
        "endpointslices: get,list,watch",
        "events: create",
      ],
      "baas-controller-network": [
        "secrets: get,list,create,patch,delete",
        "deployments: patch",
        "configmaps: create",
        "configmaps: patch",
        "pods: delete",
        "statefulsets: patch",
        "persistentvolumeclaims: list,patch",
        "controllerrevisions: get",
      ],
    });
    const bindings = names(all, "rbac.authorization.k8s.io/v1:ClusterRoleBinding");
    expect(
      bindings.map((name) => one(all, "rbac.authorization.k8s.io/v1:ClusterRoleBinding", name).roleRef.name),
    ).toEqual(["baas-controller"]);
    // The admission policy looks at every object; it gives no rights.
    const others = all.filter(({ type }) => !type.endsWith(":ValidatingAdmissionPolicy"));
    expect(JSON.stringify(others)).not.toContain('"*"');
  });

  it("runs Kafka and ZooKeeper only if the stack file has them", async () => {
    const servers = (resources: Registered[]) => names(resources, "apps/v1:StatefulSet");
    expect(servers(all)).toEqual(["platform-ca"]);
    const kafka = { brokers: 4, zookeepers: 3, storage: "10Gi", zookeeperStorage: "1Gi", quota: {} };
    const withKafka = await registrations((cluster) => {
      new Platform("platform", { ...settings, kafka, cluster, images }, { providers: [cluster.provider] });
    });
    expect(servers(withKafka)).toEqual([
      ...["kafka0", "kafka1", "kafka2", "kafka3", "platform-ca", "zookeeper0", "zookeeper1", "zookeeper2"],
    ]);
    const { image } = one(withKafka, "apps/v1:StatefulSet", "kafka0").spec.template.spec.containers[0];
    expect(image).toMatch(/^docker\.io\/apache\/kafka:3\.9\./);

    const rollout = one(withKafka, "baas.io/v1alpha1:Rollout", "nodes");
    expect(rollout.spec.nodes.map(({ name, role }: any) => `${role} ${name}`)).toEqual([
      "certificate-authority platform-ca",
      ...["zookeeper0", "zookeeper1", "zookeeper2"].map((name) => `zookeeper ${name}`),
      ...["kafka0", "kafka1", "kafka2", "kafka3"].map((name) => `kafka ${name}`),
    ]);
    for (const { name, template } of rollout.spec.nodes) {
      const { annotations } = one(withKafka, "apps/v1:StatefulSet", name).metadata;
      expect(Object.values(annotations)).toContain(template);
    }
    // Pulumi waits for a roll of Kafka, and not for the CA alone.
    const waits = (resources: Registered[]) =>
      !("pulumi.com/skipAwait" in one(resources, "baas.io/v1alpha1:Rollout", "nodes").metadata.annotations);
    expect([waits(all), waits(withKafka)]).toEqual([false, true]);
    const reached = (resources: Registered[]) =>
      one(resources, "networking.k8s.io/v1:NetworkPolicy", "baas-controller").spec.egress.flatMap(
        ({ to = [], ports }: any) =>
          to.map(
            ({ podSelector }: any) => `${podSelector?.matchLabels["app.kubernetes.io/component"]} ${ports[0].port}`,
          ),
      );
    const own = ["kafka 9093", "zookeeper 2182"];
    expect(reached(withKafka)).toEqual([...reached(all), ...own]);
  });

  it("tells the controller of Kafka, lets it reach the brokers, and has a name registered for it", async () => {
    const variables = (resources: Registered[]) => {
      const { env } = one(resources, "apps/v1:Deployment", "baas-controller").spec.template.spec.containers[0];
      return env.filter(({ name }: { name: string }) => name.startsWith("KAFKA_"));
    };
    expect(variables(all)).toEqual([]);
    const quota = { produce: "2Mi" };
    const kafka = { brokers: 4, zookeepers: 3, storage: "10Gi", zookeeperStorage: "1Gi", quota };
    const withKafka = await registrations((cluster) => {
      new Platform("platform", { ...settings, kafka, cluster, images }, { providers: [cluster.provider] });
    });
    expect(variables(withKafka)).toEqual([
      { name: "KAFKA_BOOTSTRAP", value: "kafka-bootstrap.baas-platform.svc:9093" },
      { name: "KAFKA_PRODUCE_QUOTA", value: String(2 * 1024 * 1024) },
    ]);
    const { egress } = one(withKafka, "networking.k8s.io/v1:NetworkPolicy", "baas-controller").spec;
    expect(egress.map(({ ports }: any) => ports)).toContainEqual([{ protocol: "TCP", port: 9093 }]);
    expect(one(withKafka, "baas.io/v1alpha1:Identity", "baas-controller-kafka").spec).toMatchObject({
      ...{ issuer: "kafka", enrolmentId: "baas-controller.baas-platform" },
    });
  });

  it("tells the controller of a Kafka of the user's, and lets it reach the ports there", async () => {
    const externalKafka = {
      bootstrap: ["one.example.com:9093", "two.example.com:9094"],
      ...{ version: "3.9.2", rootCertificates: "the roots", secret: "kafka-admin", quota: { fetch: "1Ki" } },
    };
    const withKafka = await registrations((cluster) => {
      new Platform("platform", { ...settings, externalKafka, cluster, images }, { providers: [cluster.provider] });
    });
    const { env } = one(withKafka, "apps/v1:Deployment", "baas-controller").spec.template.spec.containers[0];
    expect(env.filter(({ name }: { name: string }) => name.startsWith("KAFKA_"))).toEqual([
      { name: "KAFKA_BOOTSTRAP", value: "one.example.com:9093,two.example.com:9094" },
      { name: "KAFKA_SECRET", value: "kafka-admin" },
      { name: "KAFKA_ROOTS", value: "the roots" },
      { name: "KAFKA_FETCH_QUOTA", value: "1024" },
    ]);
    const { egress } = one(withKafka, "networking.k8s.io/v1:NetworkPolicy", "baas-controller").spec;
    expect(egress).toContainEqual({ ports: [9093, 9094].map((port) => ({ protocol: "TCP", port })) });
    expect(names(withKafka, "apps/v1:StatefulSet")).toEqual(["platform-ca"]);
  });

  const prometheus = {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "baas-platform" } },
    podSelector: { matchLabels: { "app.kubernetes.io/part-of": "baas", "app.kubernetes.io/component": "prometheus" } },
  };

  it("lets only its Prometheus, and the monitoring that it names, read the controller's metrics", async () => {
    const watched = await registrations((cluster) => {
      const args = { ...settings, monitoringNamespace: "monitoring", cluster, images };
      new Platform("platform", args, { providers: [cluster.provider] });
    });
    expect(one(watched, "networking.k8s.io/v1:NetworkPolicy", "baas-controller").spec.ingress).toEqual([
      {
        from: [prometheus, { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }],
        ports: [{ protocol: "TCP", port: 8080 }],
      },
    ]);
  });

  it("denies all other traffic to the controller", () => {
    expect(one(all, "networking.k8s.io/v1:NetworkPolicy", "baas-controller").spec.ingress).toEqual([
      { from: [prometheus], ports: [{ protocol: "TCP", port: 8080 }] },
    ]);
    expect(names(all, "core/v1:Service").filter((name) => name.includes("controller"))).toEqual([]);
  });

  it("has a CA of its own, whose volume outlives it, and which the controller knows and restarts", () => {
    const { spec } = one(all, "apps/v1:StatefulSet", "platform-ca");
    expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: "Retain", whenScaled: "Retain" });
    expect(spec.template.spec.initContainers[0].env).toContainEqual({ name: "ENROL_CA_SCOPE", value: "platform" });
    expect(one(all, "baas.io/v1alpha1:CertificateAuthority", "platform-ca").spec).toEqual({
      ...{ organization: "platform", domain: "platform-local", scope: "platform" },
      url: "https://platform-ca.baas-platform.svc:7054",
    });
    const [node] = one(all, "baas.io/v1alpha1:Rollout", "nodes").spec.nodes;
    expect(node).toMatchObject({ name: "platform-ca", role: "certificate-authority", organization: "platform" });
    const { subjects, roleRef } = one(all, "rbac.authorization.k8s.io/v1:RoleBinding", "baas-controller-network");
    expect(roleRef.name).toBe("baas-controller-network");
    expect(subjects).toEqual([{ kind: "ServiceAccount", name: "baas-controller", namespace: "baas-platform" }]);
  });

  it("lets those reach its CA who enrol there, and the controller", async () => {
    const to = (found: Registered[]) => {
      const { ingress } = one(found, "networking.k8s.io/v1:NetworkPolicy", "platform-ca").spec;
      return ingress.flatMap(({ from, ports: [{ port }] }: any) =>
        from.map(({ namespaceSelector, podSelector }: any) => {
          const where =
            namespaceSelector?.matchExpressions?.[0].key ?? Object.values(namespaceSelector?.matchLabels ?? {})[0];
          return `${podSelector?.matchLabels["app.kubernetes.io/component"]} of ${where} to ${port}`;
        }),
      );
    };
    const usual = [
      "controller of undefined to 7054",
      "kafka of undefined to 7054",
      "zookeeper of undefined to 7054",
      "prometheus of undefined to 7054",
      "alertmanager of undefined to 7054",
      "grafana of undefined to 7054",
      "orderer of baas.io/network to 7054",
    ];
    const metrics = "prometheus of baas-platform to 9443";
    expect(to(all)).toEqual([...usual, metrics]);
    const watched = await registrations((cluster) => {
      const args = { ...settings, monitoringNamespace: "monitoring", cluster, images };
      new Platform("platform", args, { providers: [cluster.provider] });
    });
    expect(to(watched)).toEqual([
      ...usual,
      "undefined of monitoring to 7054",
      metrics,
      "undefined of monitoring to 9443",
    ]);
    expect(one(watched, "baas.io/v1alpha1:Identity", "monitoring").spec).toEqual({
      ...{ certificateAuthority: "platform-ca", issuer: "operations", type: "client" },
      enrolmentId: "monitoring.baas-platform",
    });
  });

  it("registers no Secret", () => {
    expect(names(all, "core/v1:Secret")).toEqual([]);
  });
});
