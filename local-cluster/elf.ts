/** Determines the platform of a program file, so that a program for another platform is refused before it runs. */

const architectures: Record<number, string> = {
  0x03: "386",
  0x28: "arm",
  0x3e: "amd64",
  0xb7: "arm64",
  0xf3: "riscv64",
};

/** What kind of program a file is, by its first bytes. */
export type ProgramKind =
  | { format: "elf"; architecture: string }
  | { format: "mach-o" | "windows" | "script" | "unknown"; architecture?: undefined };

/**
 * Tells for which system and architecture a program was built.
 *
 * @param head - the first 20 bytes of the file, or more
 * @returns the architecture by Go's names (`amd64`, `arm64`)
 */
export function programKind(head: Buffer): ProgramKind {
  if (head.length >= 20 && head.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1"))) {
    // Byte 5 has the byte order of the machine's number.
    const machine = head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18);
    return { format: "elf", architecture: architectures[machine] ?? `machine ${machine}` };
  }
  const magic = head.length >= 4 ? head.readUInt32LE(0) : 0;
  if ([0xfeedfacf, 0xfeedface, 0xbebafeca, 0xcafebabe].includes(magic)) return { format: "mach-o" };
  if (head.subarray(0, 2).toString("latin1") === "MZ") return { format: "windows" };
  if (head.subarray(0, 2).toString("latin1") === "#!") return { format: "script" };
  return { format: "unknown" };
}

/** This machine's architecture by Go's names. */
export function ownArchitecture(): string {
  return process.arch === "x64" ? "amd64" : process.arch;
}
