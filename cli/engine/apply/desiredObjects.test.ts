import { describe, expect, it } from "vitest";

import type { ProgramResult, Registration } from "../declared/registration";
import { Secret, unknownValue } from "../declared/values";
import { applyWaves, deleteWaves, desiredObjects, secretTexts } from "./desiredObjects";

function registration(type: string, object: Record<string, any>, options: object = {}): Registration {
  const name = `${object.kind}-${object.metadata.name}`;
  const urn = `urn:pulumi:net::shop::${type}::${name}`;
  return {
    urn,
    type,
    name,
    custom: true,
    inputs: object,
    options: { dependsOn: [], propertyDependencies: {}, ...options },
  };
}

const meta = (name: string) => ({ name, namespace: "net" });
const namespace = registration(
  "kubernetes:core/v1:Namespace",
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "net" } },
  { retainOnDelete: true },
);
const account = registration("kubernetes:core/v1:ServiceAccount", {
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: meta("peer"),
});
const statefulSet = registration(
  "kubernetes:apps/v1:StatefulSet",
  { apiVersion: "apps/v1", kind: "StatefulSet", metadata: { ...meta("peer"), labels: { app: "peer" } }, spec: {} },
  { dependsOn: [account.urn], ignoreChanges: ["spec.volumeClaimTemplates"], protect: true },
);
const thing = registration("kubernetes:baas.io/v1alpha1:Channel", {
  apiVersion: "baas.io/v1alpha1",
  kind: "Channel",
  metadata: meta("main"),
});

function result(...registrations: Registration[]): ProgramResult {
  return {
    project: "shop",
    projectDir: "/p",
    workingDir: "/p",
    stack: "net",
    registrations,
    outputs: {},
    diagnostics: [],
    references: [],
  };
}

describe("desired objects", () => {
  it("carry the labels of their stack beside their own, and their options as annotations", () => {
    const desired = desiredObjects(result(namespace, account, statefulSet));
    const [ns, , set] = desired.map(({ object }) => object.metadata);
    const own = { "app.kubernetes.io/managed-by": "baas-apply", "baas.io/project": "shop", "baas.io/stack": "net" };
    expect(set?.labels).toEqual({ app: "peer", ...own });
    expect(set?.annotations).toEqual({ "baas.io/protect": "true" });
    expect(ns?.labels).toEqual(own);
    expect(ns?.annotations).toEqual({ "baas.io/retain-on-delete": "true" });
    expect(desired[2]?.ignoreChanges).toEqual(["spec.volumeClaimTemplates"]);
  });

  it("hold secrets in plain text, which are known to whoever prints", () => {
    const inputs = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: meta("s"),
      stringData: new Secret({ password: "hunter22" }),
    };
    const program = result(registration("kubernetes:core/v1:Secret", inputs));
    expect(desiredObjects(program)[0]?.object.stringData).toEqual({ password: "hunter22" });
    expect(secretTexts(program)).toEqual(["hunter22", Buffer.from("hunter22").toString("base64")]);
  });

  it("are refused while a value is not known", () => {
    const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: meta("c"), data: { digest: unknownValue } };
    expect(() => desiredObjects(result(registration("kubernetes:core/v1:ConfigMap", inputs)))).toThrow(
      "ConfigMap net/c: data.digest is not known before something else exists",
    );
  });
});

describe("waves", () => {
  const kinds = (waves: { object: { kind: string } }[][]) => waves.map((wave) => wave.map(({ object }) => object.kind));

  it("apply namespaces first, and what pods use before the pods", () => {
    const desired = desiredObjects(result(statefulSet, thing, account, namespace));
    const waves = kinds(applyWaves(desired));
    expect(waves[0]).toEqual(["Namespace"]);
    expect(waves.flat().indexOf("ServiceAccount")).toBeLessThan(waves.flat().indexOf("StatefulSet"));
    expect(waves.at(-1)).toEqual(["StatefulSet"]);
  });

  it("delete what controllers look after, then pods, then what pods use, then what guards them", () => {
    const objects = ["Namespace", "NetworkPolicy", "Service", "StatefulSet", "Channel", "CustomResourceDefinition"].map(
      (kind) => ({
        object: {
          apiVersion: kind === "Channel" ? "baas.io/v1alpha1" : kind === "StatefulSet" ? "apps/v1" : "v1",
          kind,
          metadata: { name: kind },
        },
      }),
    );
    expect(kinds(deleteWaves(objects))).toEqual([
      ["Channel"],
      ["StatefulSet"],
      ["Service"],
      ["NetworkPolicy"],
      ["CustomResourceDefinition"],
      ["Namespace"],
    ]);
  });
});
