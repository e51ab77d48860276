import { describe, expect, it } from "vitest";

import { packagesToFetch, parseOsRelease } from "./debianPackages";

describe("what the system tells", () => {
  it("is read from /etc/os-release", () => {
    const text = 'PRETTY_NAME="X"\nID=ubuntu\nID_LIKE="debian other"\nVERSION_CODENAME=noble\n';
    expect(parseOsRelease(text)).toEqual({ id: "ubuntu", codename: "noble", like: ["debian", "other"] });
    expect(parseOsRelease("")).toEqual({ id: "", codename: "", like: [""] });
  });

  it("is read from apt's simulation, but never the C library", () => {
    const simulation = [
      "Reading package lists...",
      "Inst libip4tc2:amd64 (1.8.9-2 Debian:12/stable [amd64])",
      "Inst libc6 [2.36-9] (2.36-10 Debian:12/stable [amd64])",
      "Inst runc [1.0] (1.1.5+ds1-1+b5 Debian:12/stable [amd64])",
      "Conf runc (1.1.5+ds1-1+b5 Debian:12/stable [amd64])",
    ].join("\n");
    expect(packagesToFetch(simulation)).toEqual(["libip4tc2=1.8.9-2", "runc=1.1.5+ds1-1+b5"]);
  });
});
