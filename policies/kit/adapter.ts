/** Adapts this pack's policies to Pulumi: to `@pulumi/policy` under the Pulumi CLI, and to the engine of `baas`. */
import {
  guardKeys,
  type PulumiPolicy,
  type ResourcePolicy,
  type WholeStackPolicy,
} from "../../model/pulumi/policyPack";
import { parseUrn } from "../../model/pulumi/urn";
import { withEmbedded } from "./embedded";
import { objectOf } from "./objects";
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

function common({ name, description, level, settings, allowing }: Policy) {
  return {
    name,
    description,
    enforcementLevel: level,
    ...(settings !== undefined && { configSchema: { properties: settings } }),
    ...(allowing !== undefined && { allowing }),
  };
}

function wholeStackPolicy(policy: StackPolicy<any>, contextOf: ContextOf): WholeStackPolicy {
  return {
    ...common(policy),
    validateStack: ({ resources, getConfig }, report) => {
      const objects = resources.flatMap(({ type, props, urn }) => {
        const raw = unguarded(props);
        const object = objectOf(type, raw, urn);
        return object === undefined ? [] : withEmbedded(object, raw);
      });
      if (objects.length === 0) return;
      const context = contextOf(objects[0]!.urn, getConfig());
      for (const violation of policy.checkStack(objects, context)) report(text(violation), violation.urn);
    },
  };
}

function resourcePolicy(policy: ObjectPolicy<any>, contextOf: ContextOf): ResourcePolicy {
  const concerns = (kind: string): boolean => policy.kinds === undefined || policy.kinds.includes(kind);
  return {
    ...common(policy),
    validateResource: (resource, report) => {
      const { type, urn, props } = resource;
      const raw = unguarded(props);
      const object = objectOf(type, raw, urn);
      if (object === undefined && policy.checkOther === undefined) return;
      const context = contextOf(urn, resource.getConfig());
      const violations =
        object === undefined
          ? policy.checkOther!({ type, urn, inputs: raw }, context)
          : withEmbedded(object, raw)
              .filter(({ kind }) => concerns(kind))
              .flatMap((each) =>
                policy.check(each === object ? objectOf(type, guarded(type, props), urn)! : each, context),
              );
      for (const violation of violations) report(text(violation));
    },
    ...(policy.remediate !== undefined && {
      remediateResource: (resource) => {
        const object = objectOf(resource.type, unguarded(resource.props), resource.urn);
        if (object === undefined || !concerns(object.kind)) return undefined;
        return policy.remediate!(object, contextOf(resource.urn, resource.getConfig()));
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
function guarded(type: string, props: any): any {
  return type === "kubernetes:core/v1:Secret" ? unguarded(props) : props;
}

/** The value behind its guards. Those that `@pulumi/policy` 1.21 uses for remedies do not even support `map` on arrays. */
function unguarded(props: any): any {
  let value = props;
  while (value[guardKeys.isGuard] === true) value = value[guardKeys.target];
  return value;
}
