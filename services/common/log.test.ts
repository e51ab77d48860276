import { expect, it } from "vitest";

import { jsonLog } from "./log";

it("writes one JSON object a line, from its level up", () => {
  const lines: string[] = [];
  const log = jsonLog("info", (line) => lines.push(line));
  log.debug("no");
  log.warn("a\nb", { kind: "Identity", key: undefined });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\{.*\}\n$/);
  expect(JSON.parse(lines[0]!)).toEqual({ time: expect.any(String), level: "warn", message: "a\nb", kind: "Identity" });
});
