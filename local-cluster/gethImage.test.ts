import { expect, it } from "vitest";

import { parseImage, withRegistry } from "../model/contracts/images";
import { versions } from "../model/files/versions";
import { gethVersion, isGethSubstitute } from "./gethImage";

it("geth is built of the release that networks run, and of no other", () => {
  const { repository, tag } = parseImage(versions.images.geth);
  expect(tag).toBe(gethVersion());
  expect(isGethSubstitute(withRegistry(repository), tag!)).toBe(true);
  expect(isGethSubstitute(withRegistry(repository), "v1.14.0")).toBe(false);
  expect(isGethSubstitute("docker.io/library/geth", tag!)).toBe(false);
});
