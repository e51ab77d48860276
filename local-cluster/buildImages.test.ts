import { describe, expect, it } from "vitest";

import { distributionSources } from "./baseImages";
import { baseReferences } from "./dockerfile";
import { ownArchitecture, programKind } from "./elf";
import { imageConfiguration, normalizeReference } from "./imageStore";
import { recipesFor, versionIn } from "./releaseArchive";
import { hasSubstitute, nodeMajorOf, registrySettings, upstreamVersionIn } from "./substitutes";

describe("an image reference", () => {
  it.each([
    ["busybox", "docker.io/library/busybox:latest"],
    ["hyperledger/fabric-peer:2.5", "docker.io/hyperledger/fabric-peer:2.5"],
    ["docker.io/busybox:1", "docker.io/library/busybox:1"],
    ["localhost/a:1", "localhost/a:1"],
    ["registry.example.com:5000/a/b", "registry.example.com:5000/a/b:latest"],
    [`example.com/a@sha256:${"0".repeat(64)}`, `example.com/a@sha256:${"0".repeat(64)}`],
  ])("%s is in full %s", (short, full) => expect(normalizeReference(short)).toBe(full));

  it.each(["", "a b", "-x", "a@sha256:12"])("is not %j", (text) =>
    expect(() => normalizeReference(text)).toThrow(/not an image/),
  );
});

describe("the images that a Dockerfile builds on", () => {
  it("are those of FROM and COPY --from, without its own stages", () => {
    const dockerfile = `
      ARG VERSION=20
      FROM --platform=linux/amd64 node:\${VERSION}-bookworm-slim AS Build
      COPY --from=docker.io/some/tool:1 /tool /tool
      FROM build AS second
      COPY --from=0 /a /b
      FROM scratch
      COPY --chown=1:1 --from=Build /c /d`;
    expect(baseReferences(dockerfile)).toEqual(["node:20-bookworm-slim", "docker.io/some/tool:1"]);
  });

  it("may have defaults in place of build arguments", () => {
    expect(baseReferences("ARG TAG\nFROM node:${TAG:-20}")).toEqual(["node:20"]);
  });

  it("are replaced only where this machine has the same", () => {
    expect(nodeMajorOf("docker.io/library/node:20-bookworm-slim")).toBe(20);
    expect(nodeMajorOf("node:22")).toBe(22);
    expect(nodeMajorOf("example.com/node:20")).toBeUndefined();
    expect(nodeMajorOf("golang:1.24")).toBeUndefined();
  });

  it("never carry a registry's credentials", () => {
    expect(registrySettings({ npm_config_registry: "https://npm.example.com/" })).toHaveLength(1);
    expect(registrySettings({ npm_config_registry: "https://me:secret@npm.example.com/" })).toEqual([]);
  });

  it("come from the machine's own distribution", () => {
    const targets = [
      "http://mirror.example/debian/ bookworm main Debian",
      "http://mirror.example/debian/ bookworm main Debian",
      "http://mirror.example/debian/ bookworm-updates main Debian",
      "http://vendor.example/ stable main Vendor",
    ].join("\n");
    expect(distributionSources(targets, "bookworm")).toBe(
      "deb http://mirror.example/debian/ bookworm main\ndeb http://mirror.example/debian/ bookworm-updates main",
    );
  });
});

describe("the distribution's package", () => {
  it.each(["haproxy:3.2.21", "docker.io/haproxy:lts", "docker.io/library/haproxy:3.2.21-alpine"])(
    "stands in for %s",
    (reference) => expect(hasSubstitute(reference)).toBe(true),
  );

  it.each([
    "example.com/haproxy:3.2.21",
    "docker.io/haproxytech/haproxy:3.2.21",
    `haproxy@sha256:${"0".repeat(64)}`,
    `haproxy:3.2.21@sha256:${"0".repeat(64)}`,
  ])("does not stand in for %s", (reference) => expect(hasSubstitute(reference)).toBe(false));

  it("has the version of its upstream", () => {
    const status = [
      "Package: haproxy-doc\nStatus: install ok installed\nVersion: 1.0-1\n",
      "Package: haproxy\nStatus: install ok installed\nVersion: 2.6.12-1+deb12u4\nDepends: libc6\n",
      "Package: prometheus\nVersion: 1:2.42.0+ds-5\n",
    ].join("\n");
    expect(upstreamVersionIn(status, "haproxy")).toBe("2.6.12");
    expect(upstreamVersionIn(status, "prometheus")).toBe("2.42.0");
    expect(upstreamVersionIn(status, "nginx")).toBeUndefined();
  });
});

describe("an image made of layers", () => {
  it("is the same whenever it is made, and tells of each layer", () => {
    const configuration = imageConfiguration({ Cmd: ["peer"] }, ["aa", "bb"]);
    expect(configuration).toEqual(imageConfiguration({ Cmd: ["peer"] }, ["aa", "bb"]));
    expect(configuration).toMatchObject({ rootfs: { diff_ids: ["sha256:aa", "sha256:bb"] } });
    expect((configuration as { history: unknown[] }).history).toHaveLength(2);
  });
});

describe("a release archive", () => {
  const repositories = (entries: string[]) => recipesFor(entries).map(({ repository }) => repository.split("/").pop());

  it("of Fabric gives peer and orderer", () => {
    expect(repositories(["bin/peer", "bin/orderer", "config/core.yaml"])).toEqual(["fabric-peer", "fabric-orderer"]);
  });

  it("of Fabric CA gives the CA", () => {
    expect(repositories(["./bin/", "./bin/fabric-ca-server", "./bin/fabric-ca-client"])).toEqual(["fabric-ca"]);
  });

  it("without a node's program gives nothing", () => {
    expect(repositories(["bin/", "bin/cryptogen", "peer"])).toEqual([]);
  });

  it("is of the version that its programs say", () => {
    expect(versionIn("peer:\n Version: v2.5.16\n Commit SHA: abc\n Go version: go1.25\n")).toBe("2.5.16");
    expect(versionIn("fabric-ca-server:\n Version: 1.5.21-snapshot-1\n")).toBe("1.5.21-snapshot-1");
    expect(versionIn("fabric-ca-server:\n Version: \n Go version: go1.25")).toBeUndefined();
  });
});

describe("a program's first bytes", () => {
  const elf = (machine: number, bigEndian = false) => {
    const head = Buffer.alloc(64);
    head.write("\x7fELF", "latin1");
    head[5] = bigEndian ? 2 : 1;
    if (bigEndian) head.writeUInt16BE(machine, 18);
    else head.writeUInt16LE(machine, 18);
    return head;
  };

  it("tell its architecture", () => {
    expect(programKind(elf(0x3e))).toEqual({ format: "elf", architecture: "amd64" });
    expect(programKind(elf(0xb7))).toEqual({ format: "elf", architecture: "arm64" });
    expect(programKind(elf(0x16, true))).toEqual({ format: "elf", architecture: "machine 22" });
  });

  it("tell other systems' programs", () => {
    expect(programKind(Buffer.from("cffaedfe", "hex")).format).toBe("mach-o");
    expect(programKind(Buffer.from("MZ\0\0")).format).toBe("windows");
    expect(programKind(Buffer.from("#!/bin/sh")).format).toBe("script");
    expect(programKind(Buffer.alloc(0)).format).toBe("unknown");
  });

  it("of Node.js are this machine's architecture by Go's name", () => {
    expect(ownArchitecture()).toMatch(/^(amd64|arm64)$/);
  });
});
