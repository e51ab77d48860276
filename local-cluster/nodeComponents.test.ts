import { describe, expect, it } from "vitest";

import { builtBinaries } from "./binaries";
import { describeInstance, furtherNode, linkAt } from "./instance";
import { type ComponentName, componentNames, describeComponent, type NodeContext } from "./nodeComponents";

const instance = describeInstance("local", "/somewhere/baas");
const context: NodeContext = {
  instance,
  node: instance,
  link: linkAt(0),
  binaries: builtBinaries(),
  packages: { root: "/prefix", env: {}, program: (name) => `/prefix/${name}`, file: (file) => `/prefix${file}` },
};

describe("the components", () => {
  const flags = (name: ComponentName, at = context) => describeComponent(name, at).argv.slice(1);
  const allText = (at: NodeContext) =>
    JSON.stringify(componentNames(at.node).map((name) => describeComponent(name, at)));

  it("authorize by node and role, and check what nodes change", () => {
    expect(flags("kube-apiserver")).toContain("--authorization-mode=Node,RBAC");
    expect(flags("kube-apiserver")).toContain("--enable-admission-plugins=NodeRestriction");
    expect(flags("kube-apiserver").join(" ")).not.toContain("anonymous-auth=true");
  });

  it("reach etcd by TLS with a certificate of its own authority", () => {
    expect(flags("etcd")).toContain("--client-cert-auth=true");
    expect(flags("kube-apiserver").filter((flag) => flag.startsWith("--etcd"))).toEqual([
      "--etcd-servers=https://127.0.0.1:2379",
      "--etcd-cafile=/somewhere/baas/.baas/local/local/pki/etcd-ca.crt",
      "--etcd-certfile=/somewhere/baas/.baas/local/local/pki/etcd-client.crt",
      "--etcd-keyfile=/somewhere/baas/.baas/local/local/pki/etcd-client.key",
    ]);
  });

  it("keep their sockets and data apart from those of any other instance", () => {
    const text = allText(context);
    expect(text).not.toMatch(/\/run\/containerd|\/var\/lib|\/etc\/cni|\/opt\/cni/);
    expect(text).toContain(instance.runtimeDir);
  });

  it("do not collect images, which could not be pulled again", () => {
    const { files } = describeComponent("kubelet", context);
    expect(Object.values(files).join()).toContain('"imageGCHighThresholdPercent": 100');
  });

  it("of a further node have its name, address and zone, and nothing of the first node's own", () => {
    const node = furtherNode(instance, 3);
    const further = { ...context, node };
    expect(componentNames(node)).toEqual(["containerd", "kubelet", "kube-proxy", "networkpolicy", "volumes"]);
    expect(flags("kubelet", further)).toEqual(
      expect.arrayContaining([
        "--hostname-override=baas-local-3",
        "--node-labels=topology.kubernetes.io/zone=zone-3",
        "--node-ip=10.213.0.4",
      ]),
    );
    expect(flags("volumes", further)).toContain("--node=baas-local-3");
    const text = allText(further);
    expect(text).toContain("10.244.2.0/24");
    expect(text).not.toContain(`${instance.runtimeDir}/`);
    expect(text).not.toContain(`${instance.stateDir}/config`);
    expect(text).not.toMatch(/pki\/kubelet-server\.(crt|key)/);
  });
});
