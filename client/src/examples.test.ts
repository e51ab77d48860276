/** The examples of the README and of the API pages, as they are read there. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import * as library from "./index.ts";
import { TestOrganization } from "./testing/testOrganization.ts";

const root = join(__dirname, "..");

/** JavaScript in a text, without what begins the lines of comments. */
function examplesIn(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8").replace(/^ *\* ?/gm, "");
  return [...text.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);
}

const files = ["README.md", ...globSync("src/**/*.ts", { cwd: root }).filter((file) => !file.endsWith(".test.ts"))];
const examples = files.flatMap((file) =>
  examplesIn(file).map((code, i): [string, string] => [`${file} ${i + 1}`, code]),
);

let organization: TestOrganization;
let before: string;
beforeEach(async () => {
  organization = await TestOrganization.start();
  organization.writeConfiguration("blockchain_client.yaml");
  before = process.cwd();
  process.chdir(organization.folder);
});
afterEach(() => {
  process.chdir(before);
  organization.close();
});

/** Runs an example as a module, with the library from here; returns what it prints. */
async function run(code: string): Promise<string[]> {
  const printed: string[] = [];
  const text = (value: unknown): string => (typeof value === "string" ? value : inspect(value));
  const output = { log: (...values: unknown[]) => void printed.push(values.map(text).join(" ")), error: () => {} };
  const load = (module: string): unknown => (module === "@baas/client" ? library : import(module));
  const body = code.replace(/^import (\{.*?\}) from "(.*?)";/gms, 'const $1 = await load("$2");');
  // Examples of methods show neither the client nor the asset that they begin with.
  const needsClient = !/const client\b/.test(code);
  const client = needsClient ? await library.connect() : undefined;
  await client?.submit("CreateAsset", ["asset1", "alice"]);
  const names = ["load", "console", ...(needsClient ? ["client"] : [])];
  const example = new AsyncFunction(...names, body);
  try {
    await example(load, output, client);
  } finally {
    client?.close();
  }
  return printed;
}

const AsyncFunction = (async () => {}).constructor as new (...text: string[]) => (...args: unknown[]) => Promise<void>;

describe("an example", () => {
  it.each(examples)("of %s does what it says", async (_, code) => {
    const printed = await run(code);
    const promised = [...code.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);
    expect(promised.length === 0 ? [] : printed).toEqual(promised);
  });
});

it("there is one for each export that is more than a type", () => {
  const code = examples.map(([, text]) => text).join("\n");
  const missing = Object.keys(library).filter((name) => !new RegExp(`\\b${name}\\b`).test(code));
  // A client makes these.
  expect(missing.sort()).toEqual(["BlockchainClient", "SubmittedTransaction"]);
  expect(examples.map(([name]) => name)).toEqual(
    expect.arrayContaining(["src/client.ts 1", "src/transaction/submittedTransaction.ts 1"]),
  );
});
