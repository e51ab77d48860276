import { describe, expect, it } from "vitest";

import { builtBinaries } from "./binaries";
import { describeInstance, linkAt } from "./instance";
import { components, type NodeContext } from "./nodeComponents";

const instance = describeInstance("local", "/somewhere/baas");
const context: NodeContext = {
  instance,
  link: linkAt(0),
  binaries: builtBinaries(),
  packages: { root: "/prefix", env: {}, program: (name) => `/prefix/${name}`, file: (file) => `/prefix${file}` },
};

describe("the components", () => {
  const flags = (name: string) =>
    components(context)
      .find((each) => each.name === name)
      ?.argv.slice(1) ?? [];

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
    const text = JSON.stringify(components(context));
    expect(text).not.toMatch(/\/run\/containerd|\/var\/lib|\/etc\/cni|\/opt\/cni/);
    expect(text).toContain(instance.runtimeDir);
  });

  it("do not collect images, which could not be pulled again", () => {
    const kubelet = components(context).find((each) => each.name === "kubelet");
    expect(Object.values(kubelet?.files ?? {}).join()).toContain('"imageGCHighThresholdPercent": 100');
  });
});
