import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { type ChangeSet, compareWithRecord } from "../changes/changeSet";
import type { Registration } from "../declared/registration";
import { Secret, unknownValue } from "../declared/values";
import { secretDigestOf } from "../record/secretDigest";
import { recordOf } from "../record/writeRecord";
import { configMap, edited, programResult, registration, statefulSet } from "../testing/fixture";
import { previewDigest } from "./previewJson";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "baas-preview-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function changes(before: Registration[], after: Registration[]): ChangeSet {
  return compareWithRecord(programResult(after, dir), recordOf(programResult(before, dir), secretDigestOf(dir)));
}

describe("a preview as JSON", () => {
  test("has timeouts in seconds, as Pulumi's document has them", () => {
    const found = changes(
      [],
      [configMap("map", { customTimeouts: { create: "1h30m", update: "4h", delete: "500ms" } })],
    );
    const { steps } = previewDigest({ changes: found, diagnostics: [], violations: [] }, 0) as { steps: any[] };
    expect(steps.at(-1).newState.customTimeouts).toEqual({ create: 5400, update: 14400, delete: 0.5 });
  });

  test("is the document of pulumi preview --json, with the policies' findings", () => {
    const set = statefulSet({ dependsOn: [configMap("a").urn], propertyDependencies: { spec: [configMap("a").urn] } });
    const changed = edited(edited(set, ["spec", "serviceName"], "x"), ["spec", "replicas"], undefined);
    const found = changes([configMap("a"), set, configMap("b")], [configMap("a"), changed]);
    const digest = previewDigest(
      { changes: found, diagnostics: [{ severity: "warning", message: "mind", urn: set.urn }], violations: [] },
      5,
    );
    const { inputs } = changed;
    expect(JSON.parse(JSON.stringify(digest))).toEqual({
      steps: [
        {
          op: "same",
          urn: "urn:pulumi:dev::test::pulumi:pulumi:Stack::test-dev",
          oldState: expect.anything(),
          newState: expect.anything(),
          detailedDiff: null,
        },
        {
          op: "replace",
          urn: set.urn,
          oldState: expect.objectContaining({ urn: set.urn, custom: true, type: set.type, inputs: set.inputs }),
          newState: {
            urn: set.urn,
            custom: true,
            type: set.type,
            inputs,
            parent: "urn:pulumi:dev::test::pulumi:pulumi:Stack::test-dev",
            dependencies: [configMap("a").urn],
            propertyDependencies: { apiVersion: [], kind: [], metadata: [], spec: [configMap("a").urn] },
          },
          diffReasons: ["spec"],
          replaceReasons: ["spec.serviceName"],
          detailedDiff: {
            "spec.replicas": { kind: "delete", inputDiff: true },
            "spec.serviceName": { kind: "update-replace", inputDiff: false },
          },
        },
        { op: "delete", urn: configMap("b").urn, oldState: expect.anything(), detailedDiff: null },
      ],
      diagnostics: [{ urn: set.urn, message: "warning: mind\n", severity: "warning" }],
      duration: 5,
      changeSummary: { same: 2, replace: 1, delete: 1 },
      policyViolations: [],
    });
  });

  test("masks secrets and marks unknown values as Pulumi does", () => {
    const inputs = { data: { a: new Secret("swordfish"), b: new Secret(unknownValue), c: unknownValue } };
    const { steps: all } = previewDigest(
      {
        changes: changes([], [registration("kubernetes:core/v1:Secret", "s", inputs)]),
        diagnostics: [],
        violations: [],
      },
      0,
    );
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    expect(JSON.parse(JSON.stringify(all[1])).newState.inputs).toEqual({
      data: { a: "[secret]", b: unknown, c: unknown },
    });
  });
});
