/** The Secrets that the controller makes and reads. */
import { randomBytes } from "node:crypto";

import { retainUntilPurge } from "../../../model/contracts/annotations";
import { managedLabels, networkLabel } from "../../../model/contracts/labels";
import { controllerName } from "../../../model/contracts/names";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { ApiError, unlessMissing } from "../../common/kubernetes/request";
import { collections, type KubernetesObject, type Secret } from "./resources";

/** A password of 256 random bits; Fabric CA takes up to 72 characters. */
export const newPassword = (): string => randomBytes(32).toString("base64url");

/** A Secret that the controller made, decoded. */
export type SecretValues<Keys extends string> = Readonly<Record<Keys, string>>;

/** A Secret lacks a required value. */
export class SecretInvalid extends Error {
  override name = "SecretInvalid";
}

/**
 * Reads a Secret; makes it if there is none. It has no owner, because it is still needed after the custom resource is deleted: a
 * network that is destroyed and brought up again finds its CAs, volumes and Secrets in agreement.
 *
 * @param make - the values of a new Secret, which every Secret of that name must have
 * @param more - what else a new Secret has
 * @throws {@link SecretInvalid} when it is there without one of the keys
 */
export async function ensureSecret<Keys extends string>(
  api: KubernetesApi,
  owner: KubernetesObject,
  name: string,
  make: () => SecretValues<Keys>,
  more: { values?: Record<string, string>; annotations?: Record<string, string> } = {},
): Promise<{ values: SecretValues<Keys>; secret: Secret }> {
  const { namespace } = owner.metadata;
  const network = owner.metadata.labels?.[networkLabel];
  const fresh = make();
  const found = await findSecret(api, namespace, name);
  if (found) return { values: decode(found, Object.keys(fresh) as Keys[]), secret: found };
  const made = {
    apiVersion: "v1",
    kind: "Secret",
    type: "Opaque",
    metadata: {
      name,
      namespace,
      labels: managedLabels(controllerName, network),
      annotations: { ...more.annotations, ...retainUntilPurge },
    },
    stringData: { ...more.values, ...fresh },
  };
  try {
    const secret = await api.call<Secret>("POST", collections.secrets(namespace), { body: made });
    return { values: fresh, secret };
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
    const there = await findSecret(api, namespace, name);
    if (!there) throw error;
    return { values: decode(there, Object.keys(fresh) as Keys[]), secret: there };
  }
}

/** What of a Secret is changed; null removes. */
export interface SecretChange {
  values?: Record<string, string | null>;
  annotations?: Record<string, string | null>;
}

/**
 * Changes values and annotations of a Secret.
 *
 * @param secret - as last read: a Secret that has changed since is not touched
 * @returns the changed one
 * @throws {@link ApiError} 409 if it has changed since
 */
export function changeSecret(
  api: KubernetesApi,
  secret: Secret,
  { values = {}, annotations }: SecretChange,
): Promise<Secret> {
  const { namespace, name, resourceVersion } = secret.metadata;
  const data = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, value === null ? null : Buffer.from(value).toString("base64")]),
  );
  return api.call("PATCH", `${collections.secrets(namespace)}/${name}`, {
    contentType: "application/merge-patch+json",
    body: { metadata: { resourceVersion, ...(annotations && { annotations }) }, data },
  });
}

/**
 * Reads a Secret that another object's reconciliation has made.
 *
 * @returns undefined if there is none
 * @throws {@link SecretInvalid} when it is there without one of the keys
 */
export async function readSecret<Keys extends string>(
  api: KubernetesApi,
  namespace: string,
  name: string,
  keys: readonly Keys[],
): Promise<SecretValues<Keys> | undefined> {
  const found = await findSecret(api, namespace, name);
  return found && decode(found, keys);
}

/** A Secret, or undefined if there is none. */
export function findSecret(api: KubernetesApi, namespace: string, name: string): Promise<Secret | undefined> {
  return unlessMissing(api.call<Secret>("GET", `${collections.secrets(namespace)}/${name}`));
}

/** A value of a Secret, decoded; empty if it has none of that key. */
export function valueOf(secret: Secret, key: string): string {
  return Buffer.from(secret.data?.[key] ?? "", "base64")
    .toString("utf8")
    .trim();
}

function decode<Keys extends string>(secret: Secret, keys: readonly Keys[]): SecretValues<Keys> {
  const values = Object.fromEntries(keys.map((key) => [key, valueOf(secret, key)])) as SecretValues<Keys>;
  const missing = keys.filter((key) => values[key] === "");
  if (missing.length > 0) {
    throw new SecretInvalid(`Secret ${secret.metadata.name} has no value for ${missing.join(", ")}`);
  }
  return values;
}
