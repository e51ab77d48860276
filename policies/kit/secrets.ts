/** What a secret looks like. Pure functions over texts. */
const secretName = /(pass(word|wd|phrase)?|pwd|secret|token|credentials?|api_?key|private_?key|access_?key)$/i;

/** Whether something of this name holds a secret: `DB_PASSWORD` does, `TLS_KEY_FILE` and `ENROL_SECRET_DIR` do not. */
export function isSecretName(name: string): boolean {
  return secretName.test(name.replace(/[-.]/g, "_"));
}

/** A path, a reference to something else, or a word that stands for a setting, but no secret. */
export function isHarmless(value: string): boolean {
  return (
    value === "" ||
    /^(true|false|none|null|enabled?|disabled?|required|optional|\d+[a-z]{0,2})$/i.test(value) ||
    /^\.{0,2}\//.test(value) ||
    /^\$[({]?[A-Za-z_]\w*[)}]?$/.test(value) ||
    /^\$\(\w+\)$/.test(value)
  );
}

const kinds: [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "a private key"],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']+:[^\s/@"'${]+@/i, "an address with a password"],
  [/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/, "a JSON Web Token"],
  [/\bAKIA[0-9A-Z]{16}\b/, "an AWS access key"],
  [/\bgh[pousr]_[A-Za-z0-9]{36,}\b/, "a GitHub token"],
];

/** What kind of secret a text contains, in words; nothing for a text that contains none. */
export function secretIn(text: string): string | undefined {
  return kinds.find(([pattern]) => pattern.test(text))?.[1];
}

/** Passwords that images, samples and tutorials come with. */
const wellKnown = new Set([
  ...["admin", "adminpw", "adminpwd", "administrator", "password", "passw0rd", "passwd", "secret", "changeit"],
  ...["changeme", "change-me", "default", "test", "test1234", "root", "toor", "guest", "user", "userpw", "user1pw"],
  ...["peerpw", "peer1pw", "ordererpw", "caadminpw", "couchdb", "couchdbpw", "prom-operator", "grafana", "kafka"],
  ...["admin-secret", "kafka-secret", "letmein", "qwerty", "1234", "12345", "123456", "12345678", "org1adminpw"],
]);

/** Whether a password is one that everybody knows. */
export function isWellKnown(password: string): boolean {
  return wellKnown.has(password.trim().toLowerCase());
}
