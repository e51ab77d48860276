/** Small stack files that could keep a command busy, each with what a user is told. */
import {
  bomb,
  chaincode,
  chaincodes,
  list,
  many,
  nested,
  network,
  organizations,
  type OddFile,
} from "./stackFileTexts";

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
    "9,000 unknown members with long names",
    many({
      organizations: list(64, (i) => `{ name: ${"a".repeat(36)}${i} }`),
      channels: list(100, (i) => `{ name: c${i}, organizations: ${list(70, (j) => `${"b".repeat(30)}${i}x${j}`)} }`),
    }),
    "7000 mistakes",
    `there is no organization "${"b".repeat(30)}0x0". There are: ${"a".repeat(36)}0, `,
  ],
  [
    "200 channels, and as many chaincodes on unknown ones with long names",
    many({
      channels: list(200, (i) => `{ name: ${"a".repeat(40)}${i} }`),
      chaincodes: chaincodes(200, (i) => `${"b".repeat(40)}${i}`),
    }),
    "200 mistakes",
    `chaincodes[49].channel: there is no channel "${"b".repeat(40)}49".\n`,
  ],
  [
    "20 peers of each of 64 organizations",
    organizations(list(64, (i) => `{ name: o${i}, peers: 20 }`)),
    "baas:network.organizations: 1280 peers of all organizations; a network has at most 200: write fewer peers, or describe",
  ],
  [
    "60 chaincodes of 64 organizations",
    many({ organizations: list(64, (i) => `{ name: o${i}, peers: 3 }`), chaincodes: chaincodes(60) }),
    "baas:network.chaincodes: 3840 chaincode servers (each version has one for each organization on its channels); a network " +
      "has at most 400: write fewer chaincodes, or channels with fewer members, or describe several networks",
  ],
  [
    "1,000 chaincodes of 64 organizations",
    many({ organizations: list(64, (i) => `{ name: o${i}, peers: 20 }`), chaincodes: chaincodes(1000) }),
    "baas:network.organizations: 1280 peers of all organizations; a network has at most 200",
    "baas:network.chaincodes: 1000 chaincodes; a network has at most 200: write fewer, or describe several networks",
  ],
  [
    "1,000 channels, and 800 chaincodes on unknown ones",
    many({
      channels: list(1000, (i) => `{ name: ${"a".repeat(40)}${i} }`),
      chaincodes: chaincodes(800, (i) => `${"b".repeat(40)}${i}`),
    }),
    "baas:network.channels: 1000 channels; a network has at most 200: write fewer, or describe several networks",
    "baas:network.chaincodes: 800 chaincodes; a network has at most 200",
  ],
  [
    "5,000 clients",
    organizations(`[{ name: org1, clients: ${list(5000, (i) => `c${i}`)} }]`),
    "baas:network.organizations: 5000 clients of all organizations; a network has at most 1000: write fewer, and register",
  ],
  [
    "64 unknown organizations in each of 60 policies",
    many({
      organizations: list(64, (i) => `{ name: ${"a".repeat(36)}${i} }`),
      channels: list(1, () => `{ name: main, organizations: [${"a".repeat(36)}0] }`),
      chaincodes: list(
        60,
        (i) =>
          `{ name: c${i}, channel: main, image: "x:1", version: "1", endorsementPolicy: ` +
          `"OR(${list(64, (j) => `'A${"b".repeat(35)}${i}x${j}MSP.peer'`).slice(1, -1)})" }`,
      ),
    }),
    "3840 mistakes",
    'there is no MSP ID "Ab',
  ],
  [
    "a policy of 4,000 letters that cannot hold",
    chaincode(`AND(${list(250, () => "'Org1MSP.peer'").slice(1, -1)})`),
    `endorsementPolicy: "AND('Org1MSP.peer','Org1MSP.peer','Org1MSP.peer','Org1MSP..." cannot hold`,
  ],
  [
    "a source of 100,000 letters",
    many({ chaincodes: `[{ name: c, channel: main, source: "${"a/".repeat(50_000)}b", version: "1" }]` }),
    `chaincodes[0].source: there is no ${"a/".repeat(58)}a.../Dockerfile in the project`,
  ],
  [
    "a member of 100,000 letters twice",
    many({ channels: `[{ name: main, organizations: [&m ${"m".repeat(100_000)}, *m] }]` }),
    `member "${"m".repeat(57)}..." is taken by baas:network.channels[0].organizations[0]`,
  ],
  [
    "an encrypted value below a key of 100,000 letters",
    network(`    ? ${"k".repeat(100_000)}\n    : { secure: abc }\n`),
    `baas:network["${"k".repeat(56)}...] is encrypted`,
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
