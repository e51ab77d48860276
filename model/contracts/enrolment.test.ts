import { describe, expect, it } from "vitest";

import { parseKeyReport } from "./enrolment";

describe("what a node says of its keys", () => {
  const read = (report: object) => parseKeyReport(JSON.stringify(report));

  it("names the key in use, and one that is prepared", () => {
    expect(read({ answered: "2030", tls: "a", next: "b" })).toEqual({ answered: "2030", tls: "a", next: "b" });
    expect(parseKeyReport("panic: no space left")).toBeUndefined();
  });

  it("names no key as prepared that is in use, although a crash has left its copy", () => {
    expect(read({ answered: "2030", tls: "a", next: "a" })).toEqual({ answered: "2030", tls: "a" });
  });
});
