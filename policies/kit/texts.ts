/** Texts that an object shows to everybody who may read it, wherever they stand, and the settings in them. */
import { documentsIn } from "./documents";
import { isJudgedAlone } from "./embedded";
import { decodedIn } from "./encoded";
import { isRecord, keysOf, type Node, pathOf, walk } from "./nodes";
import { containersOf, dataOf, type KubernetesObject, podOf } from "./objects";
import { rememberedByText } from "./remembered";

/** A text, and where in the object it is. */
export interface PlacedText {
  /** Name of the variable, of the file, or of the key in a file; empty for an argument. */
  key: string;
  /** The keys that lead to it, in what `where` names. */
  path: string[];
  value: string;
  /** For messages: `variable "X" of container "peer"`. */
  where: string;
  /** Whether people read it, and no program. */
  isDocumentation: boolean;
  /** Whether it is a field of the object itself, or an annotation. */
  isField: boolean;
  /** Whether it is a script, or a word of one. */
  isScript: boolean;
  /** Whether it is the data of a Secret, which no message may show. */
  isSecretData: boolean;
}

interface Texts {
  /** As they stand: variables, arguments, entries of ConfigMaps, annotations and other fields. */
  open: PlacedText[];
  /** Single values: all of the above but arguments, and what is set in them as in a file. */
  settings: PlacedText[];
  /** Command lines as words. */
  lines: PlacedText[][];
}

// Several policies check the same object.
const textsBefore = new WeakMap<object, Texts>();

function textsOf(object: KubernetesObject): Texts {
  let found = textsBefore.get(object.body);
  if (found === undefined) textsBefore.set(object.body, (found = readTexts(object)));
  return found;
}

/** All texts of an object, as they stand. */
export function openTexts(object: KubernetesObject): PlacedText[] {
  return textsOf(object).open;
}

/**
 * Values with their names: environment variables, entries of ConfigMaps and Secrets, annotations, fields, and the settings in
 * any text: scalars of YAML or JSON, lines of `key = value`, and in scripts the lines of `key: value` that they write into a
 * file.
 */
export function settingsOf(object: KubernetesObject): PlacedText[] {
  return textsOf(object).settings;
}

/**
 * Command lines as words: arguments, the commands of a shell, scripts, and values with several words or options. The query of an
 * address follows it, as words.
 */
export function commandLines(object: KubernetesObject): PlacedText[][] {
  return textsOf(object).lines;
}

/** Environment variables whose values stand elsewhere, and where: `configMapKeyRef`. */
export function referringVariables(object: KubernetesObject): { name: string; source: string; where: string }[] {
  return containers(object).flatMap((container) =>
    (container.env ?? []).flatMap(({ name, valueFrom }: any) =>
      Object.keys(valueFrom ?? {}).map((source) => ({
        name: String(name),
        source,
        where: `variable "${name}" of container "${container.name}"`,
      })),
    ),
  );
}

/** Arguments of containers, and of what runs in them as a probe or a lifecycle hook. */
export function argumentsOf(object: KubernetesObject): PlacedText[] {
  return commands(object).flat();
}

/** YAML and JSON in the texts of an object. */
export function documentsOf(object: KubernetesObject): { document: any; where: string }[] {
  return openTexts(object)
    .filter(({ isDocumentation }) => !isDocumentation)
    .flatMap(({ value, where }) => documentsOfText(value).map((document) => ({ document, where })));
}

