import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { contextFiles, contextHash } from "./contextHash";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baas-context-"));
  write("Dockerfile", "FROM scratch\nCOPY . .\n");
  write("src/main.ts", "main();\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, content = ""): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), content);
}

describe("what an image is built from whose Dockerfile copies the whole context", () => {
  it("changes with the content, the name and the executable bit of a file, and with nothing else", () => {
    const seen = new Set([contextHash(folder)]);
    write("src/main.ts", "main(1);\n");
    seen.add(contextHash(folder));
    write("src/more.ts");
    seen.add(contextHash(folder));
    chmodSync(join(folder, "src", "more.ts"), 0o755);
    seen.add(contextHash(folder));
    expect(seen.size).toBe(4);
    const before = contextHash(folder);
    write("src/main.ts", "main(1);\n");
    expect(contextHash(folder)).toBe(before);
  });

  it("leaves out what .dockerignore excludes, and node_modules", () => {
    write("node_modules/left/pad.js");
    write("src/main.test.ts");
    write(".dockerignore", "**/*.test.ts\n");
    expect(contextFiles(folder)).toEqual([".dockerignore", "Dockerfile", "src/main.ts"]);
  });

  it("keeps to an allow list, but for the Dockerfile, which a build always sees", () => {
    write(".dockerignore", "*\n!src\n");
    expect(contextFiles(folder)).toEqual(["Dockerfile", "src/main.ts"]);
  });

  it("sees a Dockerfile in a folder of the context, and walks no ignored folder that holds nothing of the build", () => {
    write("services/one/Dockerfile", "FROM scratch\nCOPY . .\n");
    for (const name of ["more.ts", "other.ts"]) write(`services/one/${name}`);
    write(".dockerignore", "*\n!src\n!services/one/more.ts\n");
    const files = ["services/one/Dockerfile", "services/one/more.ts", "src/main.ts"];
    expect(contextFiles(folder, "services/one/Dockerfile")).toEqual(files);
    const before = contextHash(folder, "services/one/Dockerfile");
    write("services/one/other.ts", "other();");
    expect(contextHash(folder, "services/one/Dockerfile")).toBe(before);
  });
});

describe("what an image is built from whose Dockerfile copies a part of the context", () => {
  /** Files that an image is built from, but for its Dockerfile, which is elsewhere in the context. */
  function takenBy(...lines: string[]): string[] {
    write("build/Dockerfile", ["FROM scratch", ...lines, ""].join("\n"));
    return contextFiles(folder, "build/Dockerfile").filter((file) => file !== "build/Dockerfile");
  }

  const everything = [
    "Dockerfile",
    "README.md",
    "lib/a.json",
    "lib/b.ts",
    "lib/deep/c.ts",
    "package.json",
    "src/main.ts",
  ];
  beforeEach(() => everything.filter((file) => !/^(Dockerfile|src)/.test(file)).forEach((file) => write(file)));

  it("changes with a file that is copied, with the Dockerfile, and with no other file", () => {
    takenBy("COPY src ./src");
    const hash = () => contextHash(folder, "build/Dockerfile");
    const before = hash();
    write("README.md", "read me");
    write("lib/b.ts", "b();");
    write("added.ts");
    expect(hash()).toBe(before);
    write("src/main.ts", "main(1);\n");
    const after = hash();
    expect(after).not.toBe(before);
    write("src/added.ts");
    expect(hash()).not.toBe(after);
    rmSync(join(folder, "src", "added.ts"));
    expect(hash()).toBe(after);
    takenBy("COPY src ./source");
    expect(hash()).not.toBe(after);
  });

  it.each([
    ["a file", "COPY package.json ./", ["package.json"]],
    ["several", "COPY package.json src/main.ts ./", ["package.json", "src/main.ts"]],
    ["a folder with all that is in it", "COPY lib/ /lib/", ["lib/a.json", "lib/b.ts", "lib/deep/c.ts"]],
    ["files by a pattern, which goes into no folder", "COPY lib/*.ts ./", ["lib/b.ts"]],
    ["folders by a pattern", "COPY l?b/d* ./", ["lib/deep/c.ts"]],
    ["what ADD takes", "ADD lib/a.json ./", ["lib/a.json"]],
    ["a path from the root of the context", "COPY /lib/../lib/./a.json ./", ["lib/a.json"]],
  ])("is %s", (_, line, files) => {
    expect(takenBy(line)).toEqual(files);
  });

  it("leaves out what .dockerignore excludes", () => {
    write("lib/b.test.ts");
    write(".dockerignore", "**/*.test.ts\n**/deep\n");
    expect(takenBy("COPY lib ./lib")).toEqual(["lib/a.json", "lib/b.ts"]);
  });

  it("is the Dockerfile alone if all is copied from other images", () => {
    expect(takenBy("COPY --from=build /src/dist /app")).toEqual([]);
  });

  it.each([
    ["what is copied is not known", "COPY $FOLDER ./"],
    ["the whole context is copied with another file", "COPY package.json ./\nCOPY ./ /src/"],
    ["a file that is copied is not there", "COPY package.json missing.json ./"],
    ["a folder that is copied is spelled in other letters", "COPY package.json SRC ./"],
  ])("is the whole context where %s", (_, lines) => {
    expect(takenBy(lines)).toEqual(everything);
  });

  it("is the whole context where a link is copied, which is followed, or a file behind one", () => {
    symlinkSync("lib", join(folder, "link"));
    for (const line of ["COPY link ./lib", "COPY link/a.json ./"]) {
      expect(takenBy(line)).toEqual([...everything.slice(0, 5), "link", ...everything.slice(5)]);
    }
  });
});
