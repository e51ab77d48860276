/** Adapts this pack's policies to Pulumi: to `@pulumi/policy` under the Pulumi CLI, and to the offline engine. */
import {
  type AskedResource,
  guardKeys,
  type PulumiPolicy,
  type ResourcePolicy,
  type WholeStackPolicy,
} from "../../model/pulumi/policyPack";
import { parseUrn } from "../../model/pulumi/urn";
import { type KubernetesObject, objectOf } from "./objects";
import {
  type Context,
  defaultSettings,
  isStackPolicy,
  type ObjectPolicy,
  type Policy,
  type StackPolicy,
  type Violation,
} from "./policy";
import type { StackFile, StackFiles } from "./stackFile";

/**
 * Converts a policy into Pulumi's form. An object's URN names its stack, so that one pack serves many stacks.
 *
 * @param stackFiles - of the project whose stacks are checked
 */
export function toPulumiPolicy(policy: Policy, stackFiles: StackFiles): PulumiPolicy {
  return isStackPolicy(policy) ? wholeStackPolicy(policy, stackFiles) : resourcePolicy(policy, stackFiles);
}

function common({ name, description, level, settings }: Policy) {
  return {
    name,
    description,
    enforcementLevel: level,
    ...(settings !== undefined && { configSchema: { properties: settings } }),
  };
}

function contextOf(policy: Policy, stackFiles: StackFiles, urn: string, configured: object): Context<any> {
  return {
    settings: { ...defaultSettings(policy), ...configured },
    stackFile: stackFiles.of(parseUrn(urn).stack),
  };
}

function wholeStackPolicy(policy: StackPolicy<any>, stackFiles: StackFiles): WholeStackPolicy {
  return {
    ...common(policy),
    validateStack: ({ resources, getConfig }, report) => {
      const objects = resources.flatMap(({ type, props, urn }) => objectOf(type, unguarded(props), urn) ?? []);
      if (objects.length === 0) return;
      const context = contextOf(policy, stackFiles, objects[0]!.urn, getConfig());
      for (const violation of policy.checkStack(objects, context)) report(text(violation), violation.urn);
    },
  };
}

function resourcePolicy(policy: ObjectPolicy<any>, stackFiles: StackFiles): ResourcePolicy {
  const objectIn = ({ type, urn }: AskedResource, props: any): KubernetesObject | undefined =>
    policy.kinds.includes(type.slice(type.lastIndexOf(":") + 1)) ? objectOf(type, props, urn) : undefined;
  return {
    ...common(policy),
    validateResource: (resource, report) => {
      const object = objectIn(resource, guardedProps(resource));
      if (object === undefined) return;
      const context = contextOf(policy, stackFiles, resource.urn, resource.getConfig());
      for (const violation of policy.check(object, context)) report(text(violation));
    },
    ...(policy.remediate !== undefined && {
      remediateResource: (resource) => {
        const object = objectIn(resource, unguarded(resource.props));
        return object && policy.remediate!(object, contextOf(policy, stackFiles, resource.urn, resource.getConfig()));
      },
    }),
  };
}

/** The message of a violation. */
export function text({ place, message }: Violation): string {
  return `${place}: ${message}`;
}

/** For the tests: what a policy finds in objects when it is called directly. */
export function violationsOf(
  policy: Policy,
  objects: KubernetesObject[],
  stackFile: StackFile,
  settings: object = {},
): Violation[] {
  const context = { settings: { ...defaultSettings(policy), ...settings }, stackFile };
  if (isStackPolicy(policy)) return policy.checkStack(objects, context);
  return objects.filter(({ kind }) => policy.kinds.includes(kind)).flatMap((object) => policy.check(object, context));
}

// Reading an unknown value stops a policy. A Secret's random data is unknown at preview, and the policies that check Secrets
// skip unknown values themselves.
function guardedProps({ type, props }: AskedResource): any {
  return type === "kubernetes:core/v1:Secret" ? unguarded(props) : props;
}

/** The value behind its guards. Those that `@pulumi/policy` 1.21 uses for remedies do not even support `map` on arrays. */
function unguarded(props: any): any {
  let value = props;
  while (value[guardKeys.isGuard] === true) value = value[guardKeys.target];
  return value;
}