function readTexts(object: KubernetesObject): Texts {
  const named = [...variables(object), ...entries(object), ...fields(object)];
  const lines = commands(object);
  const whole = [...named, ...lines.flat()];
  const encoded = whole.flatMap((text) =>
    decodedIn(text.value).map((value) => ({ ...text, value, where: `Base64 in ${text.where}` })),
  );
  const open = [...whole, ...encoded];
  const inside = new Map(open.map((text) => [text, text.isDocumentation ? documented(text) : settingsIn(text)]));
  const single = [...named, ...encoded].filter((text) => inside.get(text)!.length === 0 && !isScript(text.value));
  const settings = [...single, ...[...inside.values()].flat()];
  const scripts = open
    .filter(({ value, isDocumentation }) => isScript(value) && !isDocumentation)
    .map((text) => [{ ...text, isScript: true, value: withoutLines(text.value, /^\s*#/) }]);
  const wordy = [...settings, ...[...named, ...encoded].map(remainder)].filter(
    ({ value, isDocumentation }) => !isDocumentation && /[=\s]/.test(value.trim()),
  );
  return { open, settings, lines: [...lines, ...scripts, ...wordy.map((text) => [text])].map(words) };
}

function words(line: PlacedText[]): PlacedText[] {
  return line.flatMap((text) => wordsOf(text.value).map((value) => ({ ...text, value })));
}

const wordsOf = rememberedByText((text: string): readonly string[] =>
  text
    // An element of XML.
    .replace(/<([\w.:-]{1,100})>([^<]*)<\/\1>/g, " $1=$2 ")
    .replace(/["']/g, "")
    .split(/[\s;]+/)
    .filter((word) => word !== "" || text === "")
    .flatMap((word) => [word, ...queryOf(word)]),
);

/** The parts of an address's query. */
function queryOf(word: string): string[] {
  const scheme = word.indexOf("://");
  const query = scheme < 0 ? -1 : word.indexOf("?", scheme);
  return query < 0 ? [] : word.slice(query + 1).split("&");
}

function placed(key: string, value: unknown, where: string): PlacedText {
  return {
    key,
    path: [key],
    value: String(value),
    where,
    isDocumentation: false,
    isField: false,
    isScript: false,
    isSecretData: false,
  };
}

function variables(object: KubernetesObject): PlacedText[] {
  return containers(object).flatMap((container) =>
    (container.env ?? []).flatMap(({ name, value }: any) =>
      value === undefined || value === null
        ? []
        : [
            placed(
              String(name),
              expanded(String(value), container),
              `variable "${name}" of container "${container.name}"`,
            ),
          ],
    ),
  );
}

/** A text with the variables of its container in the place of `$(NAME)`, as the kubelet has it, and as a shell would. */
function expanded(text: string, { env = [] }: any): string {
  if (!text.includes("$")) return text;
  return text.replace(/\$(?:\((\w+)\)|\{(\w+)\}|([A-Za-z_]\w*))/g, (reference, ...names: (string | undefined)[]) => {
    const name = names.slice(0, 3).find((each) => each !== undefined);
    const value: unknown = env.find((each: any) => each.name === name)?.value;
    return typeof value === "string" ? value : reference;
  });
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
        words.map((word: unknown) => {
          const where = `argument "${shortened(String(word))}" of ${of}container "${container.name}"`;
          return placed("", expanded(String(word), container), where);
        }),
    );
  });
}

function entries(object: KubernetesObject): PlacedText[] {
  return Object.entries(dataOf(object)).map(([key, value]) => ({
    // An entry `password.txt` is a file with a password.
    ...placed(key.replace(/\.(txt|dat|bin|value)$/i, ""), value, `entry "${key}"`),
    isDocumentation: /\.(md|adoc|rst|html?)$|^(readme|notes|notice|copying|authors|license|changelog)\b/i.test(key),
    isSecretData: object.kind === "Secret",
  }));
}

/** Annotations and all other fields; what {@link variables}, {@link commands} and {@link entries} list is left out. */
function fields({ kind, body }: KubernetesObject): PlacedText[] {
  const found: PlacedText[] = [];
  const data = kind === "ConfigMap" || kind === "Secret" ? ["data", "binaryData", "stringData"] : [];
  const open = Object.fromEntries(Object.entries(body).filter(([key]) => !data.includes(key)));
  walk(open, (node) => {
    const { key, value } = node;
    if (node.up !== undefined && (isOfContainer(node) || (key !== "spec" && isJudgedAlone(value)))) return false;
    const text = scalar(node);
    if (text === undefined) return;
    const where = node.up?.key === "annotations" ? `annotation "${key}"` : pathOf(node);
    found.push({ ...text, where, isField: true });
  });
  return found;
}

/** Whether a node is what {@link variables} and {@link commands} list. */
function isOfContainer(node: Node): boolean {
  const keys = keysOf(node);
  const list = keys.findLastIndex((key) => /^(initC|c|ephemeralC)ontainers$/.test(key));
  if (list < 0) return false;
  const field = keys[list + 2];
  return ["env", "command", "args"].includes(field ?? "") || keys.slice(list).includes("exec");
}

/** The settings in a text, as in a file. */
function settingsIn({ value, where, isSecretData }: PlacedText): PlacedText[] {
  return settingsOfText(value).map((text) => ({ ...text, where: `${text.where} in ${where}`, isSecretData }));
}

/** The same, with places in the text. */
const settingsOfText = rememberedByText((value: string): readonly PlacedText[] => {
  const documents = documentsOfText(value);
  if (documents.length === 0) return value.includes("\n") ? lines(value) : [];
  return documents.flatMap((document) => {
    const found: PlacedText[] = [];
    walk(document, (node) => {
      const text = scalar(node);
      if (text === undefined) return;
      const own = { ...text, where: `"${text.path.join(".")}"` };
      // A file in a file.
      const inside = typeof node.value === "string" ? settingsIn(own) : [];
      found.push(...(inside.length > 0 ? inside : [own]));
    });
    return found;
  });
});

function documentsOfText(value: string): readonly object[] {
  return /:\s|^\s*[[{]|\n/.test(value) ? documentsIn(value) : [];
}

/** Lines of documentation that look like settings. */
function documented({ value, where }: PlacedText): PlacedText[] {
  return lines(value).map((text) => ({ ...text, where: `${text.where} in ${where}`, isDocumentation: true }));
}

const ofDocumentation = /(^|[^a-z])(description|documentation|docs?|comments?|summary|help|notes?|title|message)$/i;

/** A text, a number or a switch, with its name: the key that it stands under, or the `name` that stands beside a `value`. */
function scalar(node: Node): PlacedText | undefined {
  const { key, value, up } = node;
  if (up === undefined || value === null || value === undefined || typeof value === "object") return undefined;
  const path = keysOf(node).filter((each) => !/^\d+$/.test(each));
  const beside = key === "value" && isRecord(up.value) ? (up.value.name ?? up.value.key) : undefined;
  if (typeof beside === "string") path.splice(-1, 1, beside);
  const name = path.at(-1) ?? "";
  return { ...placed(name, value, ""), path, isDocumentation: ofDocumentation.test(name) };
}

/** Lines of `key = value` and `key: value`, with places in the text. */
function lines(text: string): PlacedText[] {
  return text.split("\n").flatMap((line) => {
    const setting = settingOfLine(line);
    if (setting === undefined) return [];
    const { key, separator, value } = setting;
    if (isScript(text) && (separator === "=" || value.startsWith("$"))) return [];
    return [placed(key, value, `"${key}"`)];
  });
}

function settingOfLine(line: string): { key: string; separator: string; value: string } | undefined {
  const given = line.trim();
  const [head, key = "", separator = ""] = /^(?:export\s+)?([A-Za-z][\w.-]*)\s*([=:])/.exec(given) ?? [];
  if (head === undefined) return undefined;
  const value = given.slice(head.length).trim();
  const quote = /^["']/.exec(value)?.[0];
  const isQuoted = quote !== undefined && value.length > 1 && value.endsWith(quote);
  return { key, separator, value: isQuoted ? value.slice(1, -1) : value };
}

/** What a file of lines has besides settings and comments. */
function remainder(text: PlacedText): PlacedText {
  const { value } = text;
  const isOfLines = value.includes("\n") && !isScript(value) && documentsOfText(value).length === 0;
  if (!isOfLines) return { ...text, value: "" };
  const others = value.split("\n").filter((line) => settingOfLine(line) === undefined);
  return { ...text, value: withoutLines(others.join("\n"), /^\s*(#|;|\/\/|<!--)/) };
}

function withoutLines(text: string, pattern: RegExp): string {
  return text
    .split("\n")
    .filter((line) => !pattern.test(line))
    .join("\n");
}

function isScript(text: string): boolean {
  return text.startsWith("#!");
}

function containers(object: KubernetesObject): any[] {
  const pod = podOf(object);
  return pod === undefined ? [] : containersOf(pod).map(({ container }) => container);
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
