import { describe, expect, it } from "vitest";

import { keyOf, type KubernetesObject, type ResourceType, type TypedObject } from "../cluster/kubernetesObject";
import type { DesiredObject } from "./desiredObjects";
import { noLongerDeclared } from "./inventory";
import { belongsTo, isOwnedByPulumi, stackLabels } from "./ownership";

const net = { project: "shop", stack: "net" };
const applied = { manager: "baas-apply", operation: "Apply" as const };

function object(kind: string, name: string, metadata: object = {}): KubernetesObject {
  return {
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: "n", labels: stackLabels(net), managedFields: [applied], ...metadata },
  };
}

const found = (one: KubernetesObject): TypedObject => ({ type: {} as ResourceType, object: one });
const wanted = (one: KubernetesObject): DesiredObject => ({ object: one, level: 0, ignoreChanges: [] });

describe("what is pruned", () => {
  const select = (...objects: KubernetesObject[]) =>
    noLongerDeclared(objects.map(found), [wanted(object("ConfigMap", "wanted"))]);
  const names = (list: TypedObject[]) => list.map(({ object: each }) => each.metadata.name);

  it("is what is no longer declared", () => {
    expect(names(select(object("ConfigMap", "wanted"), object("ConfigMap", "old")).prune)).toEqual(["old"]);
  });

  it("is never a Namespace, a definition, a volume, or what the program retains", () => {
    const retained = { annotations: { "baas.io/retain-on-delete": "true" } };
    const kinds = ["Namespace", "CustomResourceDefinition", "PersistentVolumeClaim"].map((kind) => object(kind, kind));
    const { prune, keep } = select(...kinds, object("Secret", "kept", retained));
    expect(prune).toEqual([]);
    expect(names(keep)).toEqual(["Namespace", "CustomResourceDefinition", "PersistentVolumeClaim", "kept"]);
  });

  it("is nothing that is being deleted already", () => {
    expect(select(object("Secret", "going", { deletionTimestamp: "now" })).prune).toEqual([]);
  });

  it("does not depend on the version in which an object is served", () => {
    const beta = { ...object("ConfigMap", "x"), apiVersion: "apps/v1beta1" };
    expect(keyOf(beta)).toBe(keyOf({ ...beta, apiVersion: "apps/v1" }));
    expect(keyOf(beta)).not.toBe(keyOf(object("ConfigMap", "x")));
  });
});

describe("whose an object is", () => {
  it("is told by labels that apply itself has set, not by copies of them", () => {
    expect(belongsTo(object("Service", "a"), net)).toBe(true);
    expect(belongsTo(object("Service", "a"), { ...net, stack: "other" })).toBe(false);
    expect(belongsTo(object("Service", "a"), { ...net, project: "other" })).toBe(false);
    const copied = object("Endpoints", "a", {
      managedFields: [{ manager: "kube-controller-manager", operation: "Update" }],
    });
    expect(belongsTo(copied, net)).toBe(false);
  });

  it("is the Pulumi CLI's by its field manager or its label", () => {
    expect(isOwnedByPulumi(object("Service", "a"))).toBe(false);
    expect(
      isOwnedByPulumi(
        object("Service", "a", { managedFields: [{ manager: "pulumi-kubernetes-1a2b", operation: "Apply" }] }),
      ),
    ).toBe(true);
    expect(isOwnedByPulumi(object("Service", "a", { labels: { "app.kubernetes.io/managed-by": "pulumi" } }))).toBe(
      true,
    );
  });
});
