import { describe, expect, it } from "vitest";

import { hierarchies } from "./cgroups";

describe("what the system tells", () => {
  it("is read from the table of mounts", () => {
    const table =
      "30 24 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n" +
      "31 24 0:27 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n" +
      "32 1 8:1 / / rw - ext4 /dev/sda rw";
    expect(hierarchies(table)).toEqual([
      { mountPoint: "/sys/fs/cgroup/memory", unified: false },
      { mountPoint: "/sys/fs/cgroup/unified", unified: true },
    ]);
  });
});
