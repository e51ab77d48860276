import { describe, expect, it } from "vitest";

import { recipesFor, versionIn } from "./releaseArchive";

describe("a release archive", () => {
  const repositories = (entries: string[]) => recipesFor(entries).map(({ repository }) => repository.split("/").pop());

  it("of Fabric gives peer and orderer", () => {
    expect(repositories(["bin/peer", "bin/orderer", "config/core.yaml"])).toEqual(["fabric-peer", "fabric-orderer"]);
  });

  it("of Fabric CA gives the CA", () => {
    expect(repositories(["./bin/", "./bin/fabric-ca-server", "./bin/fabric-ca-client"])).toEqual(["fabric-ca"]);
  });

  it("of Besu gives Besu, whose folder is named by its version", () => {
    expect(repositories(["besu-26.8.0/", "besu-26.8.0/bin/", "besu-26.8.0/bin/besu"])).toEqual(["besu"]);
    expect(repositories(["besu-26.8.0/bin/evmtool", "bin/besu"])).toEqual([]);
  });

  it("without a node's program gives nothing", () => {
    expect(repositories(["bin/", "bin/cryptogen", "peer"])).toEqual([]);
  });

  it("is of the version that its programs say", () => {
    expect(versionIn("peer:\n Version: v2.5.16\n Commit SHA: abc\n Go version: go1.25\n")).toBe("2.5.16");
    expect(versionIn("fabric-ca-server:\n Version: 1.5.21-snapshot-1\n")).toBe("1.5.21-snapshot-1");
    const [besu] = recipesFor(["besu-26.8.0/bin/besu"]);
    expect(versionIn("besu/v26.8.0/linux-x86_64/openjdk-java-25\n", besu!.ask!.printed)).toBe("26.8.0");
    expect(versionIn("fabric-ca-server:\n Version: \n Go version: go1.25")).toBeUndefined();
  });
});
