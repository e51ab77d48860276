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
 * Reads a Secret; makes it if there is none. It is never changed afterwards. It has no owner, because it is still needed
 * after the custom resource is deleted.
 *
 * @param make - the values of a new Secret
 * @throws {@link SecretInvalid} when it is there without one of the keys
 */
export async function ensureSecret<Keys extends string>(
  api: KubernetesApi,
  owner: KubernetesObject,
  name: string,
  make: () => SecretValues<Keys>,
): Promise<{ values: SecretValues<Keys>; created: boolean }> {
  const { namespace } = owner.metadata;
  const network = owner.metadata.labels?.[networkLabel];
  const fresh = make();
  const found = await read(api, namespace, name);
  if (found) return { values: decode(found, Object.keys(fresh) as Keys[]), created: false };
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    type: "Opaque",
    metadata: {
      name,
      namespace,
      labels: managedLabels(controllerName, network),
      annotations: retainUntilPurge,
    },
    stringData: fresh,
  };
  try {
    await api.call("POST", collections.secrets(namespace), { body: secret });
    return { values: fresh, created: true };
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
    const there = await read(api, namespace, name);
    if (!there) throw error;
    return { values: decode(there, Object.keys(fresh) as Keys[]), created: false };
  }
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
  const found = await read(api, namespace, name);
  return found && decode(found, keys);
}

function read(api: KubernetesApi, namespace: string, name: string): Promise<Secret | undefined> {
  return unlessMissing(api.call<Secret>("GET", `${collections.secrets(namespace)}/${name}`));
}

function decode<Keys extends string>(secret: Secret, keys: readonly Keys[]): SecretValues<Keys> {
  const values = Object.fromEntries(
    keys.map((key) => [
      key,
      Buffer.from(secret.data?.[key] ?? "", "base64")
        .toString("utf8")
        .trim(),
    ]),
  ) as SecretValues<Keys>;
  const missing = keys.filter((key) => values[key] === "");
  if (missing.length > 0) {
    throw new SecretInvalid(`Secret ${secret.metadata.name} has no value for ${missing.join(", ")}`);
  }
  return values;
}
