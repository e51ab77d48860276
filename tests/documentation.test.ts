import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { load } from "js-yaml";
import { describe, expect, it } from "vitest";

import { commandLine } from "../cli/commands";
import { usualMethods } from "../model/contracts/jsonRpc";
import { networkSchema } from "../model/stackFile/schema";

const root = join(__dirname, "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const documents = globSync(["*.md", "docs/*.md", "{fabric,client}/*.md"], { cwd: root }).sort();
const commands = commandLine("").commands.map((command) => command.name());

/** The anchor of a heading on GitHub. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

function anchors(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading!));
}

describe.each(documents)("%s", (file) => {
  const text = read(file);

  it("links to what is there", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link]) => link!);
    const broken = links.filter((link) => {
      const [path, heading] = link.split("#");
      const target = path === "" ? file : join(dirname(file), path!);
      if (!existsSync(join(root, target))) return true;
      return heading !== undefined && !anchors(target).includes(heading);
    });
    expect(broken).toEqual([]);
  });

  it("names commands that there are", () => {
    const named = [...text.matchAll(/\.\/baas ([a-z][\w-]*)/g)].map(([, command]) => command!);
    expect(named.filter((command) => !commands.includes(command))).toEqual([]);
  });
});

it("the page on JSON-RPC names what clients may call", () => {
  const page = read("docs/ethereum-json-rpc.md");
  expect(usualMethods.filter((method) => !page.includes(`\`${method}\``))).toEqual([]);
});

it("the README is short, and its stack file is a network", () => {
  expect(read("README.md").split("\n").length).toBeLessThanOrEqual(140);
  const example = /```yaml\n(config:\n.*?)```/s.exec(read("README.md"))![1]!;
  const network = (load(example) as any).config["baas:network"];
  expect(networkSchema.parse(network)).toMatchObject({ domain: "dev.example.com", environment: "local" });
});
