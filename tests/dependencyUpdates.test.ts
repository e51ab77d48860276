import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, it } from "vitest";

import { kubernetesVersion } from "../local-cluster/binaries";
import { fabricVersions, versions } from "../model/files/versions";

const root = join(__dirname, "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const renovate = JSON.parse(read(".github/renovate.json"));

const locks = globSync(["services/*/package-lock.json", "chaincode/*/package-lock.json"], { cwd: root });

it("every folder with a Dockerfile has a lock file of its own", () => {
  const images = globSync(["services/*/Dockerfile", "chaincode/*/Dockerfile"], { cwd: root }).map((file) =>
    dirname(file),
  );
  expect(images.filter((folder) => !existsSync(join(root, folder, "package-lock.json")))).toEqual([]);
  expect(locks.map((file) => dirname(file)).sort()).toEqual(images.sort());
});

describe.each(locks)("%s", (file) => {
  it("has what package.json asks for; .ci/updateLocks brings it in line", () => {
    const { dependencies, devDependencies } = JSON.parse(read(join(dirname(file), "package.json")));
    const locked = JSON.parse(read(file)).packages[""];
    expect([locked.dependencies, locked.devDependencies]).toEqual([dependencies, devDependencies]);
  });

  it("is brought in line by Renovate, too", () => {
    const { commands, fileFilters } = renovate.postUpgradeTasks;
    expect(commands).toEqual(["bash .ci/updateLocks"]);
    expect(globSync(fileFilters, { cwd: root })).toContain(file);
  });
});

describe("Renovate", () => {
  /** The matches of the custom managers, as Renovate applies them: each expression to each of its files. */
  const found = renovate.customManagers.flatMap(({ managerFilePatterns, matchStrings, depNameTemplate }: any) =>
    managerFilePatterns.flatMap((file: string) =>
      matchStrings.flatMap((expression: string) =>
        [...read(file).matchAll(new RegExp(expression, "g"))].map(({ groups }) => [
          groups!.depName ?? depNameTemplate,
          groups!.currentValue,
        ]),
      ),
    ),
  );

  it("finds every version that no package manager knows", () => {
    const tagged = Object.values(versions.images).filter((image) => image.includes(":"));
    expect(found).toEqual([
      ...tagged.map((image) => image.split(":")),
      ...Object.values(versions.fabric.supported).map(([newest]) => [versions.images.peer, newest]),
      ["kubernetes/kubernetes", kubernetesVersion],
    ]);
  });

  it.each(Object.entries(versions.fabric.supported))(
    "adds a version of Fabric %s and keeps those that networks name",
    (series, supported) => {
      const [match, fabric] = renovate.customManagers
        .filter((each: any) => each.depNameTemplate === versions.images.peer)
        .map((each: any) => [new RegExp(each.matchStrings[0]).exec(read("infra/versions.yaml"))![0], each])
        .find(([text]: [string]) => text.includes(`"${series}"`));
      const updated = fabric.autoReplaceStringTemplate
        .replace("{{newValue}}", `${series}.99`)
        .replace("{{currentValue}}", supported[0]);
      expect(read("infra/versions.yaml").replace(match, updated)).toContain(
        `"${series}": ${JSON.stringify([`${series}.99`, ...supported]).replaceAll(",", ", ")}`,
      );
    },
  );

  it("finds the versions of Fabric where they belong: a series has no version of another", () => {
    const series = (version: string): string => version.split(".").slice(0, 2).join(".");
    const bySeries = Object.entries(versions.fabric.supported).flatMap(([key, all]) => all.map((one) => [key, one]));
    expect(bySeries).toEqual(fabricVersions.map((version) => [series(version), version]));
  });
});
