import { describe, expect, it } from "vitest";

import { parseImage, withRegistry } from "../model/contracts/images";
import { versions } from "../model/files/versions";
import { goProgramOf } from "./goProgramImage";

describe.each([
  ["geth", versions.images.geth],
  ["Prometheus", versions.images.prometheus],
])("%s", (name, image) => {
  const { repository, tag } = parseImage(image);

  it("is built of the release that the product runs, and of no other", () => {
    expect(goProgramOf(withRegistry(repository), tag!)).toMatchObject({ name, tag });
    expect(goProgramOf(withRegistry(repository), "v1.14.0")).toBeUndefined();
    expect(goProgramOf(`docker.io/library/${name}`, tag!)).toBeUndefined();
  });
});
