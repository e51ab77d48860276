import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

import { expect, it } from "vitest";

import { filesIn } from "../model/files/projectFolder";
import { StackFiles } from "../policies/kit/stackFile";

const repository = join(__dirname, "..");
const sources = filesIn(repository, "components")
  .flatMap((folder) =>
    folder.includes(".") ? [] : filesIn(repository, `components/${folder}`).map((file) => `${folder}/${file}`),
  )
  .map((file) => relative(repository, join(repository, "components", file)));
const components = sources.flatMap((file) => {
  const [, type] = /super\(\s*"(baas:index:\w+)"/.exec(readFileSync(join(repository, file), "utf8")) ?? [];
  return type === undefined ? [] : [{ type, file }];
});

it.each(components)("policies find the file of $type, to name it in their messages", ({ type, file }) => {
  const urn = `urn:pulumi:dev::baas::${type}$kubernetes:core/v1:ConfigMap::name`;
  expect(new StackFiles(repository).of("dev").component({ urn } as never)).toBe(file);
});

it("finds components at all", () => expect(components.length).toBeGreaterThan(10));
