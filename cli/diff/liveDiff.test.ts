import { describe, expect, test } from "vitest";

import type { ActionKind, ObjectAction } from "../engine/apply/objectAction";
import type { KubernetesObject } from "../engine/cluster/kubernetesObject";
import { stepOf } from "./liveDiff";

const object = (more: object = {}): KubernetesObject => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "peer0-org1", namespace: "net" },
  ...more,
});

const kept = {
  uid: "1",
  resourceVersion: "7",
  generation: 2,
  managedFields: [],
  creationTimestamp: "2026-01-01T00:00:00Z",
};

function decided(action: ActionKind | undefined, wanted: object, live?: object, after?: object): ObjectAction {
  const state = (more: object): KubernetesObject => {
    const one = object(more);
    return { ...one, metadata: { ...one.metadata, ...kept }, status: { replicas: 1 } };
  };
  return {
    object: object(wanted),
    ignoreChanges: [],
    level: 0,
    type: { apiVersion: "apps/v1", kind: "StatefulSet", resource: "statefulsets", namespaced: true } as any,
    force: false,
    ...(action !== undefined && { action }),
    ...(live !== undefined && { live: state(live) }),
    ...(after !== undefined && { after: state({ ...after, metadata: { ...object().metadata, generation: 3 } }) }),
  };
}

describe("an object of the cluster", () => {
  test("that is not there, or whose Namespace is not, is created", () => {
    for (const action of ["create", undefined] as const) {
      expect(stepOf(decided(action, { spec: {} }))).toMatchObject({ action: "create", name: "peer0-org1", fields: [] });
    }
  });

  test("changes in the fields that the server would change, defaults and status left out", () => {
    const live = { spec: { replicas: 1, podManagementPolicy: "OrderedReady" } };
    const after = { spec: { replicas: 2, podManagementPolicy: "OrderedReady" } };
    expect(stepOf(decided("change", { spec: { replicas: 2 } }, live, after))).toMatchObject({
      action: "update",
      fields: [{ path: "spec.replicas", before: 1, after: 2 }],
    });
  });

  test("stays as it is when only who manages it changes", () => {
    const same = { spec: { replicas: 1 } };
    expect(stepOf(decided("change", same, same, same))).toBeUndefined();
    expect(stepOf(decided("none", same, same))).toBeUndefined();
  });

  test("that is replaced is compared in what the stack says of it", () => {
    const live = { spec: { selector: { app: "old" }, clusterIP: "10.0.0.1" } };
    expect(stepOf(decided("replace", { spec: { selector: { app: "new" } } }, live))).toMatchObject({
      action: "replace",
      fields: [{ path: "spec.selector.app", before: "old", after: "new" }],
    });
  });

  test("never shows the data of a Secret", () => {
    const secret = (value: string): object => ({ kind: "Secret", data: { password: value } });
    const step = stepOf(decided("change", secret("bmV3"), secret("b2xk"), secret("bmV3")));
    expect(step?.fields).toEqual([{ path: "data.password", before: "[secret]", after: "[secret]" }]);
  });
});
