import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { imageConfiguration, normalizeReference, withArchive } from "./imageStore";
import { run } from "./run";

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

describe("an image made of layers", () => {
  it("is the same whenever it is made, and tells of each layer", () => {
    const configuration = imageConfiguration({ Cmd: ["peer"] }, ["aa", "bb"]);
    expect(configuration).toEqual(imageConfiguration({ Cmd: ["peer"] }, ["aa", "bb"]));
    expect(configuration).toMatchObject({ rootfs: { diff_ids: ["sha256:aa", "sha256:bb"] } });
    expect((configuration as { history: unknown[] }).history).toHaveLength(2);
  });

  it("is written without touching the layer, which others may read meanwhile", async () => {
    const directory = mkdtempSync(join(tmpdir(), "baas-layers-"));
    const layer = join(directory, "base.tar");
    writeFileSync(layer, "a layer");
    const before = statSync(layer).ctimeMs;
    const image = { reference: "one", layers: [layer], configuration: {} };
    const text = await withArchive([image], (archive) => run("tar", ["-xOf", archive, "--wildcards", "*/layer.tar"]));
    expect(text).toBe("a layer");
    expect(statSync(layer).ctimeMs).toBe(before);
    rmSync(directory, { recursive: true });
  });
});
