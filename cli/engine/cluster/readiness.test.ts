import { describe, expect, it } from "vitest";

import type { KubernetesObject } from "./kubernetesObject";
import { isAwaited, isToReplace, readiness } from "./readiness";

function object(
  apiVersion: string,
  kind: string,
  spec: object,
  status?: object,
  annotations?: Record<string, string>,
): KubernetesObject {
  return {
    apiVersion,
    kind,
    metadata: { name: "a", namespace: "n", generation: 2, ...(annotations && { annotations }) },
    spec,
    status,
  };
}

const seen = { observedGeneration: 2 };
const waitFor = { "pulumi.com/waitFor": "condition=Ready" };
const ready = { type: "Ready", status: "True" };

describe("readiness", () => {
  it.each([
    ["before its controller has seen it", {}, "not started yet"],
    [
      "while the change is not seen",
      { observedGeneration: 1, updatedReplicas: 2, availableReplicas: 2 },
      "has not seen the change",
    ],
    [
      "while pods are of the old template",
      { ...seen, replicas: 2, updatedReplicas: 1, availableReplicas: 2 },
      "1 of 2 pods updated",
    ],
    [
      "while pods are not available",
      { ...seen, replicas: 2, updatedReplicas: 2, availableReplicas: 1 },
      "1 of 2 pods available",
    ],
    [
      "while old pods still run",
      { ...seen, replicas: 3, updatedReplicas: 2, availableReplicas: 2 },
      "1 old pods still run",
    ],
  ])("of a Deployment is missing %s", (_when, status, reason) => {
    expect(readiness(object("apps/v1", "Deployment", { replicas: 2 }, status))).toMatchObject({
      ready: false,
      reason: expect.stringContaining(reason),
    });
  });

  it("of a Deployment is there when all pods are new and available", () => {
    const status = { ...seen, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
    expect(readiness(object("apps/v1", "Deployment", {}, status))).toEqual({ ready: true });
    expect(readiness(object("apps/v1", "Deployment", { replicas: 0 }, seen))).toEqual({ ready: true });
  });

  it("of a StatefulSet asks for ready pods of the new revision", () => {
    const judge = (status: object, spec: object = {}) =>
      readiness(object("apps/v1", "StatefulSet", spec, { ...seen, ...status }));
    const rolling = { currentRevision: "a", updateRevision: "b" };
    expect(judge({ readyReplicas: 1, currentRevision: "a", updateRevision: "a" }).ready).toBe(true);
    expect(judge({ ...rolling, readyReplicas: 1, updatedReplicas: 0 }).reason).toBe("0 of 1 pods updated");
    expect(judge({ ...rolling, readyReplicas: 1, updatedReplicas: 1 }).ready).toBe(true);
    expect(judge({}).reason).toBe("0 of 1 pods ready");
    const partition = { updateStrategy: { rollingUpdate: { partition: 1 } } };
    expect(judge({ ...rolling, readyReplicas: 1 }, partition).ready).toBe(true);
  });

  it("of a Job is its completion; a failure is final", () => {
    const judge = (type: string) =>
      readiness(object("batch/v1", "Job", {}, { conditions: [{ type, status: "True", message: "too often" }] }));
    expect(judge("Complete")).toEqual({ ready: true });
    expect(judge("Failed")).toEqual({ ready: false, failed: true, reason: "too often" });
  });

  it("of a custom resource is the condition that it is annotated with, seen at its present generation", () => {
    const judge = (status?: object) => readiness(object("baas.io/v1alpha1", "Identity", {}, status, waitFor));
    expect(judge().reason).toContain("no controller has processed it");
    expect(judge({ ...seen, conditions: [ready] }).ready).toBe(true);
    expect(judge({ observedGeneration: 1, conditions: [ready] }).ready).toBe(false);
    expect(judge({ conditions: [{ ...ready, observedGeneration: 1 }] }).ready).toBe(false);
    const no = { type: "Ready", status: "False", reason: "NoAnswer", message: "the CA does not answer" };
    expect(judge({ ...seen, conditions: [no] }).reason).toBe("NoAnswer: the CA does not answer");
  });
});

describe("what the next apply makes anew", () => {
  const job = (type: string, annotations?: Record<string, string>) =>
    object("batch/v1", "Job", {}, { conditions: [{ type, status: "True" }] }, annotations);
  const replaceUnready = { "pulumi.com/replaceUnready": "true" };

  it("is what has failed and asks for it, and nothing else", () => {
    expect(isToReplace(job("Failed", replaceUnready))).toBe(true);
    expect(isToReplace(job("Failed"))).toBe(false);
    expect(isToReplace(job("Complete", replaceUnready))).toBe(false);
    expect(isToReplace(object("batch/v1", "Job", {}, {}, replaceUnready))).toBe(false);
  });
});

describe("what is waited for", () => {
  it("is every workload, definition and annotated object, whatever the CLI waits for; nothing else", () => {
    expect(isAwaited(object("apps/v1", "StatefulSet", {}))).toBe(true);
    expect(isAwaited(object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {}))).toBe(true);
    expect(isAwaited(object("baas.io/v1alpha1", "Identity", {}, undefined, waitFor))).toBe(true);
    expect(isAwaited(object("baas.io/v1alpha1", "Channel", {}))).toBe(false);
    expect(isAwaited(object("v1", "Service", {}))).toBe(false);
    expect(isAwaited(object("apps/v1", "Deployment", {}, undefined, { "pulumi.com/skipAwait": "true" }))).toBe(true);
  });

  it("must be understood", () => {
    const odd = object("v1", "Service", {}, undefined, { "pulumi.com/waitFor": "jsonpath={.a}" });
    expect(() => isAwaited(odd)).toThrow('Service n/a: annotation pulumi.com/waitFor is "jsonpath={.a}"');
  });
});
