/** Odd stack files, each with what a user is told. */
import { network, organizations, type OddFile } from "./stackFileTexts";

/** Files that are no configuration. */
export const unreadable: OddFile[] = [
  ["nothing", "", 'config: needs one of "baas:network", "baas:ethereum", "baas:platform"'],
  ["a comment", "# later\n", 'config: needs one of "baas:network", "baas:ethereum", "baas:platform"'],
  ["a text", "hello\n", "stacks/Pulumi.net.yaml is not valid YAML: it holds no keys"],
  ["a list", "- config\n", "stacks/Pulumi.net.yaml is not valid YAML: it holds no keys"],
  [
    "two documents",
    `${network()}---\n${network()}`,
    'it has several documents: leave out the lines "---" and what follows',
  ],
  [
    "UTF-16",
    Buffer.from(`\ufeff${network()}`, "utf16le"),
    "stacks/Pulumi.net.yaml is not text in UTF-8: save it with that encoding",
  ],
  ["bytes of a program", Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe]), "is not text in UTF-8"],
  [
    "a null byte",
    'config: "a\0b"\n',
    "a character that is not allowed at line 1, column 11: write an escape such as \\x07 in double quotes",
  ],
  ["a tab", "config:\n\tbaas:network: {}\n", "tab characters must not be used in indentation at line 2, column 1"],
  [
    "a bracket that nothing closes",
    organizations("[{ name: org1 }"),
    "is not valid YAML: an entry that is not indented as far as it must be at line 6, column 1: look for a missing bracket or quote",
  ],
  ["a quote that nothing closes", organizations('"org1'), "look for a missing bracket or quote"],
  [
    "an entry between two indentations",
    "config:\n  baas:network:\n    environment: local\n   domain: d\n",
    "an entry that does not belong there at line 4, column 4",
  ],
  [
    "a text with a colon",
    network("    domain2: a: b\n"),
    "a text or an entry that does not belong there at line 6, column 15: check the indentation, and put odd texts in quotes",
  ],
  [
    "a key twice",
    organizations("[{ name: org1, name: org2 }]"),
    "is not valid YAML: duplicated mapping key at line 5, column 35: leave one of them out",
  ],
  ["a list for a key", organizations("[{ [a]: b }]"), "a list or a map cannot be a key: put the key in quotes"],
  [
    "an alias of nothing",
    organizations("*all"),
    'an alias without an anchor before it at line 5, column 21: put the text in quotes if it begins with "*"',
  ],
  [
    "a tag of another language",
    organizations("!!python/object/apply:os.system [ls]"),
    'an unknown tag at line 5, column 20: leave out the word that begins with "!"',
  ],
  ["bytes by a tag", organizations("!!binary aGVsbG8="), "an unknown tag at line 5, column 20"],
  [
    "a text merged into a map",
    network("    <<: local\n"),
    'only maps can be merged by "<<" at line 6, column 5: write the keys out',
  ],
];

/** Files with mistakes of people. */
export const mistaken: OddFile[] = [
  [
    "the network without a value",
    "config:\n  baas:network:\n",
    "baas:network: has no value: keys and values are expected",
  ],
  [
    "a text for the network",
    "config:\n  baas:network: yes\n",
    'baas:network: "yes" is not allowed: keys and values are expected',
  ],
  [
    "a list for the network",
    "config:\n  baas:network: []\n",
    "baas:network: [] is not allowed: keys and values are expected",
  ],
  [
    "a network and a platform",
    "config:\n  baas:network: {}\n  baas:platform: {}\n",
    'config: has "baas:network" and "baas:platform": a stack is one network or a platform, so keep one of them',
  ],
  [
    "a list for the configuration",
    "config: [a]\n",
    'stacks/Pulumi.net.yaml: config holds keys and values, such as "baas:network: ..."',
  ],
  [
    "a misspelt config",
    network().replace("config", "confg"),
    'config: needs one of "baas:network", "baas:ethereum", "baas:platform"',
    '(file): nothing reads the key "confg". Did you mean "config"?',
  ],
  [
    "no config",
    "baas:network:\n  environment: local\n",
    'nothing reads the key "baas:network" here: write it below "config:"',
  ],
  [
    "a misspelt network",
    network().replace("network", "netwrok"),
    'baas:netwrok: unknown key. Did you mean "baas:network"?',
  ],
  [
    "a misspelt network without prefix",
    network().replace("baas:network", "netwrok"),
    'baas:netwrok: unknown key. Did you mean "baas:network"?',
  ],
  ["a misspelt project", network().replace("baas:", "bas:"), 'there is "bas:network". Did you mean "baas:network"?'],
  [
    "capitals in the key",
    network().replace("baas:network", "Baas:Network"),
    'there is "Baas:Network". Did you mean "baas:network"?',
  ],
  [
    "no number",
    organizations("[{ name: org1, peers: .nan }]"),
    "stacks/Pulumi.net.yaml: baas:network.organizations[0].peers is NaN, which a configuration cannot hold: write a number",
  ],
  [
    "an infinite number",
    organizations("[{ name: org1, peers: -.inf }]"),
    "organizations[0].peers is -Infinity, which a configuration cannot hold",
  ],
  [
    "a number of 20 digits",
    organizations("[{ name: org1, peers: 99999999999999999999 }]"),
    "1 mistake\n  baas:network.organizations[0].peers: 100000000000000000000 is not allowed: at most 20",
  ],
  [
    "half a peer",
    organizations("[{ name: org1, peers: 1.5 }]"),
    "peers: 1.5 is not allowed: a whole number is expected",
  ],
  ["a name without a value", organizations("[{ name: }]"), "organizations[0].name: has no value: a text is expected"],
  [
    "a name that is true",
    organizations("[{ name: true }]"),
    "organizations[0].name: true is not allowed: a text is expected; put it in quotes",
  ],
  [
    "a list for a name",
    organizations("[{ name: [org1] }]"),
    'organizations[0].name: ["org1"] is not allowed: a text is expected',
  ],
  ["names with commas", organizations("org1, org2"), 'organizations: "org1, org2" is not allowed: a list is expected'],
  [
    "a map of organizations",
    organizations("{ org1: { peers: 2 } }"),
    'organizations: {"org1":{"peers":2}} is not allowed: a list is expected',
  ],
  [
    "a Cyrillic letter",
    organizations('[{ name: "\u043erg1" }]'),
    'organizations[0].name: "\u043erg1" is not allowed: ',
    '"\u043e" is the character U+043E',
  ],
  [
    "a letter without width",
    organizations('[{ name: "org1\u200b" }]'),
    'organizations[0].name: "org1\\u200b" is not allowed: ',
    "is the character U+200B",
  ],
  ["a name that colours the terminal", organizations('[{ name: "\\e[31mred" }]'), '"\\u001b[31mred" is not allowed: '],
  [
    "a key that colours the terminal",
    organizations('[{ name: org1, "\\e[31mred": 1 }]'),
    'organizations[0]["\\u001b[31mred"]: unknown key.',
  ],
  [
    "a key that turns text around",
    organizations('[{ name: org1, "\\u202egro": 1 }]'),
    'organizations[0]["\\u202egro"]: unknown key.',
  ],
  [
    "keys that every object of JavaScript has",
    organizations("[{ name: org1, constructor: 1, __proto__: { peers: 3 } }]"),
    "2 mistakes",
    "organizations[0].constructor: unknown key.",
    "organizations[0].__proto__: unknown key.",
  ],
  [
    "an encrypted value",
    network("  github:token: { secure: AAAB }\n"),
    'github:token is encrypted (secure: ...); only the Pulumi CLI can read it. Use "pulumi preview", or take the value out',
  ],
];

