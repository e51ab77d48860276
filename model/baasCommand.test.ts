import { describe, expect, it } from "vitest";

import { baas } from "./baasCommand";

describe("a command line for a hint", () => {
  it.each([
    [["apply", "dev"], "apply dev"],
    [["apply", undefined, "--context", "admin@cluster.local:6443"], "apply --context admin@cluster.local:6443"],
    [["local up"], "local up"],
    [["local load", "/my files/it's.tar.gz"], "local load '/my files/it'\\''s.tar.gz'"],
    [["apply", "dev", "--context", "a b; rm $HOME"], "apply dev --context 'a b; rm $HOME'"],
    [["apply", ""], "apply ''"],
  ] as const)("can be given to a shell: %j", ([command, ...words], expected) => {
    expect(baas(command, ...words)).toBe(`./baas ${expected}`);
  });
});
