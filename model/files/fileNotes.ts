/** What a reader of a stack file should know: keys that nothing reads, and secrets in plain text. None of it stops a command. */
import { didYouMean } from "../didYouMean";
import { clipped, formatPath } from "../messageText";
import { isPlainObject } from "../plainData";
import { stackKeys } from "./stackKeys";

// What the Pulumi CLI knows at the top of a stack file; it takes no notice of other keys.
const topKeys = ["config", "environment", "secretsprovider", "encryptedkey", "encryptionsalt"];

/**
 * Notes on the contents of a stack file.
 *
 * @param project - name of the project, the namespace of its keys
 */
export function fileNotes(project: string, content: Record<string, unknown>): string[] {
  const config = isPlainObject(content.config) ? content.config : {};
  return [
    ...(content.environment === undefined ? [] : ['"environment" imports from Pulumi Cloud; baas leaves it out']),
    ...Object.keys(content).flatMap((key) => (topKeys.includes(key) ? [] : [unreadTopKey(project, key)])),
    ...unreadNamespaces(project, Object.keys(config)),
    ...Object.entries(config).flatMap(([key, value]) =>
      plainSecrets(value, [key]).map(
        (path) =>
          `${formatPath("", path)} is a secret in plain text, which everybody can read who has the file. ` +
          `Take it out and change it, or encrypt it: pulumi config set --secret ${clipped(key)}`,
      ),
    ),
  ];
}

function unreadTopKey(project: string, key: string): string {
  const unread = `nothing reads the key "${clipped(key)}"`;
  const name = key.startsWith(`${project}:`) ? key.slice(project.length + 1) : key;
  if (stackKeys.some((key) => key === name)) return `${unread} here: write it below "config:"`;
  if (key === "imports") return `${unread}: it belongs to an environment of Pulumi Cloud`;
  return `${unread}.${didYouMean(key, topKeys)}`;
}

/** Keys such as `bas:network`: a provider could have them, but their likely reader is this project. */
function unreadNamespaces(project: string, keys: readonly string[]): string[] {
  const own = stackKeys.map((key) => `${project}:${key}`);
  return keys
    .filter((key) => key.includes(":") && !key.startsWith(`${project}:`))
    .flatMap((key) => {
      const hint = didYouMean(key, own);
      return hint === "" ? [] : [`config: this project does not read "${clipped(key)}".${hint}`];
    });
}

// "max_token" counts tokens; "secretName" and "tokenFile" do not end with the word.
const secretName =
  /(password|passwd|passphrase|pwd|secret|(?<!max_?)token|credentials?|(api|access|auth|encryption|master|private|secret|shared|signing)_?key)$/i;

const harmless = [
  /^(true|false|none|null|enabled?|disabled?|required|optional)?$/i,
  /^\.{0,2}\//,
  /^\$(\(\w+\)|\{[^}]+\}|[A-Z_][A-Z\d_]*)$/,
];

/** Whether a value is one that the Pulumi CLI has encrypted: `{ secure: ... }`. */
export function isEncrypted(value: Record<string, unknown>): boolean {
  return Object.keys(value).length === 1 && typeof value.secure === "string";
}

/** Paths of texts whose keys say that they are secret, and of private keys; not of what is encrypted. */
function plainSecrets(value: unknown, path: readonly PropertyKey[]): PropertyKey[][] {
  if (Array.isArray(value)) return value.flatMap((inner, i) => plainSecrets(inner, [...path, i]));
  if (isPlainObject(value)) {
    if (isEncrypted(value)) return [];
    return Object.entries(value).flatMap(([key, inner]) => plainSecrets(inner, [...path, key]));
  }
  if (typeof value !== "string" && typeof value !== "number") return [];
  const text = String(value);
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return [[...path]];
  const key = path.findLast((part) => typeof part === "string") as string;
  const isSecret = secretName.test(key.replace(/[-.]/g, "_")) && !harmless.some((pattern) => pattern.test(text));
  return isSecret ? [[...path]] : [];
}