const plain =
  "is a secret in plain text, which everybody can read who has the file. Take it out and change it, or encrypt it: pulumi config set --secret";

/** Files that are fine, but for what is said. */
export const noted: OddFile[] = [
  ["a byte order mark", `\ufeff${network()}`],
  ["lines that end as on Windows", network().replace(/\n/g, "\r\n")],
  [
    "merged keys",
    "config:\n  baas:network:\n    <<: { environment: local, domain: net.example.com }\n    organizations: [{ name: org1 }]\n",
  ],
  [
    "an alias",
    network("    channels: [{ name: main, organizations: &all [org1] }, { name: other, organizations: *all }]\n"),
  ],
  ["an octal number", organizations("[{ name: org1, peers: 0o2 }]")],
  ["a key of a provider", network("  kubernetes:context: c\n  aws:region: eu-west-1\n")],
  ["what Pulumi writes", `secretsprovider: passphrase\nencryptionsalt: v1:abc\nencryptedkey: abc\n${network()}`],
  [
    "a misspelt key of Pulumi",
    `secretprovider: passphrase\n${network()}`,
    'stacks/Pulumi.net.yaml: nothing reads the key "secretprovider". Did you mean "secretsprovider"?',
  ],
  [
    "an environment of Pulumi Cloud",
    `environment: [shared]\n${network()}`,
    '"environment" imports from Pulumi Cloud; baas leaves it out',
  ],
  [
    "imports",
    `imports: [shared]\n${network()}`,
    'nothing reads the key "imports": it belongs to an environment of Pulumi Cloud',
  ],
  ["the network twice", `network: {}\n${network()}`, 'nothing reads the key "network" here: write it below "config:"'],
  [
    "a second network of a misspelt project",
    network("  bas:network: {}\n"),
    'config: this project does not read "bas:network". Did you mean "baas:network"?',
  ],
  [
    "a token",
    network("  github:token: ghp_0123456789\n"),
    `stacks/Pulumi.net.yaml: github:token ${plain} github:token`,
  ],
  ["a password of digits", network("  db:adminPassword: 123456\n"), `db:adminPassword ${plain} db:adminPassword`],
  [
    "a password inside",
    network("  docker:registryAuth: [{ address: a, username: u, password: p }]\n"),
    `docker:registryAuth[0].password ${plain} docker:registryAuth`,
  ],
  ["a private key", network('  tls:file: "-----BEGIN EC PRIVATE KEY-----"\n'), `tls:file ${plain} tls:file`],
  [
    "a short name of a secret",
    network("  aws:secretKey: abc\n  vault:api-key: abc\n"),
    `aws:secretKey ${plain}`,
    `vault:api-key ${plain}`,
  ],
  [
    "what only looks like a secret",
    network(
      "  a:tokenFile: t.txt\n  a:passwordSecretName: s\n  a:max_token: 4096\n  a:token: ${TOKEN}\n  a:secret: /run/secret\n  a:password: ''\n  a:useToken: true\n",
    ),
  ],
];
