/** Recognizes settings, options and addresses that leave TLS off or unverified. Pure functions. */
import { rememberedByText } from "./remembered";

/** Addresses of these schemes have TLS, or do not leave the pod. */
export const safeSchemes = [
  ...["https", "wss", "grpcs", "tls", "ssl", "sasl_ssl", "rediss", "amqps", "ldaps", "mqtts", "sftp", "ssh"],
  ...["unix", "file", "urn", "dns", "oci", "s3", "spiffe", "pkcs11", "awskms", "gcpkms", "azurekms", "vault"],
];

/** A name in lower case with `_` between its words: `tlsRequired`, `tls_required` and `TLS-REQUIRED` are the same. */
function normalized(name: string): string {
  return name
    .slice(name.lastIndexOf("/") + 1)
    .slice(-200)
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z\d]+/g, "_")
    .toLowerCase();
}

const isTrue = (value: string): boolean => /^(true|t|1|on|y|yes)$/i.test(value);
const isFalse = (value: string): boolean => /^(false|f|0|off|n|no|none|disabled?|never)$/i.test(value);
const isReference = (value: string): boolean => /^\$(\(\w+\)|\{.*\}|[A-Z_]+)$/.test(value);

const ofFabric = /^(core_peer|orderer_general|fabric_ca_server)_tls_enabled$/;
const ofProtocol = /protocol(_map)?$/;
const ofEndpointNames = /ssl_endpoint_identification_algorithm$/;
const ofMode = /(^|_)(ssl|tls)_?mode$/;
const modes = /^(verify[-_](ca|full|identity)|strict|mutual|istio_mutual|simple|passthrough|terminate|reencrypt)$/i;
const inverted = [
  /insecure|plain_?text|(^|_)h2c(_|$)/,
  /skip_?handshake$/,
  /(^|_)(no|skip|disabled?|without|allow_invalid|trust_all|accept_invalid)(_(\w+_)?)?(tls|ssl|https|verify|verification|certs?|certificates?)/,
  /(tls|ssl|https)_?(\w+_)?(no_verify|skip_verify|disabled?)$/,
];
// Lists of what is not used, redirections, and the local socket of a container runtime.
const others = /_(versions|protocols|ciphers|suites|algorithms|curves)$|_to_https$|redirect|(^|_)vm_docker_tls_/;
const enabling = [
  /(^|_)m?(tls|ssl|https)(_?(enabled?|required?|on|active|verify|verification))?$/,
  /(^|_)(use|enable|require|verify|force)_?(tls|ssl|https)$/,
  /reject_?unauthorized$|^pythonhttpsverify$|(^|_)verify_(certs?|certificates?|peer|hostname)$/,
];

/**
 * Whether a setting leaves TLS off or unverified.
 *
 * @param path - the names that lead to it, its own last
 */
export function isOff(path: readonly string[], given: string): boolean {
  const value = given.trim();
  const name = normalized(path.at(-1) ?? "");
  // `tls: { enabled: false }`, `sslConfig: { verify: false }`
  const isPart = /^(enabled?|required?|mode|verify|verification|insecure)$/.test(name);
  const full = isPart && path.length > 1 ? normalized(path.slice(-2).join("_")) : name;
  if (others.test(name) || others.test(normalized(path.join("_")))) return false;
  if (ofFabric.test(full)) return !isOn(value);
  if (isReference(value)) return false;
  if (ofEndpointNames.test(full)) return value === "";
  if (value === "") return false;
  if (ofProtocol.test(full) && /(^|[:,_])PLAINTEXT($|,)/i.test(value)) return true;
  if (ofMode.test(full)) return !modes.test(value) && !isTrue(value);
  if (inverted.some((pattern) => pattern.test(full))) return isTrue(value) || /^allow$/i.test(value);
  return enabling.some((pattern) => pattern.test(full)) && isFalse(value);
}

/** Whether a setting is the switch of Fabric's configuration files, `peer.tls.enabled`, which must be true. */
export function isSwitchOfFabric(path: readonly string[]): boolean {
  return /(^|\.)(peer|general)\.tls\.enabled$/i.test(path.join("."));
}

/** Whether a value leaves a switch of Fabric on: Go's strconv.ParseBool takes it for true. Everything else is false for Fabric. */
export function isOn(value: string): boolean {
  return /^(1|t|T|TRUE|true|True)$/.test(value);
}

/** How a word of a command line switches TLS off: as an option alone or with the next word, or as a setting. */
export type OffByWord = "alone" | "next" | "setting";

/**
 * Whether a word of a command line switches TLS off: `--insecure`, `--tls=false`, `--tls false`, `CORE_PEER_TLS_ENABLED=false`,
 * and `-k` of curl.
 *
 * @param line - all words of the line
 * @param i - place of the word
 */
