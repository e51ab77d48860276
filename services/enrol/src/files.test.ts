import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { digestOf, mountedFiles } from "./files";
import { KubeletMount } from "./testing/kubeletMount";

let mount: KubeletMount;

beforeEach(() => {
  mount = new KubeletMount(join(mkdtempSync(join(tmpdir(), "files-")), "mount"));
  mount.change({ "haproxy.cfg": "global", "routes.map": "/ a" });
});

const digest = () => digestOf([mount.path]);

describe("the digest of a mounted ConfigMap", () => {
  it("is the same when the kubelet swaps in the same files", () => {
    const before = digest();
    mount.change({});
    expect(digest()).toBe(before);
  });

  it("is that of the same files elsewhere in the directory, each counted once", () => {
    const plain = join(mount.path, "..", "plain");
    mkdirSync(plain);
    writeFileSync(join(plain, "haproxy.cfg"), "global");
    writeFileSync(join(plain, "routes.map"), "/ a");
    symlinkSync(plain, join(mount.path, "plain"));
    const linked = digestOf([join(mount.path, "plain")]);
    writeFileSync(join(plain, "..2025_11_24"), "the kubelet's");
    expect(digestOf([join(mount.path, "plain")])).toBe(linked);
  });

  it.each([
    ["content", { "haproxy.cfg": "defaults" }],
    ["added file", { "503.http": "" }],
    ["file taken away", { "routes.map": undefined }],
    ["text that moves to another file", { "haproxy.cfg": "/ a", "routes.map": "global" }],
  ])("is another with another %s", (_, change: Record<string, string | undefined>) => {
    const before = digest();
    mount.change(change);
    expect(digest()).not.toBe(before);
  });
});

it("the digest of a file follows the link to it, and of nothing is one, too", () => {
  const file = join(mount.path, "haproxy.cfg");
  const before = digestOf([file]);
  mount.change({ "routes.map": "/ b" });
  expect(digestOf([file])).toBe(before);
  mount.change({ "haproxy.cfg": "defaults" });
  expect(digestOf([file])).not.toBe(before);
  expect(digestOf(["/nowhere/at/all"])).toBe(digestOf([]));
});

it("the files of a mounted ConfigMap are those that it has, by their names", () => {
  mount.change({ "routes.map": "/ b", "503.http": "" });
  expect(mountedFiles(mount.path)).toEqual({ "haproxy.cfg": "global", "routes.map": "/ b", "503.http": "" });
});
