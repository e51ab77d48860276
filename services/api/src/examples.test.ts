import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, expect, it } from "vitest";

import { TestServer } from "./testing/testServer";

const run = promisify(execFile);
const examples = join(import.meta.dirname, "../examples");

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

it.each<[string, string, string[], RegExp]>([
  ["transfer.sh", "sh", [], /"state":"committed".*\n.*"result":"\{\\"owner\\":\\"alice\\"\}"/],
  ["transfer.js", process.execPath, [], /^committed in block \d+\n\{"owner":"alice"\}\n$/],
  ["transfer.ts", process.execPath, [], /^committed in block \d+\n$/],
])("the example %s does what it says", async (file, program, options, output) => {
  const env = { PATH: process.env.PATH, API_URL: server.url, API_TOKEN: "none-is-asked-for" };
  const { stdout } = await run(program, [...options, join(examples, file), `of-${file}`], { env });
  expect(stdout).toMatch(output);
});