export function offByWord(line: readonly string[], i: number): OffByWord | undefined {
  const word = line[i] ?? "";
  const next = line[i + 1];
  if (/^-[a-zA-Z]+$/.test(word) && word.includes("k") && /(^|\/)curl$/.test(programOf(line, i))) return "alone";
  if (isOffBySelf(word) || isUnset(line, i) || isServerUnverified(line, i)) return "alone";
  if (/^[a-z]+(_[a-z]+)+$/.test(word) && next !== undefined && isFalse(next) && isOff([word], next)) return "next";
  const [, dashes, name = "", given] = /^(--?)?([A-Za-z][\w.-]*)(?:=(.*))?$/s.exec(word) ?? [];
  if (dashes === undefined) return given !== undefined && isOff([name], given) ? "setting" : undefined;
  if (given !== undefined) return isOff([name], given) ? "alone" : undefined;
  const isValue = next !== undefined && (isTrue(next) || isFalse(next));
  if (isValue) return isOff([name], next) ? "next" : undefined;
  return isOff([name], "true") ? "alone" : undefined;
}

/** Whether a word leaves TLS or SSH unverified or of an old version in its own way: of socat, ssh and Node. */
function isOffBySelf(word: string): boolean {
  return (
    /(^|,)verify=0(,|$)/.test(word) ||
    /^(-o)?(StrictHostKeyChecking|VerifyHostKeyDNS)=(no|off|accept-new)$/i.test(word) ||
    /^--tls-(min|max)-v1\.[01]$/.test(word)
  );
}

/**
 * Whether a server of HAProxy is not verified: `server NAME HOST ssl verify none`. Without `ssl` the connection is passed through,
 * and what is not verified is a check of health.
 */
function isServerUnverified(line: readonly string[], i: number): boolean {
  if (line[i] !== "verify" || line[i + 1] !== "none") return false;
  const before = line.slice(Math.max(0, i - 30), i);
  const own = before.slice(before.lastIndexOf("server") + 1);
  return !own.includes("check-ssl") || own.includes("ssl");
}

/** Whether a word is a switch of TLS that a command takes away: `unset NAME`, `env -u NAME`, `env --unset=NAME`. */
function isUnset(line: readonly string[], i: number): boolean {
  const [, given] = /^--unset=(.+)$/.exec(line[i]!) ?? [];
  const isTaken = /^(unset|-u|--unset)$/.test(line[i - 1] ?? "") || (line[i - 1] === "-v" && line[i - 2] === "unset");
  const name = given ?? (isTaken ? line[i]! : "");
  return /tls|ssl/i.test(name) && isOff([name], "false");
}

/** The last program before a word that has no dash. */
function programOf(line: readonly string[], i: number): string {
  return line.slice(0, i).findLast((word) => /(^|\/)(curl|wget)$/.test(word)) ?? "";
}

/** Whether an address is read by people, or names a format, by the key that it stands under. */
export function isNeverCalled(key: string): boolean {
  return (
    /^[@$]/.test(key) ||
    /(^|[^a-z])(runbook|docs?|documentation|wiki|homepage|website|license)([-_]?(url|uri|link))?$/i.test(key)
  );
}

/** Hosts of addresses that name a format or a license. */
const namespaces = /^((www\.)?(w3|schema|json-schema|purl|apache|opensource)\.org|schemas\.[\w.-]+|xmlns\.[\w.-]+)$/i;

/** Addresses in a text, which may be a list or an option, that may be without TLS; each with what to use instead. */
export function plaintext(
  text: string,
  hosts: readonly string[],
  schemes: readonly string[],
): [address: string, remedy: string][] {
  return addressesIn(text).flatMap(([address, scheme, host]) => {
    if (hosts.includes(host.replace(/[[\]]/g, "")) || schemes.includes(scheme.toLowerCase())) return [];
    if (namespaces.test(host)) return [];
    if (/^http$/i.test(scheme)) return [[address, "Use https"]];
    if (/^(sasl_)?plaintext$/i.test(scheme)) return [[address, `Use ${scheme.replace(/plaintext/i, "SSL")}`]];
    return [[address, "Use a scheme with TLS, such as https,"]];
  });
}

/** Addresses at the start of a text, and after `=` or `,` in it. */
const addressesIn = rememberedByText((text: string): [address: string, scheme: string, host: string][] => {
  const found: [string, string, string][] = [];
  const rest = /(\[[^\]]{1,60}\]|[^/:,\s]*)[^,\s]*/y;
  for (let at = text.indexOf("://"), from = 0; at >= 0; at = text.indexOf("://", Math.max(at + 3, from))) {
    const [scheme] = /[a-z][a-z\d+._-]{0,40}$/i.exec(text.slice(Math.max(from, at - 41), at)) ?? [];
    if (scheme === undefined) continue;
    const before = text.slice(Math.max(0, at - scheme.length - 100), at - scheme.length).trimEnd();
    if (!/[=,]$/.test(before) && at !== scheme.length) continue;
    rest.lastIndex = at + 3;
    const [end = "", host = ""] = rest.exec(text) ?? [];
    found.push([`${scheme}://${end}`, scheme, host]);
    from = rest.lastIndex;
  }
  return found;
});
