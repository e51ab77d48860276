/** Recognizes secrets in texts. Pure functions. */
import { rememberedByText } from "./remembered";

/** Words that name a secret, at the end of a word: `PGPASSWORD`, `userpw`. */
const secretWord =
  /(password|passwd|passphrase|passcode|passwrd|pswd|pwrd|secret|token|credential)s?$|(?<!by|com|sur|tres)pass$|pwd?$/i;

/** Names of which each word but a few says something else: `HSM_PIN`, `WALLET_SEED`, `MNEMONIC`, `DB_PASS_WORD`. */
const secretEnd = /(^|_)(pin|mnemonic|seed(_?phrase)?|pass_word|pass_phrase)$/i;

/** What a key is for, when it is to be kept secret: `API_KEY`, `accesskey`. */
const secretKey =
  /(^|_)(access|account|api|auth|cipher|deploy|encryption|hmac|jwt|license|master|private|secret|session|shared|signing|ssh|storage|subscription|node|wallet|validator)_?keys?(_|$)/i;

/** Last words of names that say something about a secret: `TOKEN_TTL`, `ENROL_SECRET_DIR`, `SECRET_ID`. */
const about = new Set(
  [
    "file files path paths dir directory folder name names id ids uuid url uri endpoint host port addr address",
    "length len size min max limit quota budget count ttl timeout expiry expiration expires lifetime age interval period",
    "rotation type kind format mode policy enabled enable disabled required optional provider store manager source ref",
    "reference version algorithm alg encoding encryption hashing field column header prefix suffix param parameter label",
    "mount volume scope scopes audience issuer class days hours minutes seconds retries attempts strategy validation",
    "symbol standard decimals supply contract balance account owner currency unit units minute second hour day issued registry",
    "validator complexity rules hint prompt description usage properties yaml yml json md crt cert",
  ].flatMap((words) => words.split(" ")),
);

const quantities = /^(max|maximum|min|minimum|num|number|n|count|limit|total|avg|per|budget|window|quota|tokens)$/i;

/** How many characters of a name count, from its end: nobody reads more, and a text of many must not take long. */
const longestName = 200;

function wordsOf(name: string): string[] {
  const own = name.slice(name.lastIndexOf("/") + 1).slice(-longestName);
  const split = own.replace(/([a-z\d])([A-Z])/g, "$1_$2").split(/[^A-Za-z\d]+/);
  return split.map((word) => word.replace(/\d+$/, "")).filter((word) => word !== "");
}

/** Whether something of this name holds a secret: `DB_PASSWORD` does, `TLS_KEY_FILE` and `ENROL_SECRET_DIR` do not. */
export const isSecretName = rememberedByText((name: string): boolean => {
  const words = wordsOf(name);
  if (about.has((words.at(-1) ?? "").toLowerCase())) return false;
  const joined = words.join("_");
  return words.some((word) => secretWord.test(word)) || secretKey.test(joined) || secretEnd.test(joined);
});

/** Whether a name and its value are those of a secret that is written out. */
export function isSecret(name: string, value: string): boolean {
  const text = value.trim();
  if (/(^|[^a-z])authorization$/i.test(name)) return /^(bearer|basic|token|apikey)\s+[^$\s]/i.test(text);
  if (/(^|_)(boot|user|userpwd|credentials?|basic_?auth|login)$/i.test(wordsOf(name).join("_"))) {
    // `registrar:gu7ahK9e`, as Fabric CA and curl take it.
    const [, password] = /^[\w.@-]{1,100}:([^:/\s]{4,})$/.exec(text) ?? [];
    if (password !== undefined && !isHarmless(password) && !/^\d+$/.test(password)) return true;
  }
  if (/key$/i.test(name) && /^(0x)?[\da-f]{64}$/i.test(text) && !/(public|hash|id)/i.test(name)) return true;
  return isSecretName(name) && !isHarmless(text) && !isQuantity(name, text) && !isIdOfKey(name, text) && !isProse(text);
}

/** Whether a value is a number of tokens, or a length: `MAX_TOKEN=4096`. */
function isQuantity(name: string, value: string): boolean {
  const words = wordsOf(name);
  if (!words.some((word) => quantities.test(word))) return false;
  return words.some((word) => /tokens?$/i.test(word)) ? /^\d{1,7}$/.test(value) : /^\d{1,3}$/.test(value);
}

/** Whether a value is no key, but the ID of one (of a key management service) or of what the key is for. */
function isIdOfKey(name: string, value: string): boolean {
  const words = wordsOf(name);
  if (words.some((word) => secretWord.test(word))) return false;
  const isOfKms = /(^|_)(encryption|master|signing)_?key/i.test(words.join("_"));
  return (isOfKms && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)) || /^[A-Za-z_]*(Id|ID|_id)$/.test(value);
}

/** Whether a text is a sentence, as in documentation and messages. A passphrase has no such words, or no such form. */
function isProse(value: string): boolean {
  const words = value.split(/\s+/);
  if (words.length < 4 || !(/^[A-Z]/.test(value) || /[.!?]$/.test(value) || words.length > 6)) return false;
  return words.some((word) => /^(the|a|an|is|are|of|to|in|for|must|has|your|this|by)$/i.test(word));
}

