/** Asks a policy as Pulumi and `baas` do. */
import { isWholeStackPolicy, type PulumiPolicy } from "../../model/pulumi/policyPack";
import type { Resource } from "./fixtures";

/** The messages of a policy about resources, in its order. */
export function messagesOf(policy: PulumiPolicy, resources: readonly Resource[], settings: object = {}): string[] {
  const asked = resources.map(({ type, urn, inputs }) => ({ type, urn, props: frozen(inputs) }));
  const messages: string[] = [];
  const report = (message: string): void => void messages.push(message);
  const getConfig = (): object => settings;
  if (isWholeStackPolicy(policy)) policy.validateStack({ resources: asked, getConfig }, report);
  else for (const each of asked) policy.validateResource({ ...each, getConfig }, report);
  return messages;
}

/** Freezes an object: baas passes the same object to all policies, so none may change it. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}
