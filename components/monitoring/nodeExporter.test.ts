import { beforeAll, describe, expect, it } from "vitest";

import { names, one, plan, type Registered, registrations } from "../testing";
import { NodeExporter } from "./nodeExporter";

describe("the node-exporter of a platform", () => {
  let all: Registered[];
  beforeAll(async () => {
    const { pods } = plan({ organizations: [{ name: "org1" }] });
    const surroundings = { namespace: "platform", pods, ipFamilies: undefined, storageClass: undefined };
    const cluster = { retainedProvider: undefined } as any;
    all = await registrations(() => {
      new NodeExporter("node-exporter", { surroundings, size: "small", cluster, image: "exporter:v1" });
    });
  });

  it("is in a namespace of its own, which lets pods see their machine, and denies all traffic", () => {
    const { metadata } = one(all, "core/v1:Namespace", "platform-node-exporter");
    expect(metadata.labels["pod-security.kubernetes.io/enforce"]).toBe("privileged");
    expect(names(all, "networking.k8s.io/v1:NetworkPolicy").sort()).toEqual(["default-deny", "node-exporter"]);
    for (const type of ["apps/v1:DaemonSet", "core/v1:ServiceAccount", "networking.k8s.io/v1:NetworkPolicy"]) {
      expect(one(all, type, "node-exporter").metadata.namespace).toBe("platform-node-exporter");
    }
  });

  it("is reached by the platform's Prometheus alone, and reaches nobody", () => {
    const { ingress, egress } = one(all, "networking.k8s.io/v1:NetworkPolicy", "node-exporter").spec;
    expect(ingress).toEqual([
      {
        from: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "platform" } },
            podSelector: {
              matchLabels: { "app.kubernetes.io/part-of": "baas", "app.kubernetes.io/component": "prometheus" },
            },
          },
        ],
        ports: [{ protocol: "TCP", port: 9100 }],
      },
    ]);
    expect(egress).toEqual([]);
  });

  it("sees its machine's root as nobody, read-only, without capabilities and without the machine's network and processes", () => {
    const { spec } = one(all, "apps/v1:DaemonSet", "node-exporter").spec.template;
    expect(spec.securityContext).toEqual({
      runAsUser: 65534,
      runAsGroup: 65534,
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(spec).not.toHaveProperty("hostNetwork");
    expect(spec).not.toHaveProperty("hostPID");
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.volumes).toEqual([{ name: "machine", hostPath: { path: "/", type: "Directory" } }]);
    const [{ securityContext, volumeMounts, args }] = spec.containers;
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(volumeMounts).toEqual([
      { name: "machine", mountPath: "/machine", readOnly: true, mountPropagation: "HostToContainer" },
    ]);
    expect(args).toEqual(expect.arrayContaining(["--path.rootfs=/machine", "--collector.disable-defaults"]));
  });
});
