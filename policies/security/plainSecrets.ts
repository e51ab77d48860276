import { podOf } from "../kit/objects";
import { objectPolicy } from "../kit/policy";
import {
  isGenerated,
  isHarmlessInShell,
  isNameOfSecret,
  isSecret,
  isSecretName,
  passwordsIn,
  secretIn,
} from "../kit/secrets";
import { commandLines, openTexts, type PlacedText, referringVariables, settingsOf } from "../kit/texts";

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
    for (const { name, source, where } of referringVariables(object)) {
      if (source !== "configMapKeyRef" || !isSecretName(name)) continue;
      found.set(where, `${where} is a secret by its name, and comes from a ConfigMap`);
    }
    return [...found.values()].map((what) => ({ place, message: `${what}. ${remedy}` }));
  },
});
