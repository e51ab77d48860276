import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { Registration } from "../declared/registration";
import { formatPath, Secret, unknownValue } from "../declared/values";
import { readRecord } from "../record/stackRecord";
import { writeRecord } from "../record/writeRecord";
import { configMap, edited, object, programResult, registration, statefulSet } from "../testing/fixture";
import { type ChangeSet, compareWithRecord } from "./changeSet";
import { differences } from "./differences";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "baas-changes-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** The changes to what is declared now, after an apply of what was declared before. */
function changes(before: Registration[] | undefined, after: Registration[]): ChangeSet {
  if (before !== undefined) writeRecord(programResult(before, dir));
  return compareWithRecord(programResult(after, dir), readRecord(dir, "dev"));
}

/** The steps but the stack's own: operation, name, paths that differ, with a mark on those that replace. */
function steps({ steps: all }: ChangeSet): string[] {
  return all.slice(1).map(({ op, urn, differences: found, replacing, deleteFirst, retained }) => {
    const paths = found.map((one) => `${formatPath(one.path)}${replacing.includes(one) ? "!" : ""}`);
    const notes = [deleteFirst && "delete first", retained && "retained"].filter((note) => note !== false);
    return [op, urn.split("::").at(-1), ...paths, ...notes].join(" ");
  });
}

describe("a set of changes", () => {
  test("creates everything when nothing was applied here", () => {
    const found = changes(undefined, [configMap("a"), statefulSet()]);
    expect(steps(found)).toEqual(["create a", "create it"]);
    expect(found).toMatchObject({ counts: { create: 3 }, compared: false });
  });

  test("changes nothing after an apply of the same, whatever the order of keys", () => {
    const reordered = { ...statefulSet(), inputs: Object.fromEntries(Object.entries(statefulSet().inputs).reverse()) };
    const found = changes([configMap("a"), statefulSet()], [configMap("a"), reordered]);
    expect(steps(found)).toEqual(["same a", "same it"]);
    expect(found).toMatchObject({ counts: { same: 3 }, compared: true, diagnostics: [] });
  });

  test("shows each edit at its own path", () => {
    const set = statefulSet();
    expect(steps(changes([set], [edited(set, ["spec", "replicas"], 2)]))).toEqual(["update it spec.replicas"]);
    expect(steps(changes([set], [edited(set, ["metadata", "labels"], { a: "b" })]))).toEqual([
      "update it metadata.labels",
    ]);
    expect(steps(changes([set], [edited(set, ["spec", "replicas"], undefined)]))).toEqual(["update it spec.replicas"]);
  });

  test("deletes what is no longer declared, dependents first", () => {
    const [a, b, c] = [configMap("a"), configMap("b"), configMap("c")];
    expect(steps(changes([a, b, c], [b]))).toEqual(["same b", "delete c", "delete a"]);
  });

  test("follows a resource to another name by its aliases", () => {
    const renamed = { ...configMap("a"), urn: configMap("b").urn, name: "b" };
    renamed.options = { ...renamed.options, aliases: [configMap("a").urn] };
    expect(steps(changes([configMap("a")], [renamed]))).toEqual(["same b"]);
  });

  test("leaves out what ignoreChanges names", () => {
    const options = { ignoreChanges: ["spec.volumeClaimTemplates"] };
    const set = statefulSet(options);
    const changed = edited(set, ["spec", "volumeClaimTemplates"], [{ size: 2 }]);
    expect(steps(changes([set], [changed]))).toEqual(["same it"]);
    expect(steps(changes([set], [edited(changed, ["spec", "replicas"], 3)]))).toEqual(["update it spec.replicas"]);
  });

  test("refuses to delete or replace what is protected", () => {
    const set = statefulSet({ protect: true });
    const message = (found: ChangeSet): string[] =>
      found.diagnostics.map(({ message: text }) => text.split(".")[0] as string);
    expect(message(changes([set], []))).toEqual([
      '"it" (kubernetes:apps/v1:StatefulSet) is protected and cannot be deleted',
    ]);
    expect(message(changes([set], [edited(set, ["spec", "serviceName"], "x")]))).toEqual([
      '"it" (kubernetes:apps/v1:StatefulSet) is protected and cannot be replaced',
    ]);
    expect(message(changes([set], [edited(set, ["spec", "replicas"], 3)]))).toEqual([]);
  });

  test("says what stays in the cluster", () => {
    const set = statefulSet({ retainOnDelete: true });
    expect(steps(changes([set], []))).toEqual(["delete it retained"]);
  });

  test("reads references to stacks, and forgets them without a word", () => {
    const reference = { ...registration("pulumi:pulumi:StackReference", "r", { name: "p" }), custom: true, read: "p" };
    expect(steps(changes([reference], [reference]))).toEqual(["read r"]);
    expect(steps(changes([reference], []))).toEqual([]);
  });
});

