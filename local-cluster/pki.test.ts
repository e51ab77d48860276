import { describe, expect, it } from "vitest";

import { describeInstance, linkAt } from "./instance";
import { planCertificates } from "./pki";

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
});
