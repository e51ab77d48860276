import { parseUrn } from "../../model/pulumi/urn";
import { pathOf, walk } from "../kit/nodes";
import { podOf } from "../kit/objects";
import { objectPolicy } from "../kit/policy";
import {
  isGenerated,
  isHarmlessInShell,
  isNameOfSecret,
  isSecret,
  isSecretName,
  isWrittenIn,
  passwordsIn,
  secretIn,
} from "../kit/secrets";
import { commandLines, openTexts, type PlacedText, referringVariables, settingsOf } from "../kit/texts";

/** Where anybody may read what a variable refers to. */
const openSources: Partial<Record<string, string>> = {
  configMapKeyRef: "a ConfigMap",
  fieldRef: "a field of the pod",
};

/** Secret values are in Secrets only. */
export const plainSecrets = objectPolicy({
  name: "security-plain-secrets",
  level: "mandatory",
  description:
    "No secret is written out, in whatever field, file, argument or annotation of an object, except in a Secret.",
  why:
    "Whoever may look at pods, ConfigMaps or custom resources reads it, and it stays in the history of the repository, in manifests and in " +
    "Pulumi's state. Secrets have rights of their own.",
  limits: "Goes by the names of variables and keys, and by the forms of keys and tokens; it cannot know every secret.",
  check(object, { stackFile }) {
    const place = stackFile.place(object);
    const file = stackFile.component(object);
    const remedy =
      object.kind === "ConfigMap"
        ? `Put it into a Secret, and mount that instead, in ${file}`
        : `Refer to a Secret${podOf(object) === undefined ? "" : " with valueFrom.secretKeyRef"} in ${file}`;
    const found = new Map<string, string>();
    const isOpen = ({ isSecretData }: PlacedText): boolean => !isSecretData;
    const settings = settingsOf(object).filter(isOpen);
    for (const { key, where, value } of [...openTexts(object).filter(isOpen), ...settings]) {
      const kind = secretIn(value, key);
      if (kind !== undefined) found.set(where, `${where} is or contains ${kind}`);
    }
    for (const { key, value, where, isDocumentation, isField } of settings) {
      if (found.has(where) || !isSecret(key, value) || (isDocumentation && !isGenerated(value))) continue;
      if (isField && isNameOfSecret(key, value)) continue;
      found.set(where, `${where} is a secret by its name, and its value is written out`);
    }
    for (const { key, value, where } of commandLines(object).flatMap(passwordsIn).filter(isOpen)) {
      if (found.has(where) || isHarmlessInShell(value) || !isSecret(key, value)) continue;
      found.set(where, `${where} has a password written out`);
    }
    for (const { value, where, isDocumentation } of openTexts(object).filter(isOpen)) {
      const isKnown = [...found.keys()].some((known) => known === where || known.endsWith(` in ${where}`));
      if (isKnown || isDocumentation || !isWrittenIn(value)) continue;
      found.set(where, `${where} has a password written out`);
    }
    for (const { name, source, where } of referringVariables(object)) {
      const open = openSources[source];
      if (open === undefined || !isSecretName(name)) continue;
      found.set(where, `${where} is a secret by its name, and comes from ${open}`);
    }
    return [...found.values()].map((what) => ({ place, message: `${what}. ${remedy}` }));
  },
  checkOther({ type, urn, inputs }, { stackFile }) {
    const place = `${stackFile.file}: ${stackFile.root}: ${parseUrn(urn).name}`;
    const { length } = inputs;
    const short = type === "random:index/randomPassword:RandomPassword" && Number(length) < leastLength;
    return [
      ...(short
        ? [{ place, message: `it has ${length} characters, which can be tried out. Write ${leastLength} or more` }]
        : []),
      ...secretsOf(inputs).map((path) => ({
        place,
        message: `input ${path} of ${type} is a secret that is written out. Leave it out: registries take the login of this machine, and pods a Secret`,
      })),
    ];
  },
});

/** Characters that a password must have. */
const leastLength = 16;

/** Paths of inputs that are secrets, by their names or their forms. */
function secretsOf(inputs: object): string[] {
  const found: string[] = [];
  walk(inputs, (node) => {
    const { key, value } = node;
    if (typeof value !== "string" && typeof value !== "number") return;
    // Names of Secrets in the stack file, which components have as inputs.
    if (key === "certificateSecret" || isNameOfSecret(key, String(value))) return;
    if (isSecret(key, String(value)) || secretIn(String(value), key) !== undefined) found.push(pathOf(node));
  });
  return found;
}