describe("a replacement", () => {
  const replaced = (base: Registration, path: string[], value: unknown, others: Registration[] = []): string[] =>
    steps(changes([base, ...others], [...others, edited(base, path, value)])).filter(
      (step) => !step.startsWith("same"),
    );

  test.each([
    [["spec", "serviceName"], "x", "spec.serviceName!"],
    [["spec", "podManagementPolicy"], "Parallel", "spec.podManagementPolicy!"],
    [["spec", "volumeClaimTemplates"], [{ size: 2 }], "spec.volumeClaimTemplates[0].size!"],
    [["spec", "selector"], { matchLabels: { a: "b" } }, "spec.selector!"],
  ])("of a StatefulSet comes from a change of %j, the old one first because of its name", (path, value, shown) => {
    expect(replaced(statefulSet(), path, value)).toEqual([`replace it ${shown} delete first`]);
  });

  test("comes from a part of what replaces, when all of it is new", () => {
    const bare = { ...statefulSet(), inputs: { metadata: { name: "it", namespace: "dev" } } };
    expect(steps(changes([bare], [edited(bare, ["spec"], { serviceName: "x" })]))).toEqual([
      "replace it spec! delete first",
    ]);
    expect(steps(changes([bare], [edited(bare, ["spec"], { replicas: 1 })]))).toEqual(["update it spec"]);
  });

  test("comes from another name or namespace, the new one first", () => {
    expect(replaced(configMap("a"), ["metadata", "name"], "b")).toEqual(["replace a metadata.name!"]);
    expect(replaced(configMap("a"), ["metadata", "namespace"], "x")).toEqual(["replace a metadata.namespace!"]);
  });

  test("of a ConfigMap comes from its data, unless the provider may change it", () => {
    expect(replaced(configMap("a"), ["data", "k"], "v")).toEqual(["replace a data.k! delete first"]);
    for (const flag of [true, "true"]) {
      const provider = registration("pulumi:providers:kubernetes", "cluster", { enableConfigMapMutable: flag });
      const map = configMap("a", { provider: provider.urn });
      expect(replaced(map, ["data", "k"], "v", [provider])).toEqual(["update a data.k"]);
      const immutable = edited(map, ["immutable"], true);
      expect(replaced(immutable, ["data", "k"], "v", [provider])).toEqual(["replace a data.k! delete first"]);
    }
  });

  test("of a Secret follows its own flag, its type aside", () => {
    const provider = registration("pulumi:providers:kubernetes", "cluster", { enableSecretMutable: true });
    const metadata = { name: "a", namespace: "dev" };
    const secret = registration(
      "kubernetes:core/v1:Secret",
      "a",
      { metadata, type: "Opaque", data: {} },
      { provider: provider.urn },
    );
    expect(replaced(secret, ["data", "k"], new Secret("v"), [provider])).toEqual(["update a data.k"]);
    expect(replaced(secret, ["type"], "x", [provider])).toEqual(["replace a type! delete first"]);
  });

  test("of a Service comes from its cluster IP, and not from its ports", () => {
    const service = object("kubernetes:core/v1:Service", { ports: [{ port: 1 }] });
    expect(replaced(service, ["spec", "clusterIP"], "None")).toEqual(["replace it spec.clusterIP! delete first"]);
    expect(replaced(service, ["spec", "ports"], [{ port: 2 }])).toEqual(["update it spec.ports[0].port"]);
  });

  test("of a random value comes from any of its inputs", () => {
    const password = registration("random:index/randomPassword:RandomPassword", "p", { length: 1 });
    expect(replaced(password, ["length"], 2)).toEqual(["replace p length!"]);
  });

  test("comes from what replaceOnChanges names", () => {
    const channel = object("kubernetes:baas.io/v1:Channel", { name: "a" }, { replaceOnChanges: ["spec.*"] });
    expect(replaced(channel, ["spec", "name"], "b")).toEqual(["replace it spec.name! delete first"]);
  });

  test("leaves what is retained where it is", () => {
    expect(replaced(configMap("a", { retainOnDelete: true }), ["data", "k"], "v")).toEqual([
      "replace a data.k! delete first retained",
    ]);
  });
});

