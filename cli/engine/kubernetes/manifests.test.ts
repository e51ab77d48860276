import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { kindOfType } from "../../../model/pulumi/kubernetesTypes";
import type { Registration, ResourceOptions } from "../declared/registration";
import { Secret, unknownValue } from "../declared/values";
import { configMap, programResult, registration } from "../testing/fixture";
import { type Manifest, manifestName, withoutSecretData } from "./manifest";
import { manifests } from "./manifests";

const definitionType = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";

function object(
  type: string,
  name: string,
  options: Partial<ResourceOptions> = {},
  metadata = {},
  spec = {},
): Registration {
  const { apiVersion, kind } = kindOfType(type)!;
  return registration(
    type,
    name,
    { apiVersion, kind, metadata: { name, namespace: "dev", ...metadata }, spec },
    options,
  );
}

const names = (found: Manifest[]): string[] => found.map(manifestName);

describe("kinds", () => {
  test("follow from the type of a resource", () => {
    expect(kindOfType("kubernetes:core/v1:ConfigMap")).toEqual({ apiVersion: "v1", kind: "ConfigMap" });
    expect(kindOfType("kubernetes:apps/v1:StatefulSet")).toEqual({ apiVersion: "apps/v1", kind: "StatefulSet" });
    expect(kindOfType("kubernetes:baas.io/v1alpha1:Channel")).toEqual({
      apiVersion: "baas.io/v1alpha1",
      kind: "Channel",
    });
    expect(kindOfType("random:index/randomId:RandomId")).toBeUndefined();
  });
});

describe("an object", () => {
  test("has what its resource declares, and says what the applier must know", () => {
    const map = configMap("map", { retainOnDelete: true });
    expect(manifests(programResult([map]))).toEqual([
      {
        urn: map.urn,
        apiVersion: "v1",
        kind: "ConfigMap",
        name: "map",
        namespace: "dev",
        object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "map", namespace: "dev" }, data: {} },
        dependsOn: [],
        retain: true,
      },
    ]);
  });

  test("takes its namespace from its provider when it names none", () => {
    const provider = registration("pulumi:providers:kubernetes", "cluster", { namespace: "given" });
    const map = registration(
      "kubernetes:core/v1:ConfigMap",
      "map",
      { metadata: { name: "map" } },
      { provider: provider.urn },
    );
    expect(names(manifests(programResult([provider, map])))).toEqual(["ConfigMap given/map"]);
  });

  test("has no namespace where its kind has none, by Kubernetes or by its definition", () => {
    const role = object("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "role");
    const spec = { group: "baas.io", scope: "Cluster", names: { kind: "Zone" } };
    const definition = object(definitionType, "zones.baas.io", {}, {}, spec);
    const zone = object("kubernetes:baas.io/v1:Zone", "zone");
    const found = manifests(programResult([role, definition, zone]));
    expect(names(found)).toEqual([
      "apiextensions.k8s.io/CustomResourceDefinition zones.baas.io",
      "rbac.authorization.k8s.io/ClusterRole role",
      "baas.io/Zone zone",
    ]);
    expect(found.map(({ object }) => (object.metadata as any).namespace)).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    [{ namespace: "dev" }, "metadata.name is missing; names are not generated"],
    [{ name: unknownValue, namespace: "dev" }, "metadata.name is not known before apply"],
    [{ name: "map", namespace: unknownValue }, "metadata.namespace is not known before apply"],
    [{ name: "map" }, "metadata.namespace is missing"],
  ])("is refused with a message that names its resource: %j", (metadata, message) => {
    const map = registration("kubernetes:core/v1:ConfigMap", "resource", { metadata });
    expect(() => manifests(programResult([map]))).toThrow(`"resource" (kubernetes:core/v1:ConfigMap): ${message}`);
  });

  test("is declared once", () => {
    const two = registration("kubernetes:core/v1:ConfigMap", "two", { metadata: { name: "map", namespace: "dev" } });
    expect(() => manifests(programResult([configMap("map"), two]))).toThrow(
      'ConfigMap dev/map is declared twice, by "map" and by "two"',
    );
  });

  test("is what the API server takes: no patches, no lists, nothing of other providers", () => {
    const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "dev" } };
    const patch = registration("kubernetes:core/v1:ConfigMapPatch", "patch", inputs);
    expect(() => manifests(programResult([patch]))).toThrow(
      '"patch" (kubernetes:core/v1:ConfigMapPatch) is not one object',
    );
    const bucket = { ...registration("aws:s3/bucket:Bucket", "bucket"), custom: true };
    expect(() => manifests(programResult([bucket]))).toThrow(
      '"bucket" (aws:s3/bucket:Bucket) is not a Kubernetes object',
    );
  });
});

