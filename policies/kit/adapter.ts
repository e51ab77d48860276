/** Adapts this pack's policies to Pulumi: to `@pulumi/policy` under the Pulumi CLI, and to the engine of `baas`. */
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
import type { StackFiles } from "./stackFile";

/**
 * Converts a policy into Pulumi's form. An object's URN names its stack, so that one pack serves many stacks.
 *
 * @param stackFiles - of the project whose stacks are checked
 */
export function toPulumiPolicy(policy: Policy, stackFiles: StackFiles): PulumiPolicy {
  const defaults = defaultSettings(policy);
  const contextOf: ContextOf = (urn, configured) => ({
    settings: { ...defaults, ...configured },
    stackFile: stackFiles.of(parseUrn(urn).stack),
  });
  return isStackPolicy(policy) ? wholeStackPolicy(policy, contextOf) : resourcePolicy(policy, contextOf);
}

/** The context of a policy for the stack of an object, with the configured settings. */
type ContextOf = (urn: string, configured: object) => Context<any>;

function common({ name, description, level, settings }: Policy) {
  return {
    name,
    description,
    enforcementLevel: level,
    ...(settings !== undefined && { configSchema: { properties: settings } }),
  };
}

function wholeStackPolicy(policy: StackPolicy<any>, contextOf: ContextOf): WholeStackPolicy {
  return {
    ...common(policy),
    validateStack: ({ resources, getConfig }, report) => {
      const objects = resources.flatMap(({ type, props, urn }) => objectOf(type, unguarded(props), urn) ?? []);
      if (objects.length === 0) return;
      const context = contextOf(objects[0]!.urn, getConfig());
      for (const violation of policy.checkStack(objects, context)) report(text(violation), violation.urn);
    },
  };
}

function resourcePolicy(policy: ObjectPolicy<any>, contextOf: ContextOf): ResourcePolicy {
  const objectIn = ({ type, urn }: AskedResource, props: any): KubernetesObject | undefined =>
    policy.kinds.includes(type.slice(type.lastIndexOf(":") + 1)) ? objectOf(type, props, urn) : undefined;
  return {
    ...common(policy),
    validateResource: (resource, report) => {
      const object = objectIn(resource, guardedProps(resource));
      if (object === undefined) return;
      const context = contextOf(resource.urn, resource.getConfig());
      for (const violation of policy.check(object, context)) report(text(violation));
    },
    ...(policy.remediate !== undefined && {
      remediateResource: (resource) => {
        const object = objectIn(resource, unguarded(resource.props));
        return object && policy.remediate!(object, contextOf(resource.urn, resource.getConfig()));
      },
    }),
  };
}

/** The message of a violation. */
export function text({ place, message }: Violation): string {
  return `${place}: ${message}`;
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
