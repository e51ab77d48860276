import { describe, expect, it } from "vitest";

import { baseReferences } from "./dockerfile";

describe("the images that a Dockerfile builds on", () => {
  it("are those of FROM and COPY --from, without its own stages", () => {
    const dockerfile = `
      ARG VERSION=20
      FROM --platform=linux/amd64 node:\${VERSION}-bookworm-slim AS Build
      COPY --from=docker.io/some/tool:1 /tool /tool
      FROM build AS second
      COPY --from=0 /a /b
      FROM scratch
      COPY --chown=1:1 --from=Build /c /d`;
    expect(baseReferences(dockerfile)).toEqual(["node:20-bookworm-slim", "docker.io/some/tool:1"]);
  });

  it("may have defaults in place of build arguments", () => {
    expect(baseReferences("ARG TAG\nFROM node:${TAG:-20}")).toEqual(["node:20"]);
  });
});