describe("values that cannot be looked at", () => {
  const password = (length: number) => registration("random:index/randomPassword:RandomPassword", "p", { length });
  const secret = (content: unknown): Registration => {
    const options = { dependsOn: [password(1).urn], propertyDependencies: { data: [password(1).urn] } };
    const inputs = { metadata: { name: "s", namespace: "dev" }, data: { k: new Secret(content) } };
    return registration("kubernetes:core/v1:Secret", "s", inputs, options);
  };

  test("change when what they come from changes", () => {
    const applied = [password(1), secret("resolved at apply")];
    expect(steps(changes(applied, [password(1), secret(unknownValue)]))).toEqual(["same p", "same s"]);
    expect(steps(changes(applied, [password(2), secret(unknownValue)]))).toEqual([
      "replace p length!",
      "replace s data.k! delete first",
    ]);
  });

  test("change when they are known and others", () => {
    expect(steps(changes([secret("a")], [secret("a")]))).toEqual(["same s"]);
    expect(steps(changes([secret("a")], [secret("b")]))).toEqual(["replace s data.k! delete first"]);
  });

  test("in the record of another clone show as changed, never as the same", () => {
    const one = registration("kubernetes:core/v1:Secret", "s", { data: new Secret("a") });
    writeRecord(programResult([one], dir));
    rmSync(join(dir, ".baas", "random"), { recursive: true });
    expect(steps(compareWithRecord(programResult([one], dir), readRecord(dir, "dev")))).toEqual([
      "replace s data! delete first",
    ]);
  });
});

describe("differences", () => {
  const comparison = { digest: String, unknownChanges: () => false };
  const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes("__proto__"));

  test("are none between equal values, and some between others", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(differences(a, structuredClone(a), comparison)).toEqual([]);
        const same = JSON.stringify(a) === JSON.stringify(b);
        if (!same && JSON.stringify([a]).length < 2000) {
          // Keys may stand in another order; then there is no difference either.
          expect(differences(a, b, comparison).length > 0).toBe(differences(b, a, comparison).length > 0);
        }
      }),
    );
  });

  test("say what was and what will be", () => {
    expect(differences({ a: 1, b: [1, 2], c: "x" }, { a: "1", b: [1], d: {} }, comparison)).toEqual([
      { path: ["a"], label: "a", kind: "update", before: 1, after: "1" },
      { path: ["b", 1], label: "b[1]", kind: "delete", before: 2 },
      { path: ["c"], label: "c", kind: "delete", before: "x" },
      { path: ["d"], label: "d", kind: "add", after: {} },
    ]);
  });
});
