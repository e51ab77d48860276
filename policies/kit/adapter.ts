/** Policies of this pack as `@pulumi/policy` takes them. */
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";

import { parseUrn } from "../../model/pulumi/urn";
import { type KubernetesObject, objectOf } from "./objects";
import { type Context, defaultSettings, isStackPolicy, type Policy, type Violation } from "./policy";
import { StackFile } from "./stackFile";

/**
 * A policy as `@pulumi/policy` takes it. Which stack an object belongs to follows from its URN, so that one process can
 * serve many stacks.
 *
 * @param projectDir - folder of Pulumi.yaml
 */
export function toPulumiPolicy(policy: Policy, projectDir: string): ResourceValidationPolicy | StackValidationPolicy {
  const { name, description, level: enforcementLevel, settings } = policy;
  const common = {
    name,
    description,
    enforcementLevel,
    ...(settings !== undefined && { configSchema: { properties: settings } }),
  };
  const context = (urn: string, configured: object): Context<any> => ({
    settings: { ...defaultSettings(policy), ...configured },
    stackFile: stackFileOf(projectDir, parseUrn(urn).stack),
  });
  if (isStackPolicy(policy)) {
    return {
      ...common,
      validateStack: ({ resources, getConfig }, reportViolation) => {
        const objects = resources.flatMap(({ type, props, urn }) => objectOf(type, plain(props), urn) ?? []);
        if (objects.length === 0) return;
        for (const violation of policy.checkStack(objects, context(objects[0]!.urn, getConfig()))) {
          reportViolation(text(violation), violation.urn);
        }
      },
    };
  }
  const applies = (type: string): boolean => policy.kinds.includes(type.slice(type.lastIndexOf(":") + 1));
  const { remediate } = policy;
  return {
    ...common,
    validateResource: ({ type, props, urn, getConfig }, reportViolation) => {
      const object = applies(type) ? objectOf(type, checked(props, type), urn) : undefined;
      if (object === undefined) return;
      for (const violation of policy.check(object, context(urn, getConfig()))) reportViolation(text(violation));
    },
    ...(remediate !== undefined && {
      remediateResource: ({ type, props, urn, getConfig }) => {
        const object = applies(type) ? objectOf(type, plain(props), urn) : undefined;
        return object && remediate.call(policy, object, context(urn, getConfig()));
      },
    }),
  };
}

/** A violation in words. */
export function text({ place, message }: Violation): string {
  return `${place}: ${message}`;
}

/** For the tests: what a policy finds in objects, without the protocol. */
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

const stackFiles = new Map<string, StackFile>();

function stackFileOf(projectDir: string, stack: string): StackFile {
  const known = stackFiles.get(stack);
  if (known !== undefined) return known;
  const file = new StackFile(projectDir, stack);
  stackFiles.set(stack, file);
  return file;
}

// The SDK stops a policy that touches an unknown value. A Secret's data is unknown at preview when it is random, and the
// policies that look at it pass over what they cannot see.
function checked(props: any, type: string): any {
  return type === "kubernetes:core/v1:Secret" ? plain(props) : props;
}

/** The values behind the SDK's proxies, of which those for remedies cannot even map an array (1.21). */
function plain(props: any): any {
  let value = props;
  while (value.__isSpecialProxy === true) value = value.__getSpecialProxyTarget;
  return value;
}
