import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { allClaims, loadStack } from "../project/stacks";
import { TestProject } from "../testing";
import { UserError } from "../userError";
import { readProject, stackFileNotes } from "./project";
import { stackConfiguration } from "./stackConfiguration";
import { hurtful } from "./testdata/hurtfulStackFiles";
import { mistaken, noted, unreadable } from "./testdata/oddStackFiles";

let project: TestProject;
beforeAll(() => {
  project = new TestProject();
  project.environment("local");
});
afterAll(() => project.remove());

const file = () => join(project.dir, "stacks", "Pulumi.net.yaml");

/** What a user is told of the stack `net`. */
function refusal(): string {
  try {
    loadStack(project.dir, "net");
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "";
}

/** Milliseconds of computing, which other programs on the machine do not make more. */
function computing(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe("a file that could keep a command busy", () => {
  it.each(hurtful)("is refused within a second: %s", (_name, content, ...said) => {
    writeFileSync(file(), content);
    expect(computing(() => said.forEach((part) => expect(refusal()).toContain(part)))).toBeLessThan(1000);
    expect(refusal()).toContain("stacks/Pulumi.net.yaml");
    expect(refusal().length).toBeLessThan(20_000);
    // The other stacks read it, too.
    expect(computing(() => allClaims(project.dir))).toBeLessThan(1000);
  });
});

describe("a file", () => {
  it.each([...unreadable, ...mistaken])("is refused: %s", (_name, content, ...said) => {
    writeFileSync(file(), content);
    for (const part of said) expect(refusal()).toContain(part);
    expect(refusal()).toContain("stacks/Pulumi.net.yaml");
    expect(refusal()).not.toMatch(/YAMLException|Zod|Invalid input|\n\s+at |\^\n/);
  });

  it.each(noted)("is accepted, with a note where there is something to say: %s", (_name, content, ...said) => {
    writeFileSync(file(), content);
    expect(refusal()).toBe("");
    const notes = stackFileNotes(readProject(project.dir), "net");
    expect(notes).toHaveLength(said.length);
    said.forEach((part, i) => expect(notes[i]).toContain(part));
    expect(notes.join()).not.toMatch(/ghp_|123456|BEGIN/);
  });

  it.each([
    ["a folder", () => mkdirSync(file()), "is not a file, but a folder, a pipe or a device: write a file"],
    [
      "a device without an end",
      () => symlinkSync("/dev/zero", file()),
      "is not a file, but a folder, a pipe or a device",
    ],
    ["a file of the size zero without an end", () => symlinkSync("/proc/self/mem", file()), "cannot be read"],
  ])("is refused when it is %s", (_name, make, said) => {
    rmSync(file(), { recursive: true, force: true });
    make();
    expect(refusal()).toContain("stacks/Pulumi.net.yaml");
    expect(refusal()).toContain(said);
    rmSync(file(), { recursive: true, force: true });
  });
});

describe("the configuration that the Pulumi CLI gives to the program", () => {
  const read = (text: string) => stackConfiguration("baas", "net", { "baas:network": text }, "stacks/Pulumi.net.yaml");

  it.each([
    [
      "300,000 organizations",
      JSON.stringify({ organizations: Array.from({ length: 300_000 }, () => ({ name: "a" })) }),
      "baas:network.organizations: more than 10000 values",
    ],
    [
      "100,000 lists in each other",
      "[".repeat(100_000) + "]".repeat(100_000),
      "[0][0]: more than 50 levels of lists and maps in each other",
    ],
    [
      "a text of a million letters",
      JSON.stringify(["a".repeat(1_000_000)]),
      "baas:network[0]: more than 262144 characters",
    ],
  ])("is refused within a second: %s", (_name, text, said) => {
    const act = () => expect(() => read(text)).toThrow(said);
    expect(computing(act)).toBeLessThan(1000);
    expect(() => read(text)).toThrow("stacks/Pulumi.net.yaml: baas:network");
  });

  it("may be a text, which the checks refuse", () => {
    expect(read("[a")).toMatchObject({ network: "[a" });
    expect(read("")).toMatchObject({ network: null });
  });
});
