import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { contextFiles, contextHash } from "./contextHash";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baas-context-"));
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
  writeFileSync(join(folder, "src", "main.ts"), "main();\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

it("changes with the content, the name and the executable bit of a file, and with nothing else", () => {
  const seen = new Set([contextHash(folder)]);
  writeFileSync(join(folder, "src", "main.ts"), "main(1);\n");
  seen.add(contextHash(folder));
  writeFileSync(join(folder, "src", "more.ts"), "");
  seen.add(contextHash(folder));
  chmodSync(join(folder, "src", "more.ts"), 0o755);
  seen.add(contextHash(folder));
  expect(seen.size).toBe(4);
  const before = contextHash(folder);
  writeFileSync(join(folder, "src", "main.ts"), "main(1);\n");
  expect(contextHash(folder)).toBe(before);
});

it("leaves out what .dockerignore excludes, and node_modules", () => {
  mkdirSync(join(folder, "node_modules", "left"), { recursive: true });
  writeFileSync(join(folder, "node_modules", "left", "pad.js"), "");
  writeFileSync(join(folder, "src", "main.test.ts"), "");
  writeFileSync(join(folder, ".dockerignore"), "**/*.test.ts\n");
  expect(contextFiles(folder)).toEqual([".dockerignore", "Dockerfile", "src/main.ts"]);
});

it("keeps to an allow list, but for the Dockerfile, which a build always sees", () => {
  writeFileSync(join(folder, ".dockerignore"), "*\n!src\n");
  expect(contextFiles(folder)).toEqual(["Dockerfile", "src/main.ts"]);
});

it("sees a Dockerfile in a folder of the context, and walks no ignored folder that holds nothing of the build", () => {
  mkdirSync(join(folder, "services", "one"), { recursive: true });
  for (const name of ["Dockerfile", "more.ts", "other.ts"]) writeFileSync(join(folder, "services", "one", name), "");
  writeFileSync(join(folder, ".dockerignore"), "*\n!src\n!services/one/more.ts\n");
  const files = ["services/one/Dockerfile", "services/one/more.ts", "src/main.ts"];
  expect(contextFiles(folder, "services/one/Dockerfile")).toEqual(files);
  const before = contextHash(folder, "services/one/Dockerfile");
  writeFileSync(join(folder, "services", "one", "other.ts"), "other();");
  expect(contextHash(folder, "services/one/Dockerfile")).toBe(before);
});
