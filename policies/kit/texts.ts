/** Texts that an object shows to everybody who may read it. */
import { load } from "js-yaml";

import { containersOf, podOf, type KubernetesObject } from "./objects";

/** A text, and where in the object it is. */
export interface PlacedText {
  /** Name of the variable, of the file, or of the key in a file; empty for an argument. */
  key: string;
  value: string;
  /** For messages: `variable "X" of container "peer"`. */
  where: string;
}

/** Literal values of environment variables, arguments of containers, and entries of ConfigMaps. */
export function openTexts(object: KubernetesObject): PlacedText[] {
  return [...variables(object), ...argumentsOf(object), ...files(object)];
}

/** Literal values of environment variables; references to Secrets and ConfigMaps are not among them. */
export function variables(object: KubernetesObject): PlacedText[] {
  return containers(object).flatMap((container) =>
    (container.env ?? []).flatMap(({ name, value }: any) =>
      typeof value === "string"
        ? [{ key: String(name), value, where: `variable "${name}" of container "${container.name}"` }]
        : [],
    ),
  );
}

/** Words of the command lines of containers. */
export function argumentsOf(object: KubernetesObject): PlacedText[] {
  return containers(object).flatMap((container) =>
    [...(container.command ?? []), ...(container.args ?? [])].map((value) => ({
      key: "",
      value: String(value),
      where: `argument "${shortened(String(value))}" of container "${container.name}"`,
    })),
  );
}

/** Entries of a ConfigMap, each as a whole. */
export function files({ kind, body }: KubernetesObject): PlacedText[] {
  if (kind !== "ConfigMap") return [];
  return Object.entries({ ...body.data, ...body.binaryData }).map(([key, value]) => ({
    key,
    value: String(value),
    where: `entry "${key}"`,
  }));
}

/**
 * Scalars of the entries of a ConfigMap that are YAML or JSON, and settings of those that are lines of `key = value`, each
 * with its last key and the way to it.
 */
export function settingsOf(object: KubernetesObject): PlacedText[] {
  return files(object).flatMap(({ key: file, value }) => {
    const document = parsed(value);
    const found = document === undefined ? lines(value) : scalars(document, []);
    return found.map(({ path, text }) => ({
      key: path.at(-1) ?? "",
      value: text,
      where: `"${path.join(".")}" in entry "${file}"`,
    }));
  });
}

interface Scalar {
  path: string[];
  text: string;
}

function parsed(text: string): object | undefined {
  // Neither is a certificate or a script, and parsing those takes time.
  if (!/[:{]/.test(text) || text.startsWith("-----BEGIN") || text.startsWith("#!")) return undefined;
  try {
    const document = load(text);
    return typeof document === "object" && document !== null ? document : undefined;
  } catch {
    return undefined;
  }
}

function scalars(value: unknown, path: string[]): Scalar[] {
  if (Array.isArray(value)) return value.flatMap((each) => scalars(each, path));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => scalars(inner, [...path, key]));
  }
  return value === null || value === undefined ? [] : [{ path, text: String(value) }];
}

function lines(text: string): Scalar[] {
  return [...text.matchAll(/^\s*([A-Za-z][\w.-]*)\s*[=:]\s*(\S.*?)\s*$/gm)].map(([, key, value]) => ({
    path: [key!],
    text: value!,
  }));
}

function containers(object: KubernetesObject): any[] {
  const pod = podOf(object);
  return pod === undefined ? [] : containersOf(pod).map(({ container }) => container);
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
