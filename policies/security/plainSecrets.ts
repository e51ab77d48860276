import { workloads } from "../kit/objects";
import { objectPolicy } from "../kit/policy";
import { isHarmless, isHarmlessInShell, isSecretName, passwordsIn, secretIn } from "../kit/secrets";
import { commandLines, openTexts, settingsOf, variables } from "../kit/texts";

/** Secret values are in Secrets only. */
export const plainSecrets = objectPolicy({
  name: "security-plain-secrets",
  level: "mandatory",
  description: "No secret is written into an environment variable, an argument or a ConfigMap.",
  why:
    "Whoever may look at pods or ConfigMaps reads it, and it stays in the history of the repository, in manifests and in " +
    "Pulumi's state. Secrets have rights of their own.",
  limits: "Goes by the names of variables and keys, and by the forms of keys and tokens; it cannot know every secret.",
  kinds: [...workloads, "ConfigMap"],
  check(object, { stackFile }) {
    const place = stackFile.place(object);
    const file = stackFile.component(object);
    const remedy =
      object.kind === "ConfigMap"
        ? `Put it into a Secret, and mount that instead, in ${file}`
        : `Refer to a Secret with valueFrom.secretKeyRef in ${file}`;
    const found = new Map<string, string>();
    for (const { where, value } of openTexts(object)) {
      const kind = secretIn(value);
      if (kind !== undefined) found.set(where, `${where} is or contains ${kind}`);
    }
    for (const { key, value, where } of [...variables(object), ...settingsOf(object)]) {
      if (found.has(where) || !isSecretName(key) || isHarmless(value)) continue;
      found.set(where, `${where} is a secret by its name, and its value is written out`);
    }
    for (const { value, where } of commandLines(object).flatMap(passwordsIn)) {
      if (!found.has(where) && !isHarmlessInShell(value)) found.set(where, `${where} has a password written out`);
    }
    return [...found.values()].map((what) => ({ place, message: `${what}. ${remedy}` }));
  },
});