describe("the order of objects", () => {
  const spec = { group: "baas.io", scope: "Namespaced", names: { kind: "Channel" } };
  const set = object("kubernetes:apps/v1:StatefulSet", "set");
  const component: Registration = {
    ...registration("baas:index:Peer", "peer", {}, { dependsOn: [set.urn] }),
    custom: false,
  };
  const late = { ...configMap("late"), parent: component.urn };
  const password = registration("random:index/randomId:RandomId", "id", {}, { dependsOn: [late.urn] });
  const all = [
    object("kubernetes:baas.io/v1:Channel", "channel"),
    object("kubernetes:core/v1:Namespace", "dev"),
    object(definitionType, "channels.baas.io", {}, {}, spec),
    set,
    component,
    late,
    password,
    object("kubernetes:core/v1:ServiceAccount", "account", { dependsOn: [password.urn] }),
    configMap("b"),
    configMap("a"),
  ];

  test("puts namespaces and definitions first, then each after what it depends on, however far away", () => {
    expect(names(manifests(programResult(all)))).toEqual([
      "Namespace dev",
      "apiextensions.k8s.io/CustomResourceDefinition channels.baas.io",
      "ConfigMap dev/a",
      "ConfigMap dev/b",
      "apps/StatefulSet dev/set",
      "ConfigMap dev/late",
      "ServiceAccount dev/account",
      "baas.io/Channel dev/channel",
    ]);
  });

  test("does not depend on the order in which resources were registered", () => {
    const expected = manifests(programResult(all));
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
        expect(manifests(programResult(shuffled))).toEqual(expected);
      }),
    );
  });

  test("is a valid one for any dependencies", () => {
    const edges = fc.array(fc.tuple(fc.nat(19), fc.nat(19)), { maxLength: 60 });
    fc.assert(
      fc.property(edges, (pairs) => {
        const maps = Array.from({ length: 20 }, (_, i) => configMap(`map${i}`));
        // An edge leads from a later resource to an earlier one, as in a program.
        for (const [a, b] of pairs)
          if (a !== b) maps[Math.max(a, b)]!.options.dependsOn.push(maps[Math.min(a, b)]!.urn);
        const placed = new Set<string>();
        for (const { urn, dependsOn } of manifests(programResult(maps))) {
          expect(dependsOn.filter((other) => !placed.has(other))).toEqual([]);
          placed.add(urn);
        }
        expect(placed.size).toBe(20);
      }),
    );
  });

  test("of ten thousand objects is found at once", () => {
    const maps = Array.from({ length: 10_000 }, (_, i) => configMap(`map${i}`));
    maps.forEach((map, i) => i > 0 && map.options.dependsOn.push(maps[(i * 7919) % i]!.urn));
    const started = performance.now();
    expect(manifests(programResult(maps))).toHaveLength(10_000);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("the data of a Secret", () => {
  const secret = (data: unknown): Manifest => {
    const metadata = { name: "secret", namespace: "dev" };
    const inputs = { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", stringData: data };
    return manifests(programResult([registration("kubernetes:core/v1:Secret", "secret", inputs)]))[0]!;
  };

  test("is never part of what is written to files", () => {
    const { object, filledAtApply } = withoutSecretData(secret(new Secret({ b: "x", "a.key": "y" })));
    expect(object).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "secret", namespace: "dev" },
      type: "Opaque",
    });
    expect(filledAtApply).toEqual(["stringData.b", 'stringData["a.key"]']);
    expect(withoutSecretData(secret({ b: new Secret("x") })).filledAtApply).toEqual(["stringData.b"]);
    expect(withoutSecretData(secret(new Secret(unknownValue))).filledAtApply).toEqual(["stringData"]);
    expect(withoutSecretData(secret(undefined)).filledAtApply).toEqual([]);
  });

  test("concerns Secrets only", () => {
    const [map] = manifests(programResult([configMap("map")]));
    expect(withoutSecretData(map!)).toEqual({ object: map!.object, filledAtApply: [] });
  });
});
