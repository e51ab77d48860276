/** The OpenAPI document, held against the running server by Schemathesis: what it promises, the server does. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { findSchemathesis, type Schemathesis } from "./schemathesis/schemathesis";
import { TestApi } from "./testApi";

let schemathesis: Schemathesis;
let api: TestApi;
let skipReason: string | undefined;

beforeAll(async () => {
  const found = await findSchemathesis();
  if (typeof found === "string") return void (skipReason = found);
  schemathesis = found;
  api = await TestApi.start(true);
}, 300_000);
beforeEach(({ skip }) => skip(skipReason !== undefined, skipReason));
afterAll(() => api?.stop());

/** Sends requests by the document, right ones and wrong ones; the seed makes them the same each time. */
const hold = (...options: string[]) =>
  schemathesis("run", `${api.server.url}/openapi.json`, "--checks", "all", "--seed", "1", "--no-color", ...options);

it("is what the server does, to a caller who may do everything", async () => {
  const token = await api.token();
  const { code, stdout } = await hold("-H", `Authorization: Bearer ${token}`, "--max-examples", "10");
  expect(code, stdout).toBe(0);
}, 180_000);

it("is what the server does, to one who does not say who he is", async () => {
  const { code, stdout } = await hold("--phases", "fuzzing", "--max-examples", "3");
  expect(code, stdout).toBe(0);
  expect(api.server.lines.filter(({ message }) => message === "A request failed")).toEqual([]);
}, 180_000);
