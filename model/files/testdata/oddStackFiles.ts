/** Odd stack files, each with what a user is told. */

/** What stands before and after the value of `organizations` in a stack file. */
const organizations = (value: string) => `config:
  baas:network:
    environment: local
    domain: net.example.com
    organizations: ${value}
`;

/** The file of a small network with further lines: of the network, indented by four, or of the file. */
const network = (more = "") => organizations("[{ name: org1 }]") + more;

const chaincode = (policy: string) =>
  network(
    "    channels: [{ name: main }]\n" +
      '    chaincodes: [{ name: asset, channel: main, source: chaincode/asset-transfer, version: "1.0", ' +
      `endorsementPolicy: "${policy}" }]\n`,
  );

const list = (length: number, element: (i: number) => string) =>
  `[${Array.from({ length }, (_, i) => element(i)).join(",")}]`;

/** Ten times ten times ten ... values. */
const bomb = (levels: number) =>
  "config:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" +
  Array.from({ length: levels }, (_, i) => `  a${i + 1}: &a${i + 1} ${list(10, () => `*a${i}`)}\n`).join("");

const nested = (depth: number) => `${"AND(".repeat(depth)}'Org1MSP.peer'${")".repeat(depth)}`;

/** An odd file: its name, its content, and parts of what is said. Nothing is said of a file that is fine. */
export type OddFile = [name: string, content: string | Uint8Array, ...said: string[]];

const shorter = "each alias as what it stands for: leave out aliases, or describe less in one file";
const inItself = "is inside of itself, by an alias: write out what it stands for";
const tooDeep = "more than 50 levels of lists and maps in each other";

/** Files that could keep a command busy. */
export const hurtful: OddFile[] = [
  ["an alias bomb", bomb(9), `net.yaml: config.a3: more than 10000 values, ${shorter}`],
  [
    "an alias bomb with a text",
    network(`    ? &a ${"x".repeat(99_999)}\n    : [*a, *a, *a]\n`),
    "more than 262144 characters",
  ],
  [
    "a bomb of merged keys",
    `config:\n  a: &a {${list(200, (i) => `k${i}: 1`).slice(1, -1)}}\n  b: ${list(200, () => "{<<: *a}")}\n`,
    'too many keys are merged by "<<" at line 3, column 449: write them out, or describe less',
  ],
  [
    "a chain of aliases",
    `config:\n  a0: &a0 []\n${Array.from({ length: 3000 }, (_, i) => `  a${i + 1}: &a${i + 1} [*a${i}]\n`).join("")}`,
    `config.a48[0]: ${tooDeep}: write fewer`,
  ],
  ["an anchor that refers to itself", organizations("&o [*o]"), `config.baas:network.organizations[0]: ${inItself}`],
  [
    "two anchors that refer to each other",
    "config:\n  baas:network: &n { a: &m { b: *n, c: *m } }\n",
    `config.baas:network.a.b: ${inItself}`,
  ],
  ["a file that is its own configuration", "config: &c { baas:network: *c }\n", `config.baas:network: ${inItself}`],
  [
    "a policy of 20,000 operators in each other",
    chaincode(nested(20_000)),
    "the policy has 100014 characters; 20000 are allowed: name fewer principals",
  ],
  [
    "a policy of 60 operators in each other",
    chaincode(nested(60)),
    "more than 50 operators in each other; write fewer",
  ],
  [
    "a policy of 900 unknown organizations",
    chaincode(`OR(${list(900, (i) => `'X${i}MSP.peer'`).slice(1, -1)})`),
    "at most 4096 characters",
  ],
  [
    "300,000 organizations",
    organizations(list(300_000, (i) => `{ name: o${i} }`)),
    "stacks/Pulumi.net.yaml has 5166 KiB; 256 KiB are allowed: describe less in one file",
  ],
  [
    "25,000 entries",
    organizations(list(25_000, () => "x")),
    `config.baas:network.organizations: more than 10000 values, ${shorter}`,
  ],
  ["9,500 wrong entries", organizations(list(9_500, () => "x")), "a network has at most 64 organizations"],
  [
    "200 unknown organizations in a policy",
    chaincode(`OR(${list(200, (i) => `'X${i}MSP.peer'`).slice(1, -1)})`),
    "200 mistakes",
    'there is no MSP ID "X0MSP". There are: Org1MSP',
    "150 more mistakes, which are not listed",
  ],
  [
    "9,000 unknown keys",
    network(Array.from({ length: 9000 }, (_, i) => `    k${i}: 1\n`).join("")),
    "9000 mistakes",
    "baas:network.k0: unknown key.",
    "8950 more mistakes, which are not listed",
  ],
  [
    "9,000 unknown members",
    network(`    channels: [{ name: main, organizations: ${list(9000, (i) => `o${i}`)} }]\n`),
    "9000 mistakes",
    'there is no organization "o0"',
  ],
  [
    "a flow list of 60 levels",
    organizations("[".repeat(60) + "]".repeat(60)),
    `is not valid YAML: ${tooDeep} at line 5, column 67: write fewer`,
  ],
  [
    "maps of 60 levels",
    `config:\n${Array.from({ length: 60 }, (_, i) => `${" ".repeat(i + 2)}a:\n`).join("")}`,
    `is not valid YAML: ${tooDeep} at line 50, column 51: write fewer`,
  ],
  ["100,000 brackets", "[".repeat(100_000), `is not valid YAML: ${tooDeep}`],
  ["100,000 stars", "*".repeat(100_000), "is not valid YAML: an alias without an anchor before it"],
  [
    "a name of 200,000 letters",
    organizations(`[{ name: ${"a".repeat(200_000)} }]`),
    `organizations[0].name: "${"a".repeat(56)}... is not allowed: at most 40 characters`,
  ],
  [
    "a key of 200,000 letters",
    network(`    ? ${"a".repeat(200_000)}\n    : 1\n`),
    `baas:network["${"a".repeat(56)}...]: unknown key.`,
  ],
];

/** Files that are no configuration. */
export const unreadable: OddFile[] = [
  ["nothing", "", 'config: needs either "baas:network" or "baas:platform"'],
  ["a comment", "# later\n", 'config: needs either "baas:network" or "baas:platform"'],
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
    'config: has both "baas:network" and "baas:platform": a stack is either a network or a platform, so leave one out',
  ],
  [
    "a list for the configuration",
    "config: [a]\n",
    'stacks/Pulumi.net.yaml: config holds keys and values, such as "baas:network: ..."',
  ],
  [
    "a misspelt config",
    network().replace("config", "confg"),
    'config: needs either "baas:network" or "baas:platform"',
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
