import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  cacheDirectory,
  chooseLink,
  describeInstance,
  firstNodes,
  furtherNode,
  type Instance,
  linkAt,
  maximumNodes,
  nodeAddress,
  nodesOf,
} from "./instance";
import { LocalError } from "./localError";

describe("an instance", () => {
  it("is told apart from those of other clones and other names", () => {
    const ids = [
      describeInstance("local", "/a/baas"),
      describeInstance("local", "/b/baas"),
      describeInstance("other", "/a/baas"),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
  });

  it("keeps names that the kernel limits short, however long the clone's path is", () => {
    const instance = describeInstance("a".repeat(32), `/${"long/".repeat(60)}`);
    expect(instance.link.length).toBeLessThanOrEqual(15);
    expect(`${instance.nodeDir}/kubelet/device-plugins/kubelet.sock`.length).toBeLessThan(108);
  });

  it("has a context named after it", () => {
    expect(describeInstance().context).toBe("baas-local");
    expect(describeInstance("tests").context).toBe("baas-local-tests");
  });

  it.each(["", "Local", "a b", "../x", "-a", "a-", "a".repeat(33)])("cannot be named %j", (name) => {
    expect(() => describeInstance(name, "/a")).toThrow(LocalError);
  });

  it("keeps its builds where the user keeps caches", () => {
    expect(cacheDirectory({ XDG_CACHE_HOME: "/cache" })).toBe("/cache/baas");
    expect(cacheDirectory({ HOME: "/home/me" })).toBe("/home/me/.cache/baas");
    expect(cacheDirectory({})).toMatch(/^\/.*\/\.cache\/baas$/);
    expect(() => cacheDirectory({ HOME: "" })).toThrow(/HOME is empty.*\n {2}-> Set HOME, or set XDG_CACHE_HOME/);
  });
});

describe("the nodes of an instance", () => {
  let clone: string;
  let instance: Instance;
  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), "baas-clone-"));
    instance = { ...describeInstance("local", clone), runtimeDir: join(clone, "run/baas-1") };
  });
  afterEach(() => rmSync(clone, { recursive: true }));

  it("share nothing that belongs to one of them", () => {
    const nodes = firstNodes(instance, 5);
    for (const field of ["nodeName", "filesDir", "runtimeDir", "dataDir", "nodeDir", "cgroup"] as const) {
      expect(new Set(nodes.map((node) => node[field])).size).toBe(5);
    }
    expect(new Set(nodes.map((node) => nodeAddress(linkAt(8191), node))).size).toBe(maximumNodes);
  });

  it("have addresses in the link's subnet, which ends with its broadcast address", () => {
    expect(nodeAddress(linkAt(33), { ordinal: 1 })).toBe("10.213.1.10");
    expect(nodeAddress(linkAt(33), { ordinal: maximumNodes })).toBe("10.213.1.14");
  });

  it("are found by their data, or by their sockets where the data is lost", () => {
    expect(nodesOf(instance)).toEqual([instance]);
    mkdirSync(furtherNode(instance, 2).dataDir, { recursive: true });
    expect(nodesOf(instance).map(({ ordinal }) => ordinal)).toEqual([1, 2]);
    mkdirSync(furtherNode(instance, 3).runtimeDir, { recursive: true });
    mkdirSync(join(clone, "run/baas-12-4"), { recursive: true });
    expect(nodesOf(instance).map(({ ordinal }) => ordinal)).toEqual([1, 2, 3]);
  });
});

describe("the link between host and node", () => {
  it("is a subnet of eight addresses", () => {
    expect(linkAt(0)).toEqual({ hostAddress: "10.213.0.1", nodeAddress: "10.213.0.2", prefixLength: 29 });
    expect(linkAt(33)).toEqual({ hostAddress: "10.213.1.9", nodeAddress: "10.213.1.10", prefixLength: 29 });
    expect(linkAt(8191).nodeAddress).toBe("10.213.255.250");
    expect(linkAt(8192)).toEqual(linkAt(0));
  });

  it("stays the same for an instance, and moves on when that subnet is taken", () => {
    expect(chooseLink("000005", [])).toEqual(linkAt(5));
    expect(chooseLink("000005", ["10.213.0.40/29", "10.213.0.51/32"])).toEqual(linkAt(7));
    expect(
      chooseLink(
        "000005",
        ["10.0.0.0/8"].filter(() => false),
      ),
    ).toEqual(linkAt(5));
  });

  it("is refused with a remedy when the whole range is taken", () => {
    expect(() => chooseLink("000005", ["10.0.0.0/8"])).toThrow(/10\.213\.0\.0\/16.*VPN/s);
  });
});
