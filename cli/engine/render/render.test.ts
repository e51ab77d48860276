import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { Secret, unknownValue } from "../declared/values";
import { configMap, programResult, registration } from "../testing/fixture";
import { indexFile, renderFiles, renderTo } from "./render";

let dir: string;
let out: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "baas-render-"));
  out = join(dir, "deep", "out");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const names = (): string[] => readdirSync(out).sort();
const namespace = registration("kubernetes:core/v1:Namespace", "dev", { metadata: { name: "dev" } });

describe("rendered files", () => {
  test("hold one object each, in canonical order, with kinds that others need first", () => {
    const role = registration("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "r", {
      metadata: { name: "baas:r" },
    });
    expect([...renderFiles(programResult([configMap("b"), namespace, role]))]).toEqual([
      ["0-namespace-dev.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: dev\n"],
      [
        "2-clusterrole-baas_r.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: baas:r\n",
      ],
      ["3-configmap-b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n  namespace: dev\ndata: {}\n"],
    ]);
  });

  test("have names that tell apart objects of one name in two namespaces, and only those have long ones", () => {
    const other = { ...configMap("a", {}, "other"), urn: `${configMap("a").urn}-other` };
    const found = [...renderFiles(programResult([configMap("a"), other, configMap("b")])).keys()];
    expect(found).toEqual(
      [
        expect.stringMatching(/^3-configmap-dev-a-[0-9a-f]{8}\.yaml$/),
        expect.stringMatching(/^3-configmap-other-a-[0-9a-f]{8}\.yaml$/),
        "3-configmap-b.yaml",
      ].sort(),
    );
  });

  test("of Secrets come without data, and say what apply fills in", () => {
    const metadata = { name: "s", namespace: "dev" };
    const inputs = {
      metadata,
      type: "Opaque",
      stringData: new Secret({ b: "swordfish", a: unknownValue }),
      data: unknownValue,
    };
    const [[, content]] = [
      ...renderFiles(programResult([registration("kubernetes:core/v1:Secret", "s", inputs)])),
    ] as any;
    expect(content).toBe(
      '# Filled in by "baas apply": data, stringData.a, stringData.b\n' +
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  namespace: dev\ntype: Opaque\n",
    );
  });
});

describe("rendering into a folder", () => {
  test("makes the folder, and changes nothing the second time", () => {
    const result = programResult([namespace, configMap("a")]);
    const files = ["0-namespace-dev.yaml", "3-configmap-a.yaml"];
    expect(renderTo(out, result)).toEqual({ created: files, changed: [], unchanged: [], removed: [] });
    expect(renderTo(out, result)).toEqual({ created: [], changed: [], unchanged: files, removed: [] });
    expect(names()).toEqual([indexFile, ...files]);
  });

  test("updates its own files and removes those of objects that are gone", () => {
    renderTo(out, programResult([namespace, configMap("a"), configMap("b")]));
    const changed = configMap("a");
    changed.inputs.data = { k: "v" };
    expect(renderTo(out, programResult([namespace, changed, configMap("c")]))).toEqual({
      created: ["3-configmap-c.yaml"],
      changed: ["3-configmap-a.yaml"],
      unchanged: ["0-namespace-dev.yaml"],
      removed: ["3-configmap-b.yaml"],
    });
    expect(names()).toEqual([indexFile, "0-namespace-dev.yaml", "3-configmap-a.yaml", "3-configmap-c.yaml"]);
  });

  test("can be repeated when it was interrupted", () => {
    renderTo(out, programResult([configMap("a")]));
    rmSync(join(out, "3-configmap-a.yaml"));
    expect(renderTo(out, programResult([configMap("a")])).created).toEqual(["3-configmap-a.yaml"]);
  });

  test("refuses a folder with anything else in it, and touches nothing", () => {
    mkdirSync(out, { recursive: true });
    for (const name of ["d", "c", "b", "a"]) writeFileSync(join(out, name), name);
    expect(() => renderTo(out, programResult([namespace]))).toThrow(
      `${out} holds files that "./baas render" did not write: a, b, c and 1 more`,
    );
    expect(names()).toEqual(["a", "b", "c", "d"]);
  });

  test("refuses a folder with a stranger's file among its own", () => {
    renderTo(out, programResult([namespace]));
    writeFileSync(join(out, "mine.yaml"), "mine");
    expect(() => renderTo(out, programResult([]))).toThrow("did not write: mine.yaml");
    expect(names()).toEqual([indexFile, "0-namespace-dev.yaml", "mine.yaml"]);
  });

  test("refuses the folder of another stack, a file, and a damaged index", () => {
    renderTo(out, programResult([namespace]));
    expect(() => renderTo(out, { ...programResult([]), stack: "trade" })).toThrow(
      `${out} holds the manifests of stack "dev"`,
    );
    expect(() => renderTo(join(out, indexFile), programResult([]))).toThrow("is a file; --out names a folder");
    for (const index of ["{", '{"version":1,"stack":"dev","files":["../../etc/passwd.yaml"]}']) {
      writeFileSync(join(out, indexFile), index);
      expect(() => renderTo(out, programResult([]))).toThrow("is damaged");
    }
    expect(existsSync(join(out, "0-namespace-dev.yaml"))).toBe(true);
  });

  test("writes the same bytes in every clone", () => {
    const result = programResult([namespace, configMap("a")]);
    renderTo(out, result);
    renderTo(join(dir, "other"), { ...result, projectDir: "/elsewhere", workingDir: "/elsewhere" });
    for (const name of names()) expect(readFileSync(join(dir, "other", name))).toEqual(readFileSync(join(out, name)));
  });
});
