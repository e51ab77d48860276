/** Attempts by texts that hide what they are: aliases, tags, templates, scripts, Base64. */
import { configMap, evasion, hostilePod, own, tool, toolWith } from "../../testing/evasion";
import { podSpec } from "../../testing/fixtures";

const tls = "security-tls";
const kinds = "security-known-kinds";
const readable = "security-readable-texts";

const manifest = JSON.stringify({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "hidden", namespace: "kube-system" }, spec: hostilePod },
});
const yaml =
  "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { hostNetwork: true, containers: [{ name: a }] }\n";
const base64 = (text: string) => Buffer.from(text).toString("base64");
const core = (text: string) => configMap({ "core.yaml": text });
const entry = (text: string) => configMap({ a: text });
const bomb = ["b", "c", "d", "e", "f", "g", "h", "i", "j"].reduce(
  ({ text, last }, key) => ({ text: `${text}${key}: &${key} [${Array(9).fill(`*${last}`).join(", ")}]\n`, last: key }),
  { text: "a: &a [x, x]\n", last: "a" },
).text;

/** Manifests and switches that another program reads all the same. */
export const ofHidden = [
  evasion(tls, "a switch of TLS by an alias", core("o: &o { enabled: false }\npeer: { tls: *o }\n")),
  evasion(tls, "a switch of TLS by a merge", core("o: &o { enabled: false }\npeer: { tls: { <<: *o } }\n")),
  evasion(tls, "a switch of TLS with a tag", core("peer: { tls: { enabled: !x false } }\n")),
  evasion(tls, "a switch of TLS in a section with a tag", core("peer: !peer { tls: !!tls { enabled: false } }\n")),
  evasion(
    tls,
    "a switch of TLS after a key that stands twice",
    core("a: 1\na: 2\npeer: { tls: { enabled: false } }\n"),
  ),
  evasion(tls, "a switch of TLS that stands twice", core("peer: { tls: { enabled: true, enabled: false } }\n")),
  evasion(readable, "a switch of TLS after a bomb", core(`${bomb}peer: { tls: { enabled: false } }\n`)),
  evasion(readable, "a switch of TLS in a template", core("peer:\n  tls:\n    {{ if x }}\n    enabled: false\n")),
  evasion(kinds, "a manifest after a value with a tag", entry(`x: !y 1\n---\n${manifest}`)),
  evasion(kinds, "a manifest after a document that is none", entry(`a: [\n---\n${manifest}\n`)),
  evasion(kinds, "a manifest with a key that stands twice", entry(`kind: Job\n${yaml}`)),
  evasion(kinds, "a manifest after what begins like a certificate", entry(`-----BEGIN: 1\n---\n${manifest}`)),
  evasion(kinds, "a manifest with a sign that no text has", entry(`a: "\uFFFD"\n---\n${manifest}`)),
  evasion(
    kinds,
    "a manifest with escaped names",
    entry(manifest.replaceAll('"a', '"\\u0061').replaceAll('"c', '"\\u0063')),
  ),
  evasion(kinds, "a manifest in YAML in JSON in YAML", entry(JSON.stringify({ a: JSON.stringify({ b: yaml }) }))),
  evasion(kinds, "a manifest in quotes", entry(JSON.stringify(yaml))),
  evasion(readable, "a manifest in a template", entry(`{{ if .x }}\n${yaml}{{ end }}\n`)),
  evasion(
    readable,
    "a manifest in a script",
    configMap({ "a.sh": `#!/bin/sh\nkubectl apply -f - <<EOF\n${yaml}EOF\n` }),
  ),
  evasion(
    readable,
    "a manifest in a script of an argument",
    toolWith({ args: ["sh", "-c", `cat <<EOF | kubectl apply -f -\n${yaml}EOF\n`] }),
  ),
  evasion(
    readable,
    "a manifest in a line of a script",
    toolWith({ args: ["sh", "-c", `printf 'kind: Pod\\napiVersion: v1\\n' | kubectl apply -f - ; echo "a: [" b: c`] }),
  ),
  evasion(kinds, "a manifest in Base64", entry(base64(manifest))),
  evasion(kinds, "a manifest in Base64 of lines", entry(base64(yaml).replace(/.{40}/g, "$&\n"))),
  evasion(kinds, "a manifest in Base64 twice", entry(base64(base64(yaml)))),
  evasion(
    kinds,
    "a manifest in Base64 in an argument",
    toolWith({ args: ["sh", "-c", `echo ${base64(manifest)} | base64 -d | kubectl apply -f -`] }),
  ),
  evasion(tls, "a switch of TLS in Base64", entry(base64("peer: { tls: { enabled: false } }"))),
  evasion("security-plain-secrets", "a password in Base64 without a name", entry(base64("password=gu7ahK9egu7a"))),
];

const ofPods = (text: string) =>
  tool(podSpec(), { template: { metadata: { annotations: { x: text } }, spec: podSpec() } });

/** Texts of 64 KiB on which a careless pattern takes minutes; each is harmless. */
export const longTexts: [title: string, text: string][] = [
  ["words with dots", "a.".repeat(32_000)],
  ["schemes", "a+".repeat(32_000)],
  ["addresses", "a://".repeat(16_000)],
  ["an address with spaces before it", `a=${" ".repeat(60_000)}b://`],
  ["lines of spaces", `${" ".repeat(600)}\n`.repeat(100)],
  ["a setting with spaces", `a=${" ".repeat(60_000)}b\n`],
  ["quotes", `a=${'"'.repeat(60_000)}\nx`],
  ["a header with spaces", `authorization${" ".repeat(60_000)}`],
  ["tokens", "eyJ-".repeat(16_000)],
  ["tokens of GitHub", "github_pat_".repeat(5_000)],
  ["elements", `${"<a>".repeat(20_000)}\nx`],
  ["beginnings of a key", `-----BEGIN ${"A ".repeat(30_000)}\nx`],
  ["digits", `${"1".repeat(60_000)}a=b`],
  ["options of curl", `curl -${"k".repeat(60_000)}! `],
  ["names of settings", `--${"no_a_".repeat(12_000)}=1`],
  ["letters", "a".repeat(64_000)],
  ["maps in maps", `${"{".repeat(30_000)}\nx: y`],
  ["words in commas", `${"x,".repeat(30_000)}=a://b`],
  ["dollars", "${".repeat(30_000)],
  ["letters before a slash", `${"a".repeat(60_000)}/ b`],
  ["spaces before a manifest", `,${" ".repeat(60_000)}api`],
];

/** An object with a text, in many pods. */
export function withLongText(text: string) {
  return [
    ofPods(text),
    own({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", annotations: { y: text } }, data: { text } }),
  ];
}
