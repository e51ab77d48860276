import { describe, expect, it } from "vitest";

import { canonicalJson } from "../../common/canonical";
import { type Api, ApiError } from "../cluster/api";
import type { Discovery } from "../cluster/discovery";
import type { KubernetesObject } from "../cluster/kubernetesObject";
import { divergentPaths, keepFields } from "../declared/propertyPaths";
import {
  conflictError,
  decideAction,
  differs,
  immutableError,
  isImmutable,
  PlatformTooOldError,
  takeAction,
} from "./objectAction";

const live: KubernetesObject = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: {
    name: "peer0",
    namespace: "net",
    resourceVersion: "5",
    generation: 1,
    managedFields: [{ manager: "baas-apply", operation: "Apply", time: "t1", fieldsV1: {} }],
  },
  spec: {
    replicas: 1,
    serviceName: "peer0",
    volumeClaimTemplates: [{ metadata: { name: "data" }, status: { phase: "Pending" } }],
  },
  status: { readyReplicas: 1 },
};
const changed = (spec: object): KubernetesObject => ({ ...live, spec: { ...live.spec, ...spec } });

describe("comparing two states of an object", () => {
  it("leaves out what the server and controllers write", () => {
    const later = { ...live, status: {}, metadata: { ...live.metadata, resourceVersion: "9", generation: 2 } };
    expect(differs(live, later)).toBe(false);
    expect(differs(live, changed({ replicas: 2 }))).toBe(true);
  });

  it("sees a field that is newly managed, but not the time of it", () => {
    const managed = (entry: object) => ({
      ...live,
      metadata: { ...live.metadata, managedFields: [{ ...live.metadata.managedFields?.[0], ...entry }] },
    });
    expect(differs(live, managed({ time: "t2" }) as KubernetesObject, true)).toBe(false);
    expect(differs(live, managed({ fieldsV1: { "f:spec": {} } }) as KubernetesObject, true)).toBe(true);
  });
});

describe("fields whose changes are ignored", () => {
  it("keep their live value", () => {
    const wanted = { spec: { replicas: 3, volumeClaimTemplates: [] as unknown[] } };
    const kept = keepFields(wanted, live, ["spec.volumeClaimTemplates"]);
    expect(kept).toEqual({ spec: { replicas: 3, volumeClaimTemplates: live.spec.volumeClaimTemplates } });
    expect(wanted.spec.volumeClaimTemplates).toEqual([]);
  });

  it("are left out when the live object does not have them", () => {
    const wanted = { metadata: { annotations: { "a.b/c": "1", d: "2" } }, data: { x: "1" } };
    expect(keepFields(wanted, { metadata: {} }, ['metadata.annotations["a.b/c"]'])).toEqual({
      metadata: { annotations: { d: "2" } },
      data: { x: "1" },
    });
    expect(keepFields(wanted, {}, ["data"])).toEqual({ metadata: wanted.metadata });
  });

  it("may be in every element of a list", () => {
    const list = (image: string) => ({ containers: [{ image, name: "a" }] });
    expect(keepFields(list("new"), list("old"), ["containers[*].image"])).toEqual(list("old"));
  });
});

describe("a Job", () => {
  const job = (image: string, status?: object): KubernetesObject => ({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "test", namespace: "net", uid: image, annotations: { "pulumi.com/replaceUnready": "true" } },
    spec: { template: { spec: { containers: [{ name: "main", image }] } } },
    ...(status && { status }),
  });

  /** Decides and does what becomes of a Job; returns what was done, in words. */
  async function done(wanted: KubernetesObject, live?: KubernetesObject): Promise<string[]> {
    const calls: string[] = [];
    const api = {
      get: async () => live,
      apply: async (_type: unknown, object: KubernetesObject, { dryRun = false }) => {
        // As the API server has it.
        const isChanged = live !== undefined && canonicalJson(object.spec) !== canonicalJson(live.spec);
        const message = "spec.template: Invalid value: field is immutable";
        if (isChanged && dryRun) throw new ApiError(422, message, "Invalid", [{ field: "spec.template", message }]);
        if (!dryRun) calls.push("apply");
        return { ...object, status: live?.status };
      },
      delete: async () => void calls.push("delete"),
    } as unknown as Api;
    const discovery = { find: () => ({ kind: "Job" }) } as unknown as Discovery;
    const context = { api, discovery, stack: { project: "baas", stack: "net" }, forceConflicts: false };
    const decided = await decideAction(context, { object: wanted, ignoreChanges: [], level: 0 });
    await takeAction(context, decided, async () => void calls.push("wait"));
    return [decided.action!, ...calls];
  }
  const ended = (type: string) => ({ conditions: [{ type, status: "True" }] });

  it("is made anew when its pods change, after the old one has gone", async () => {
    expect(await done(job("new"), job("old", ended("Complete")))).toEqual(["replace", "delete", "wait", "apply"]);
  });

  it("runs again at the next apply when it has failed, and never when it has not", async () => {
    const same = job("same");
    expect(await done(same, job("same", ended("Failed")))).toEqual(["replace", "delete", "wait", "apply"]);
    expect(await done(same, job("same", ended("Complete")))).toEqual(["none"]);
    expect(await done(same, job("same"))).toEqual(["none"]);
  });
});

