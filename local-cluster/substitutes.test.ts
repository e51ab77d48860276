import { describe, expect, it } from "vitest";

import { hasSubstitute, nodeMajorOf, registrySettings, upstreamVersionIn } from "./substitutes";

describe("the images that a Dockerfile builds on", () => {
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
});

describe("code-server from npm", () => {
  it("stands in for a release, and for nothing else", () => {
    expect(hasSubstitute("codercom/code-server:4.139.1")).toBe(true);
    expect(hasSubstitute("docker.io/codercom/code-server:latest")).toBe(false);
    expect(hasSubstitute("example.com/code-server:4.139.1")).toBe(false);
  });
});

describe("the distribution's package", () => {
  it.each([
    ...["haproxy:3.2.21", "docker.io/haproxy:lts", "docker.io/library/haproxy:3.2.21-alpine"],
    "docker.io/prom/alertmanager:v0.35.0",
  ])("stands in for %s", (reference) => expect(hasSubstitute(reference)).toBe(true));

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
