import { expect, it } from "vitest";

import { hostAndPort, required } from "./environment";

it.each([
  ["0.0.0.0:8445", { host: "0.0.0.0", port: 8445 }],
  ["[::]:8445", { host: "::", port: 8445 }],
  ["studio-ada-headless.dev-studio:8447", { host: "studio-ada-headless.dev-studio", port: 8447 }],
])("reads host and port of %s", (text, expected) => {
  expect(hostAndPort(text)).toEqual(expected);
});

it("says which address has no port, and which variable is not set", () => {
  expect(() => hostAndPort("0.0.0.0")).toThrow('"0.0.0.0" is no host with a port');
  expect(() => required("LISTEN", { LISTEN: " " })).toThrow("LISTEN is not set");
  expect(required("LISTEN", { LISTEN: " [::]:1 " })).toBe("[::]:1");
});