describe("a StatefulSet of an earlier release", () => {
  it("is refused until the controller has taken it out of Kubernetes' own rolling update", async () => {
    const field = "spec.updateStrategy.rollingUpdate";
    const message = `${field}: Invalid value: only allowed for updateStrategy 'RollingUpdate'`;
    const api = {
      get: async () => live,
      apply: async () => {
        throw new ApiError(422, message, "Invalid", [{ field, message }]);
      },
    } as unknown as Api;
    const discovery = { find: () => ({ kind: "StatefulSet" }) } as unknown as Discovery;
    const context = { api, discovery, stack: { project: "baas", stack: "net" }, forceConflicts: false };
    const object = changed({ updateStrategy: { type: "OnDelete" } });
    const decided = decideAction(context, { object, ignoreChanges: [], level: 0 });
    await expect(decided).rejects.toThrow(PlatformTooOldError);
    await expect(decided).rejects.toThrow(
      "StatefulSet net/peer0 is of an earlier release: Kubernetes restarts its pods itself until this release's controller takes " +
        "that over\n  -> Apply the platform first, see that its controller is ready, then apply this again.",
    );
  });
});

describe("a custom resource with a field that the cluster's definition lacks", () => {
  it.each([
    ["new", undefined],
    ["changed", live],
  ])("is refused when it is %s, as the platform is of an earlier release", async (_, there) => {
    const message =
      "failed to create typed patch object (net/nodes; baas.io/v1alpha1, Kind=Rollout): .spec.scope: field not declared in schema";
    const api = {
      get: async () => there,
      apply: async () => {
        throw new ApiError(500, message, "InternalError", []);
      },
    } as unknown as Api;
    const discovery = { find: () => ({ kind: "Rollout" }) } as unknown as Discovery;
    const context = { api, discovery, stack: { project: "baas", stack: "net" }, forceConflicts: false };
    const object = { ...live, apiVersion: "baas.io/v1alpha1", kind: "Rollout", spec: { scope: "platform" } };
    const decided = decideAction(context, { object, ignoreChanges: [], level: 0 });
    await expect(decided).rejects.toThrow(PlatformTooOldError);
    await expect(decided).rejects.toThrow("the cluster's definition of Rollout is of an earlier release");
    await expect(decided).rejects.toThrow(".spec.scope: field not declared in schema\n  -> Apply the platform first");
    const other = decideAction(context, {
      object: { ...object, apiVersion: "example.com/v1" },
      ignoreChanges: [],
      level: 0,
    });
    await expect(other).rejects.not.toThrow(PlatformTooOldError);
  });
});

describe("errors", () => {
  it("name the fields that cannot change, and what may be done about them", () => {
    const error = new ApiError(422, "…", "Invalid", [
      {
        field: "spec",
        message: "Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
      },
    ]);
    expect(isImmutable(error)).toBe(true);
    const { message } = immutableError(changed({ serviceName: "other", replicas: 2 }), error, live);
    expect(message).toContain(
      "StatefulSet net/peer0: an immutable field was changed\n  spec.serviceName\n  spec: Forbidden",
    );
    expect(message).toContain("kubectl delete statefulset peer0 -n net --cascade=orphan");
    expect(divergentPaths({ a: [1, { b: 2 }] }, { a: [1, { b: 3, c: 4 }], d: 5 })).toEqual(["a[1].b"]);
  });

  it("tell immutable fields from values that are not allowed", () => {
    const invalid = (message: string) => new ApiError(422, "…", "Invalid", [{ message }]);
    expect(isImmutable(invalid('Invalid value: "x": field is immutable'))).toBe(true);
    expect(isImmutable(invalid("Invalid value: mspId cannot be changed"))).toBe(true);
    expect(isImmutable(invalid("Invalid value: 70000: must be between 1 and 65535"))).toBe(false);
  });

  it("name who manages a field", () => {
    const cause = {
      reason: "FieldManagerConflict",
      message: 'conflict with "kubectl-scale" using apps/v1',
      field: ".spec.replicas",
    };
    const { message } = conflictError(live, new ApiError(409, "…", "Conflict", [cause]));
    expect(message).toContain('spec.replicas is set by "kubectl-scale"');
    expect(message).toContain("--force-conflicts");
  });
});
