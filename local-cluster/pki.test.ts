import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { describe, expect, it } from "vitest";

import { describeInstance, firstNodes, linkAt } from "./instance";
import { certificateFiles, pkiDirectory, planCertificates } from "./pki";

const instance = describeInstance("local", "/somewhere/baas");
const link = linkAt(0);

describe("the certificates", () => {
  const { certificates } = planCertificates(instance, link);

  it("make nobody but the user an administrator", () => {
    const administrators = certificates.filter(({ organizations }) => organizations.includes("system:masters"));
    expect(administrators.map(({ name }) => name)).toEqual(["admin"]);
  });

  it("let no Kubernetes certificate into etcd", () => {
    const etcd = certificates.filter(({ authority }) => authority === "etcd-ca");
    expect(etcd.map(({ name }) => name)).toEqual(["etcd", "etcd-client"]);
  });

  it("name the API server by the address that the host reaches it at", () => {
    expect(certificates.find(({ name }) => name === "apiserver")?.addresses).toContain(link.nodeAddress);
  });

  it("give each kubelet an identity and an address of its own", () => {
    const nodes = firstNodes(instance, 3);
    const kubelets = planCertificates(instance, link, nodes).certificates.filter(({ name }) =>
      name.includes("kubelet"),
    );
    expect(kubelets.map(({ name, commonName, addresses }) => [name, commonName, addresses[0]])).toEqual([
      ["kubelet-server", "kubelet-server", "10.213.0.2"],
      ["kubelet", "system:node:baas-local", undefined],
      ["kubelet-server-2", "kubelet-server-2", "10.213.0.3"],
      ["kubelet-2", "system:node:baas-local-2", undefined],
      ["kubelet-server-3", "kubelet-server-3", "10.213.0.4"],
      ["kubelet-3", "system:node:baas-local-3", undefined],
      ["apiserver-kubelet-client", "baas:apiserver", undefined],
    ]);
  });

  it("of a new node do not concern the processes of the others", () => {
    const clone = mkdtempSync(join(tmpdir(), "baas-clone-"));
    const own = describeInstance("local", clone);
    mkdirSync(pkiDirectory(own), { recursive: true });
    const names = ["ca.crt", "kubelet.crt", "kubelet-2.crt", "kubelet-server-3.crt", "ca.key", "service-accounts.pub"];
    for (const name of names) writeFileSync(join(pkiDirectory(own), name), "");
    const filesOf = (ordinal: number) =>
      certificateFiles(own, firstNodes(own, 3)[ordinal - 1]).map((file) => basename(file));
    expect(filesOf(1).sort()).toEqual(["ca.crt", "kubelet.crt", "service-accounts.pub"]);
    expect(filesOf(2).sort()).toEqual(["ca.crt", "kubelet-2.crt", "kubelet.crt", "service-accounts.pub"]);
    rmSync(clone, { recursive: true });
  });
});
