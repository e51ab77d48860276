import { describe, expect, it } from "vitest";

import { renderCaConfig } from "./caConfig";

const description = {
  organization: "org1",
  domain: "org1.trade.example.com",
  hosts: ["ca-org1", "ca-org1.dev.svc"],
  registrar: { username: "registrar", password: "p" },
};

/** The files are YAML with a comment; without it they are JSON. */
const parse = (text: string) => JSON.parse(text.replace(/^#.*\n/, ""));

describe("the configuration of a CA server", () => {
  it("makes the TLS CA the default one and the signing CA an additional one", () => {
    const { serverCa, otherCa } = renderCaConfig(description);
    expect(parse(serverCa)).toMatchObject({
      port: 7054,
      tls: { enabled: true, certfile: "tls-cert.pem" },
      cafiles: ["ca/fabric-ca-config.yaml"],
      ca: { name: "tlsca" },
    });
    expect(parse(otherCa)).toMatchObject({ ca: { name: "ca" } });
    expect(parse(otherCa)).not.toHaveProperty("port");
    expect(parse(otherCa)).not.toHaveProperty("tls");
  });

  it("gives the roots different names, 15 years, and no right to make further CAs", () => {
    const { serverCa, otherCa } = renderCaConfig(description);
    for (const [name, text] of [
      ["tlsca", serverCa],
      ["ca", otherCa],
    ] as const) {
      expect(parse(text).csr).toMatchObject({
        cn: `${name}.org1.trade.example.com`,
        keyrequest: { algo: "ecdsa", size: 256 },
        ca: { expiry: "131400h", pathlength: 0, pathlenzero: true },
      });
      expect(Object.keys(parse(text).signing.profiles)).toEqual(["tls"]);
    }
  });

  it("issues leaves for a year, any number of times, and locks nobody out", () => {
    for (const text of Object.values(renderCaConfig(description))) {
      expect(parse(text)).toMatchObject({
        registry: { maxenrollments: -1 },
        signing: { default: { expiry: "8760h" }, profiles: { tls: { expiry: "8760h" } } },
        cfg: { identities: { passwordattempts: 0 } },
        affiliations: {},
      });
    }
  });

  it("lets the registrar register every type, and neither revoke its own limits nor make a CA", () => {
    const [registrar] = parse(renderCaConfig(description).otherCa).registry.identities;
    expect(registrar).toMatchObject({ name: "registrar", pass: "p", type: "client" });
    expect(registrar.attrs["hf.Registrar.Roles"]).toBe("peer,orderer,admin,client");
    expect(registrar.attrs).not.toHaveProperty("hf.IntermediateCA");
  });

  it("makes no certificate of a server at the platform's CA operations, by whichever profile, and shows that of the metrics", () => {
    const operations = { certificate: "/ca/operations-cert.pem", key: "/ca/operations-key.pem", roots: [] };
    const { serverCa, otherCa } = renderCaConfig({ ...description, scope: "platform", operations });
    const { ca, signing, tls } = parse(serverCa);
    expect(ca.name).toBe("operations");
    // Without a purpose, it would be good for a server.
    expect(signing.default.usage).toEqual(["digital signature", "client auth"]);
    expect(signing.profiles.tls.usage).toContain("client auth");
    expect(signing.profiles.tls.usage).not.toContain("server auth");
    expect(tls).toMatchObject({ certfile: operations.certificate, keyfile: operations.key });
    expect(parse(otherCa).signing.profiles.tls.usage).toContain("server auth");
    for (const text of Object.values(renderCaConfig({ ...description, operations }))) {
      expect(parse(text).signing.profiles.tls.usage).toContain("server auth");
      expect(parse(text).signing.default.usage).toEqual(["digital signature"]);
    }
  });

  it("names the hosts once each, with the loopback ones", () => {
    const { serverCa } = renderCaConfig({ ...description, hosts: ["ca-org1", "localhost"] });
    expect(parse(serverCa).csr.hosts).toEqual(["ca-org1", "localhost", "127.0.0.1"]);
  });

  it("falls back to the organization's name when the domain is too long for a common name", () => {
    const { otherCa } = renderCaConfig({ ...description, domain: `${"a".repeat(60)}.example.com` });
    expect(parse(otherCa).csr.cn).toBe("ca.org1");
  });

  it("is the same text for the same description, and survives any password", () => {
    const password = `"'\\\n# ${"$"}{x}`;
    const twice = [1, 2].map(() => renderCaConfig({ ...description, registrar: { username: "registrar", password } }));
    expect(twice[0]).toEqual(twice[1]);
    expect(parse(twice[0]!.serverCa).registry.identities[0].pass).toBe(password);
  });
});
