/** What a policy of this pack is: plain functions over registered objects, and everything that its documentation needs. */
import type { PolicyConfigSchema } from "@pulumi/policy";

import { defaultsOf } from "../../model/project/policyProfile";
import type { EnforcementLevel } from "../../model/pulumi/policyPack";
import type { KubernetesObject } from "./objects";
import type { StackFile } from "./stackFile";

/** What is wrong with one object. */
export interface Violation {
  /** Path in the stack file and the object; only the object if the stack file does not decide the matter. */
  place: string;
  /** What is wrong, and what to write instead. */
  message: string;
  /** The object, for a policy of a whole stack. */
  urn?: string;
}

/** What a policy may look at besides the object itself. */
export interface Context<S> {
  settings: S;
  stackFile: StackFile;
}

/** The schema of a setting with a list of texts; none by default. */
export const texts = { type: "array", items: { type: "string" }, default: [] } as const;

/** A setting of a policy. */
export type Setting = PolicyConfigSchema["properties"][string] & { description: string };

interface Common<S> {
  /** Kebab-case, starting with its folder; the key of its settings in an environment. */
  name: string;
  level: EnforcementLevel;
  /** The rule: a sentence, the first line of every message. */
  description: string;
  /** What happens if the rule is broken. */
  why: string;
  /** Settings with their defaults; for the JSON Schema and the documentation. */
  settings?: { [key in keyof S]: Setting };
  /** Settings by which something is allowed that is refused otherwise. Only an environment sets them, never a stack. */
  allowing?: readonly (keyof S & string)[];
  /** What the policy cannot see, and what checks it instead. */
  limits?: string;
}

/** A resource of Pulumi that is no Kubernetes object. */
export interface OtherResource {
  type: string;
  urn: string;
  inputs: Record<string, any>;
}

/** A policy that looks at one object at a time, before anything is changed. */
export interface ObjectPolicy<S = object> extends Common<S> {
  /** Kinds that it looks at; all of them if it names none. */
  kinds?: readonly string[];
  /** Looks at an object. Objects inside it are asked about one by one. */
  check(object: KubernetesObject, context: Context<S>): Violation[];
  /** Looks at what is no Kubernetes object. */
  checkOther?(resource: OtherResource, context: Context<S>): Violation[];
  /** The object as it should be, for enforcement level `remediate`; undefined when there is nothing to do. */
  remediate?(object: KubernetesObject, context: Context<S>): Record<string, unknown> | undefined;
}

/** A policy that needs all objects of a stack. */
export interface StackPolicy<S = object> extends Common<S> {
  checkStack(objects: KubernetesObject[], context: Context<S>): Violation[];
}

/** Any policy of the pack. Its settings have been checked against its schema before it sees them. */
export type Policy = ObjectPolicy<any> | StackPolicy<any>;

/** Types a policy that looks at one object at a time. */
export function objectPolicy<S = object>(policy: ObjectPolicy<S>): ObjectPolicy<S> {
  return policy;
}

/** Types a policy that needs all objects of a stack. */
export function stackPolicy<S = object>(policy: StackPolicy<S>): StackPolicy<S> {
  return policy;
}

/** Whether a policy needs all objects of a stack. */
export function isStackPolicy(policy: Policy): policy is StackPolicy<any> {
  return "checkStack" in policy;
}

/** The default settings of a policy. */
export function defaultSettings({ settings = {} }: Policy): Record<string, unknown> {
  return defaultsOf(settings as Record<string, Setting>);
}
