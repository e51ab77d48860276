import { describe, expect, it } from "vitest";

import { ownArchitecture, programKind } from "./elf";

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
