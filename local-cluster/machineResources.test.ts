import { describe, expect, it } from "vitest";

import { requireDiskSpace } from "./machineResources";

describe("a full disk", () => {
  it("is refused with what is free and what is needed, also where the directory is not made yet", async () => {
    await expect(requireDiskSpace("/tmp/not/there/yet", 1e9, "a test")).rejects.toThrow(
      /GiB free; a test needs 1000000000/,
    );
    await expect(requireDiskSpace("/tmp", 0, "a test")).resolves.toBeUndefined();
  });
});
