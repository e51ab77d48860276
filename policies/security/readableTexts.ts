import { isUnreadable } from "../kit/documents";
import { objectPolicy } from "../kit/policy";
import { openTexts, settingsOf } from "../kit/texts";

/** Manifests, pods and sections about TLS in texts can be read. */
export const readableTexts = objectPolicy({
  name: "security-readable-texts",
  level: "mandatory",
  description: "Manifests, pods and sections about TLS in texts are YAML or JSON that can be read.",
  why:
    "What the pack cannot read it cannot judge. A template, a script that writes a manifest, or a file with a mistake in its first " +
    "lines hides a pod, a right or a switch of TLS from all other policies, and another program reads it all the same.",
  limits:
    "Finds texts by lines that begin with apiVersion, containers or tls. What a program puts together from parts, decrypts, unpacks or " +
    "downloads, no policy can see: images and scripts are for people to review.",
  check(object, { stackFile }) {
    const hidden = [...openTexts(object), ...settingsOf(object)].filter(
      ({ value, isDocumentation }) => !isDocumentation && isUnreadable(value),
    );
    return [...new Set(hidden.map(({ where }) => where))].map((where) => ({
      place: stackFile.place(object),
      message: `${where} has what looks like a manifest, a pod or a section about TLS, and is no YAML that can be read. Write plain YAML in ${stackFile.component(object)}`,
    }));
  },
});
