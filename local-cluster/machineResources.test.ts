import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { requireDiskSpace, requireWritable } from "./machineResources";

describe("a full disk", () => {
  it("is refused with what is free and what is needed, also where the directory is not made yet", async () => {
    await expect(requireDiskSpace("/tmp/not/there/yet", 1e9, "a test")).rejects.toThrow(
      /GiB free; a test needs 1000000000/,
    );
    await expect(requireDiskSpace("/tmp", 0, "a test")).resolves.toBeUndefined();
  });
});

describe("a directory", () => {
  it("can be written where it is not made yet, but not in the place of a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "baas-writable-"));
    try {
      expect(requireWritable(join(folder, "not/there/yet"))).toBe(folder);
      const file = join(folder, "file");
      writeFileSync(file, "");
      const refused = `Nothing can be written in ${file}/baas: ENOTDIR`;
      expect(() => requireWritable(`${file}/baas`)).toThrow(refused);
      expect(() => requireWritable(`${file}/baas`)).toThrow(
        `-> Make ${file} a writable folder, or point XDG_CACHE_HOME`,
      );
      await expect(requireDiskSpace(`${file}/baas`, 0, "a test")).rejects.toThrow(refused);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
