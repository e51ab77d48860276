/** Recognizes secrets in texts. Pure functions. */
const secretName =
  /((?<!by|com)pass(word|wd|phrase)?|pwd?|secret|token|credentials?|(api|access|encryption|hmac|jwt|master|private|secret|session|shared|signing)_?key)$/i;

/** Whether something of this name holds a secret: `DB_PASSWORD` does, `TLS_KEY_FILE` and `ENROL_SECRET_DIR` do not. */
export function isSecretName(name: string): boolean {
  return secretName.test(name.replace(/[-.]/g, "_"));
}

/**
 * Whether a value is no secret, but a path, a reference or a word for a setting. A reference is `$(NAME)`, `${NAME}` or
 * `${file:/a:b}`. One with a default, such as `${NAME:-adminpw}`, may hold a secret. `$NAME` is a reference in capitals only:
 * `$ummer2024` is a password.
 */
export function isHarmless(value: string): boolean {
  return (
    value === "" ||
    /^(true|false|none|null|enabled?|disabled?|required|optional)$/i.test(value) ||
    /^\.{0,2}\//.test(value) ||
    /^[\w./-]+\.(key|pem|crt|cert|jks|p12|txt|json|ya?ml|properties)$/i.test(value) ||
    /^\$(\(\w+\)|\{(?!\w+:?[-=])[^}]+\}|[A-Z_][A-Z\d_]*)$/.test(value)
  );
}

/** The same in a command line, where a shell also replaces `$name` and `$(command)` at the start of a longer word. */
export function isHarmlessInShell(value: string): boolean {
  return isHarmless(value) || /^(\$[(\w]|`)/.test(value);
}

/**
 * Passwords in the words of a command line: `--db-password=VALUE`, `--token VALUE`, `DB_PASSWORD=VALUE`, `-b name:VALUE`.
 *
 * @returns the words with the passwords for their values
 */
export function passwordsIn<T extends { value: string }>(words: readonly T[]): T[] {
  return words.flatMap((word, i) => {
    const [, option, name = "", given] = /^(--?)?([\w.-]+)(?:=(.*))?$/s.exec(word.value) ?? [];
    const next = option === undefined ? undefined : words[i + 1];
    const found = given === undefined ? next : { ...word, value: given };
    if (found === undefined || (given === undefined && found.value.startsWith("-"))) return [];
    if (isSecretName(name)) return /^(no|skip)-/.test(name) ? [] : [found];
    if (option === undefined || !/^(b|u|boot|user)$/.test(name)) return [];
    const [, password] = /^(?:\$\{[^}]*\}|[^:/]+):(.+)$/.exec(found.value) ?? [];
    // `host:7051` and `1000:1000` are a port and a group.
    return password === undefined || /^\d{1,5}$/.test(password) ? [] : [{ ...found, value: password }];
  });
}

const kinds: [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "a private key"],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']+:[^\s/@"'${]+@/i, "an address with a password"],
  [/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/, "a JSON Web Token"],
  [/\bAKIA[0-9A-Z]{16}\b/, "an AWS access key"],
  [/\bgh[pousr]_[A-Za-z0-9]{36,}\b/, "a GitHub token"],
];

/** The kind of secret that a text contains, in words; undefined if it contains none. */
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
