/** Texts that an object shows to everybody who may read it. */
import { load } from "js-yaml";

import { containersOf, type KubernetesObject, podOf } from "./objects";

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

/** Arguments of containers, and of what runs in them as a probe or a lifecycle hook. */
export function argumentsOf(object: KubernetesObject): PlacedText[] {
  return commands(object).flat();
}

/** Command lines as words: arguments, the commands of a shell, and scripts in ConfigMaps. `where` names the argument. */
export function commandLines(object: KubernetesObject): PlacedText[][] {
  const scripts = files(object)
    .filter(({ value }) => isScript(value))
    .map((file) => [{ ...file, value: file.value.replace(/^\s*#.*$/gm, "") }]);
  return [...commands(object), ...scripts].map((line) =>
    line.flatMap((argument) =>
      argument.value
        .replace(/["']/g, "")
        .split(/[\s;]+/)
        .filter((word) => word !== "" || argument.value === "")
        .map((value) => ({ ...argument, value })),
    ),
  );
}

function commands(object: KubernetesObject): PlacedText[][] {
  return containers(object).flatMap((container) => {
    const { lifecycle = {} } = container;
    const hooks = Object.entries<any>({
      startupProbe: container.startupProbe,
      readinessProbe: container.readinessProbe,
      livenessProbe: container.livenessProbe,
      "lifecycle.postStart": lifecycle.postStart,
      "lifecycle.preStop": lifecycle.preStop,
    }).map(([path, handler]) => ({ words: handler?.exec?.command ?? [], of: `${path} of ` }));
    return [{ words: [...(container.command ?? []), ...(container.args ?? [])], of: "" }, ...hooks].map(
      ({ words, of }) =>
        words.map((word: unknown) => ({
          key: "",
          value: String(word),
          where: `argument "${shortened(String(word))}" of ${of}container "${container.name}"`,
        })),
    );
  });
}

/** Entries of a ConfigMap, each as a whole. */
export function files({ kind, body }: KubernetesObject): PlacedText[] {
  if (kind !== "ConfigMap") return [];
  const decoded = Object.entries(body.binaryData ?? {}).map(
    ([key, value]) => [key, Buffer.from(String(value), "base64").toString()] as const,
  );
  return [...Object.entries(body.data ?? {}), ...decoded].map(([key, value]) => ({
    key,
    value: String(value),
    where: `entry "${key}"`,
  }));
}

/** A setting in a file, with the keys that lead to it. */
export interface PlacedSetting extends PlacedText {
  path: string[];
}

/**
 * Settings in the entries of a ConfigMap, each with its last key and its path: scalars of YAML or JSON, lines of
 * `key = value`, and in scripts the lines of `key: value` that they write into a file.
 */
export function settingsOf(object: KubernetesObject): PlacedSetting[] {
  return parsedFiles(object).flatMap(({ key: file, value, document }) => {
    const found = document === undefined ? lines(value) : scalars(document, []);
    return found.map(({ path, text }) => ({
      key: path.at(-1) ?? "",
      path,
      value: text,
      where: `"${path.join(".")}" in entry "${file}"`,
    }));
  });
}

/** Entries of a ConfigMap that are YAML or JSON. */
export function documentsOf(object: KubernetesObject): { document: any; where: string }[] {
  return parsedFiles(object).flatMap(({ document, where }) => (document === undefined ? [] : [{ document, where }]));
}

interface ParsedFile extends PlacedText {
  document: object | undefined;
}

// Parsed once, because several policies check the same object.
const parsedBefore = new WeakMap<object, ParsedFile[]>();

function parsedFiles(object: KubernetesObject): ParsedFile[] {
  let found = parsedBefore.get(object.body);
  if (found === undefined) {
    found = files(object).map((file) => ({ ...file, document: parsed(file.value) }));
    parsedBefore.set(object.body, found);
  }
  return found;
}

function isScript(text: string): boolean {
  return text.startsWith("#!");
}

interface Scalar {
  path: string[];
  text: string;
}

function parsed(text: string): object | undefined {
  // Certificates, scripts and binary data are not parsed, which would take time.
  if (!/[:{]/.test(text) || /^(-----BEGIN|#!)|[\0\uFFFD]/.test(text)) return undefined;
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
  const line = /^\s*(?:export\s+)?([A-Za-z][\w.-]*)\s*([=:])\s*(["']?)(\S.*?)\3\s*$/gm;
  return [...text.matchAll(line)]
    .filter(([, , separator, , value]) => !isScript(text) || (separator === ":" && !value!.startsWith("$")))
    .map(([, key, , , value]) => ({ path: [key!], text: value! }));
}

function containers(object: KubernetesObject): any[] {
  const pod = podOf(object);
  return pod === undefined ? [] : containersOf(pod).map(({ container }) => container);
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
