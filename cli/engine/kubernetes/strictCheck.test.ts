import { describe, expect, test } from "vitest";

import { builtImages } from "../declared/builtImages";
import { Secret, unknownValue } from "../declared/values";
import { configMap, programResult, registration } from "../testing/fixture";
import { goldenText } from "../testing/goldenText";
import { findProblems, strictCheck } from "./strictCheck";

const withData = (data: unknown, options = {}) => {
  const map = configMap("map", options);
  map.inputs.data = data;
  return programResult([map]);
};

describe("the strict check", () => {
  test("accepts what is known, and any data of a Secret", () => {
    const inputs = {
      metadata: { name: "s", namespace: "dev" },
      data: new Secret(unknownValue),
      stringData: unknownValue,
    };
    strictCheck(programResult([configMap("map"), registration("kubernetes:core/v1:Secret", "s", inputs)]));
  });

  test("finds unknown values wherever they are, and where they come from", () => {
    const password = registration("random:index/randomPassword:RandomPassword", "p");
    const result = withData({ a: "x", b: [unknownValue] }, { propertyDependencies: { data: [password.urn] } });
    expect(findProblems(result)).toEqual([
      {
        urn: configMap("map").urn,
        path: "data.b[0]",
        message:
          '"map" (kubernetes:core/v1:ConfigMap): data.b[0] is not known before apply; the value depends on ' +
          '"p" (random:index/randomPassword:RandomPassword). Use a value that is known in the program',
      },
    ]);
  });

  test("finds secrets outside Secrets, the labels of a Secret included", () => {
    expect(findProblems(withData(new Secret({ a: "x" }))).map(({ path }) => path)).toEqual(["data.a"]);
    const labelled = { metadata: { name: "s", namespace: "dev", labels: { a: new Secret("x") } } };
    expect(() => strictCheck(programResult([registration("kubernetes:core/v1:Secret", "s", labelled)]))).toThrow(
      '"s" (kubernetes:core/v1:Secret): metadata.labels.a is a secret, which every reader of the object could see. ' +
        "Put it into a Secret and refer to that",
    );
  });

  test("does not concern what is not a Kubernetes object", () => {
    const component = { ...registration("baas:index:Peer", "p", { a: unknownValue }), custom: false };
    strictCheck(
      programResult([registration("docker:index/image:Image", "i", { imageName: "x:1", d: unknownValue }), component]),
    );
  });

  test("reports everything at once", () => {
    expect(() => strictCheck(withData({ a: unknownValue, b: unknownValue }))).toThrow(/data\.a .*\n.*data\.b /);
  });
});

describe("images", () => {
  const image = (inputs: Record<string, unknown>) =>
    programResult([registration("docker:index/image:Image", "i", inputs)], "/project");

  test("are described as a builder needs them, with absolute paths", () => {
    const build = {
      context: "../src",
      dockerfile: "../src/node.Dockerfile",
      args: { V: "1" },
      target: "t",
      platform: "p",
    };
    expect(
      builtImages({ ...image({ imageName: "r/x:1", build, skipPush: true }), workingDir: "/project/infra" }),
    ).toEqual([
      {
        urn: "urn:pulumi:dev::test::docker:index/image:Image::i",
        reference: "r/x:1",
        context: "/project/src",
        dockerfile: "/project/src/node.Dockerfile",
        args: { V: "1" },
        target: "t",
        platform: "p",
        skipPush: true,
      },
    ]);
    expect(builtImages(image({ imageName: "r/x:1", build: { context: "/elsewhere" } }))).toMatchObject([
      { context: "/elsewhere", dockerfile: "/elsewhere/Dockerfile", args: {}, skipPush: false },
    ]);
  });

  test("have a name before apply", () => {
    expect(() => builtImages(image({ imageName: unknownValue }))).toThrow(
      '"i" (docker:index/image:Image): imageName is not known',
    );
  });
});

describe("golden registrations", () => {
  test("hold what the program decides, and nothing that differs between clones", () => {
    const build = { context: "/project/src", dockerfile: "/project/src/Dockerfile" };
    const image = registration("docker:index/image:Image", "i", { imageName: "r/x:0123", build });
    const set = configMap("map", {
      dependsOn: [image.urn],
      propertyDependencies: { data: [image.urn] },
      version: "4.0.0",
      aliases: [
        "urn:pulumi:dev::test::kubernetes:core/v0:ConfigMap::map",
        "urn:pulumi:dev::test::kubernetes:core/v1:ConfigMap::old",
      ],
      retainOnDelete: true,
    });
    set.inputs.data = { image: "r/x:0123", secret: new Secret("swordfish"), unknown: unknownValue, at: "see /project" };
    const component = { ...registration("baas:index:Peer", "p"), custom: false, outputs: { address: "x" } };
    expect(goldenText(programResult([set, component, image], "/project"))).toBe(
      `urn:pulumi:dev::test::baas:index:Peer::p:
  outputs:
    address: x
urn:pulumi:dev::test::docker:index/image:Image::i:
  inputs:
    build:
      context: src
      dockerfile: src/Dockerfile
    imageName: r/x:<content>
urn:pulumi:dev::test::kubernetes:core/v1:ConfigMap::map:
  aliases:
    - urn:pulumi:dev::test::kubernetes:core/v1:ConfigMap::old
  dependsOn:
    - urn:pulumi:dev::test::docker:index/image:Image::i
  inputs:
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: map
      namespace: dev
    data:
      at: see .
      image: r/x:<content>
      secret: '[secret]'
      unknown: '[unknown]'
  retainOnDelete: true
urn:pulumi:dev::test::pulumi:pulumi:Stack::test-dev: {}
`,
    );
  });
});