/** Whether a text looks like a password or token that a machine has made: in documentation, others are examples. */
export function isGenerated(value: string): boolean {
  return /^\S{8,}$/.test(value) && /\d/.test(value) && /[A-Za-z]/.test(value) && !/^<|[/:]/.test(value);
}

/** Whether a field's value is the name of a Secret, which Kubernetes' own fields end with: `tlsSecret: gateway-tls`. */
export function isNameOfSecret(key: string, value: string): boolean {
  return /(^|[^A-Z])[sS]ecrets?$/.test(key) && /^([a-z]+\d{0,3}|\d{1,3})(-([a-z]+\d{0,3}|\d{1,3}))+$/.test(value);
}

/**
 * Whether a value is no secret, but a path, a reference or a word for a setting. A reference is `$(NAME)`, `${NAME}` or
 * `${file:/a:b}`. One with a default, such as `${NAME:-adminpw}`, may hold a secret. `$NAME` is a reference in capitals only:
 * `$ummer2024` is a password.
 */
function isHarmless(value: string): boolean {
  return (
    value === "" ||
    /^(true|false|none|null|on|off|yes|no|enabled?|disabled?|required|optional|include|omit|same-origin)$/i.test(
      value,
    ) ||
    // Kinds of tokens, of OAuth and of chains.
    /^(access|refresh|id|bearer|jwt|opaque|csrf|erc\d{2,4}|fungible|non-fungible)$/i.test(value) ||
    /^\d+(ms|s|m|h|d)$/.test(value) ||
    // A path has folders or an ending, or is that of a variable: `/gu7ahK9e` may be a password.
    /^(\.{0,2}\/)+[\w@.$(){}-]+(\/[\w@.$(){}-]*)+$/.test(value) ||
    /^\.{0,2}\/[a-z_-]*$/.test(value) ||
    // What follows the scheme of an address.
    /^\/\/[\w.-]+(:\d+)?(\/|$)/.test(value) ||
    /^[\w./-]+\.(key|pem|crt|cert|jks|p12|txt|json|ya?ml|properties)$/i.test(value) ||
    /^\$(\(\w+\)|\{(?!\w+:?[-=])[^}]+\}|[A-Z_][A-Z\d_]*)$/.test(value) ||
    // A reference to a key or a secret in its own store, and an address.
    /^(arn|vault|pkcs11|awskms|gcpkms|azurekms|file|secretref|ref):\S+$/i.test(value) ||
    /^https?:\/\/[\w-]+([.:/][^\s?@]*)$/i.test(value) ||
    /^<[A-Za-z _-]*>$/.test(value)
  );
}

