import type { KubernetesObject } from "../kit/objects";
import { objectPolicy } from "../kit/policy";
import { isSecretName, isWellKnown, passwordsIn } from "../kit/secrets";
import { argumentsOf, commandLines, openTexts, type PlacedText, settingsOf } from "../kit/texts";

/** No password is a well-known default. */
export const defaultPasswords = objectPolicy({
  name: "security-default-passwords",
  level: "mandatory",
  description: "No password is one that an image or a tutorial comes with.",
  why: "adminpw is the first thing that anybody tries on a Fabric CA, and it registers identities of the organization.",
  limits: "A Secret's value that is not known before apply is looked at by `baas apply` only.",
  check(object, { stackFile }) {
    const remedy =
      object.kind === "Secret"
        ? "Let it be made: random.RandomPassword, or the network controller"
        : "Refer to a Secret with a random one, by valueFrom.secretKeyRef";
    const known = suspects(object).filter(({ value }) => isWellKnown(value));
    // Several checks may find the same argument.
    return [...new Set(known.map(({ where }) => where))].map((where) => ({
      place: stackFile.place(object),
      message: `${where} is a password that everybody knows. ${remedy}, in ${stackFile.component(object)}`,
    }));
  },
});

function suspects(object: KubernetesObject): Pick<PlacedText, "value" | "where">[] {
  return [
    ...entries(object),
    ...settingsOf(object).filter(({ key }) => isSecretName(key)),
    // `fabric-ca-server start -b admin:adminpw`, `--password=secret`
    ...commandLines(object).flatMap(passwordsIn),
    // `admin:adminpw` as it is, and `admin:adminpw@ca:7054`
    ...argumentsOf(object).flatMap((text) => passwords(text, /^[\w.-]+:([^:@/\s]+)(?:@.*)?$/g)),
    // `https://admin:adminpw@ca:7054`
    ...openTexts(object).flatMap((text) => passwords(text, /:\/\/[^\s/:@"']+:([^\s/@"']+)@/g)),
  ];
}

function passwords(text: PlacedText, pattern: RegExp): PlacedText[] {
  return [...text.value.matchAll(pattern)].map(([, value]) => ({ ...text, value: value! }));
}

/** Entries of a Secret that are passwords by their names. */
function entries({ kind, body }: KubernetesObject): Pick<PlacedText, "value" | "where">[] {
  if (kind !== "Secret") return [];
  const decoded = Object.entries(body.data ?? {}).map(
    ([key, value]) => [key, Buffer.from(String(value), "base64").toString()] as const,
  );
  const given = Object.entries(body.stringData ?? {}).map(([key, value]) => [key, String(value)] as const);
  return [...decoded, ...given]
    .filter(([key]) => isSecretName(key))
    .map(([key, value]) => ({ value, where: `entry "${key}"` }));
}
