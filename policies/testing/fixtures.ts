/** Fixtures of policies: objects as a program registers them, and the messages that a policy gives for each. */
import { join } from "node:path";

import { createUrn, stackType } from "../../model/pulumi/urn";
import type { Policy } from "../kit/policy";

/** A registered resource. */
export interface Resource {
  type: string;
  inputs: Record<string, unknown>;
  urn: string;
}

/** Objects that a policy lets pass, or not. */
export interface Fixture {
  /** A sentence without its beginning: "a Service that ...". */
  title: string;
  objects: Resource[];
  /** Settings of the policy; its defaults where there are none. */
  settings?: Record<string, unknown>;
  /** Whole messages, in order; empty for what passes. */
  messages: string[];
}

/** Fixtures of one policy: at least one that fails and one that passes. */
export interface Fixtures {
  policy: Policy;
  bad: [Fixture, ...Fixture[]];
  good: [Fixture, ...Fixture[]];
  /** For a policy that remedies: objects, and what becomes of them. */
  remedied?: { before: Resource; after: Record<string, unknown> }[];
}

/** A project with the stacks `trade`, `loans` and `platform-bank` in the environment `bank`. */
export const testProject = join(__dirname, "..", "testdata", "project");

const groups: Record<string, string> = {
  v1: "core/v1",
};

/**
 * A registered object.
 *
 * @param manifest - as one writes it in YAML
 * @param component - class of the component that registers it
 * @param type - of the resource, where it is not what the manifest's is
 */
export function object(
  manifest: Record<string, any>,
  { stack = "trade", component = "Network", type = typeOf(manifest) } = {},
): Resource {
  const { metadata } = manifest;
  const stackUrn = createUrn(stack, "baas", undefined, stackType, `baas-${stack}`);
  const parent = createUrn(stack, "baas", stackUrn, `baas:index:${component}`, stack);
  return { type, inputs: manifest, urn: createUrn(stack, "baas", parent, type, metadata?.name ?? "unnamed") };
}

function typeOf({ apiVersion, kind }: Record<string, any>): string {
  return `kubernetes:${groups[apiVersion] ?? apiVersion}:${kind}`;
}

/** Labels of an object of the network `trade`. */
export function labels(role: string, organization?: string, instance?: string): Record<string, string> {
  return {
    "app.kubernetes.io/part-of": "baas",
    "app.kubernetes.io/component": role,
    "baas.io/network": "trade",
    ...(organization !== undefined && { "baas.io/organization": organization }),
    ...(instance !== undefined && { "app.kubernetes.io/instance": instance }),
  };
}

/** A container that keeps every policy. */
export function container(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: "main",
    image: "docker.io/hyperledger/fabric-peer:2.5.16",
    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { cpu: "1", memory: "512Mi" } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    ...changes,
  };
}

/** A pod spec that keeps every policy. */
export function podSpec(changes: Record<string, unknown> = {}, containers = [container()]): Record<string, unknown> {
  return {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers,
    ...changes,
  };
}

/** A StatefulSet of one peer of org1, `peer0-org1`, that keeps every policy. */
export function peer(changes: Record<string, unknown> = {}, spec = podSpec(), name = "peer0-org1"): Resource {
  return workload("StatefulSet", { name, role: "peer", organization: "org1" }, spec, changes);
}

/** A workload of the network `trade`. */
export function workload(
  kind: "StatefulSet" | "Deployment" | "Job",
  { name, role, organization }: { name: string; role: string; organization?: string },
  spec = podSpec(),
  changes: Record<string, unknown> = {},
): Resource {
  const own = labels(role, organization, name);
  const component = role.replace(/(^|-)(\w)/g, (_match, _dash, letter: string) => letter.toUpperCase());
  return object(
    {
      apiVersion: kind === "Job" ? "batch/v1" : "apps/v1",
      kind,
      metadata: { name, namespace: "trade", labels: own },
      spec: {
        ...(kind === "Job" ? {} : { replicas: 1, selector: { matchLabels: own } }),
        template: { metadata: { labels: own }, spec },
        ...changes,
      },
    },
    { component },
  );
}