/** The same in a command line, where a shell also replaces `$name` and `$(command)` at the start of a longer word. */
export function isHarmlessInShell(value: string): boolean {
  return isHarmless(value) || /^(\$[(\w]|`)/.test(value);
}

/**
 * Passwords in the words of a command line: `--db-password=VALUE`, `--token VALUE`, `DB_PASSWORD=VALUE`, `-b name:VALUE`.
 *
 * @returns the words with the passwords for their values, and the names for their keys
 */
export function passwordsIn<T extends { key: string; value: string }>(words: readonly T[]): T[] {
  return words.flatMap((word, i) => {
    const [, option, name = "", given] = /^(--?)?([\w.-]+)(?:=(.*))?$/s.exec(word.value) ?? [];
    const next = option === undefined ? undefined : words[i + 1];
    const found = given === undefined ? next : { ...word, value: given };
    const following = words[i + 1];
    // `requirepass VALUE`, `password VALUE`: other words after such a name are text.
    if (option === undefined && given === undefined && following !== undefined && isSecretName(name)) {
      return isGenerated(following.value) ? [{ ...following, key: name }] : [];
    }
    const glued = gluedPassword(words, i);
    if (glued !== undefined) return [{ ...word, key: "password", value: glued }];
    if (found === undefined || (given === undefined && found.value.startsWith("-"))) return [];
    if (isSecretName(name)) return /^(no|skip)-/.test(name) ? [] : [{ ...found, key: name }];
    if (/^pass(in|out)$/.test(name)) return /^pass:[^$]/.test(found.value) ? [{ ...found, key: "password" }] : [];
    if (option === undefined || !/^(b|u|boot|user)$/.test(name)) return [];
    const [, password] = /^(?:\$\{[^}]*\}|[^:/]+):(.+)$/.exec(found.value) ?? [];
    // `host:7051` and `1000:1000` are a port and a group.
    return password === undefined || /^\d{1,5}$/.test(password) ? [] : [{ ...found, key: "password", value: password }];
  });
}

/** Short options of well-known clients for a password: `-uapp:VALUE` of curl, `-pVALUE` of mysql, `-a VALUE` of redis-cli. */
function gluedPassword(words: readonly { value: string }[], i: number): string | undefined {
  const { value } = words[i]!;
  const [, option, rest = ""] = /^-([upaP])(.*)$/s.exec(value) ?? [];
  if (option === undefined) return undefined;
  const program = words
    .slice(Math.max(0, i - 20), i)
    .findLast((word) => programs.test(word.value))
    ?.value.replace(/.*\//, "");
  const given = rest === "" ? (words[i + 1]?.value ?? "") : rest;
  switch (program) {
    case "curl":
    case "wget":
      return option === "u" ? /^[^:\s]+:([^:]{2,})$/.exec(given)?.[1] : undefined;
    case "mysql":
    case "mysqldump":
    case "mariadb":
      return option === "p" && rest !== "" ? rest : undefined;
    case "sshpass":
      return option === "p" ? given : undefined;
    case "redis-cli":
      return option === "a" ? given : undefined;
    default:
      return undefined;
  }
}

const programs = /(^|\/)(curl|wget|mysql|mysqldump|mariadb|sshpass|redis-cli)$/;

const kinds: [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----/, "a private key"],
  [/[a-z0-9+.-]:\/\/[^\s/:@"']*:[^\s/@"'${]+@/i, "an address with a password"],
  [/(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10}/, "a JSON Web Token"],
  [/\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{36}/, "a GitHub token"],
  [/\bglpat-[\w-]{20}/, "a GitLab token"],
  [/\bxox[abeprs]-[\w-]{10}/, "a Slack token"],
  [/\bAIza[\w-]{35}\b/, "a Google API key"],
  [/\b[rs]k_live_\w{16}/, "a Stripe key"],
  [/\bnpm_[A-Za-z0-9]{36}/, "a token of npm"],
  [/\bSG\.[\w-]{16,32}\.[\w-]{16}/, "a SendGrid key"],
  [/\bdo[opr]_v1_[a-f0-9]{64}/, "a DigitalOcean token"],
  [/\bhf_[A-Za-z]{34}/, "a Hugging Face token"],
  // The beginning of PKCS #8, PKCS #1 and SEC 1 in Base64, for keys of elliptic curves and RSA.
  [
    /\bM[A-Za-z\d+/]{2,5}AgEAM[A-Za-z\d]{1,2}GByqGSM49|\bMII[A-Za-z\d+/]{3}IBADANBgkqhkiG9w0BAQEFAASC|\bMHcCAQEEI/,
    "a private key",
  ],
  [/(^|[\s:])(\$apr1\$|\$2[aby]\$\d\d\$|\$[56]\$|\{SSHA\}|\{SHA\})[\w./+$=-]{8}/, "the hash of a password"],
  [/^[^\s:#]{1,200}:(\d{1,5}|\*):[^\s:]{1,100}:[^\s:]{1,100}:[^\s:]{4}/m, "a password of PostgreSQL"],
  [/^\s{0,9}(basic|bearer)\s{1,9}[\w+/=.~-]{12,}\s{0,9}$/i, "a header with a password"],
  [/"auth"\s{0,9}:\s{0,9}"[A-Za-z\d+/]{8,}={0,2}"/, "a password of an image registry"],
  [
    /\bauthorization["']?(\s{1,9}|\s{0,9}[:=]\s{0,9})["']?(bearer|basic|token)\s{1,9}[\w+/=.~-]{8}/i,
    "a header with a password",
  ],
];

const assignment = /([\w.-]{1,80})["']?\s{0,9}(?:=|:)\s{0,9}(["'])([^"'\n]{4,200})\2/g;
const property = /\bname\s{0,9}=\s{0,9}"([\w.-]{1,80})"\s{1,9}value\s{0,9}=\s{0,9}"([^"\n]{4,200})"/g;
const pair = /<name>([\w.-]{1,80})<\/name>\s{0,99}<value>([^<]{4,200})<\/value>/g;

/** Whether a program's text, HCL or XML has a secret as a literal: `const password = "..."`. */
export const isWrittenIn = rememberedByText((text: string): boolean => {
  if (!/[="]/.test(text) && !text.includes("<value>")) return false;
  const pairs = [
    ...[...text.matchAll(assignment)].map(([, name, , value]) => [name, value]),
    ...[...text.matchAll(property), ...text.matchAll(pair)].map(([, name, value]) => [name, value]),
  ];
  return pairs.some(([name = "", value = ""]) => /\d/.test(value) && isSecret(name, value) && isGenerated(value));
});

const kindIn = rememberedByText((text: string) => kinds.find(([pattern]) => pattern.test(text))?.[1]);

/** An ID of an AWS access key, which comes with its secret: alone, under the name of an ID, it is none. */
const accessKeyId = /\bA(KI|SI)A[0-9A-Z]{16}\b/;

/**
 * The kind of secret that a text contains, in words; undefined if it contains none.
 *
 * @param key - name of the text
 */
export function secretIn(text: string, key = ""): string | undefined {
  const found = kindIn(text);
  if (found !== undefined) return found;
  if (accessKeyId.test(text) && wordsOf(key).at(-1)?.toLowerCase() !== "id") return "an AWS access key";
  const [, encoded] = /^\s*(LS0tLS1CRUdJTi[A-Za-z\d+/=\s]+)$/.exec(text) ?? [];
  return encoded === undefined ? undefined : secretIn(Buffer.from(encoded, "base64").toString());
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
