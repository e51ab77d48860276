import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { ownJava } from "./javaRuntime";

const work = mkdtempSync(join(tmpdir(), "java-"));
afterAll(() => rmSync(work, { recursive: true }));

function java(version: string): string {
  const home = join(work, version);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "release"), `IMPLEMENTOR="Debian"\nJAVA_VERSION="${version}"\n`);
  return home;
}

describe("the Java of this machine", () => {
  it("is the first one that is new enough", () => {
    expect(ownJava([java("17.0.15"), join(work, "none"), java("25.0.3"), java("26")])).toBe(join(work, "25.0.3"));
  });

  it("is missed with what there is instead", () => {
    expect(() => ownJava([java("17.0.15")])).toThrow(
      `Besu runs on Java 25 or newer, and there is only 17 in ${join(work, "17.0.15")} here.`,
    );
    expect(() => ownJava([])).toThrow("Besu runs on Java 25 or newer, and there is none here.");
  });
});
