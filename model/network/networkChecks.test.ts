import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { answersTo, chaincodes, organizations, smokeTest, TestProject } from "../testing";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
  project.environment("local");
});
afterEach(() => project.remove());

const answers = (more: object): string[] => answersTo(project.dir, more);

const capabilities = (more: object, fabricVersion: string): object => ({
  fabricVersion,
  channels: [{ name: "main" }, { name: "side", capabilities: more }],
});
const batch = (more: object): object => ({ channels: [{ name: "main", batch: more }] });
const notAllowed = (place: string, value: string, rule: string): string => `${place}: ${value} is not allowed: ${rule}`;

const channelRule =
  'a channel\'s name is lower-case letters, digits, "." and "-", starts with a letter, and has a letter or digit at its end ' +
  'and on both sides of each "."';
const chaincodeRule =
  'a chaincode\'s name is letters and digits, with single "-" or "_" between them, and starts with a letter';
const domainRule =
  "a domain is lower-case labels of at most 63 characters with dots between them, such as trade.example.com; the last label " +
  "is no number";
const imageRule =
  "an image is the name of an image, perhaps after a host with a port from 1 to 65535, such as registry.example.com/ledgers/asset:1.0";
const durationRule = "a duration is a whole number with ms, s or m, such as 500ms; a day, 1440m, at most";
const bytesRule = "a number of bytes is a whole number of at most 6 digits with Ki or Mi, such as 2Mi";
const batchRule = "at least 256Ki, so that changes of the channel fit, and at most 49Mi, which nodes can send";
const outside = "it is outside the project: write a folder in the project, relative to it";
const usable = [
  "/Channel/Readers",
  "/Channel/Application/Readers",
  "/Channel/Application/LifecycleEndorsement",
  "/Channel/Application/Endorsement",
  "/Channel/Application/org1/Readers",
  "/Channel/Application/org1/Endorsement",
  "/Channel/Application/org2/Readers",
  "/Channel/Application/org2/Endorsement",
].join(", ");
const cannotHold = (policy: string): string =>
  `chaincodes[0].endorsementPolicy: "${policy}" cannot hold, as peers endorse, and it asks for others: ` +
  `write a signature policy, or one of ${usable}`;

describe("what Fabric or Kubernetes would refuse is refused", () => {
  const long = (length: number): string => "a".repeat(length);

  it.each<[string, object, string[]]>([
    [
      "a capability level that the nodes do not have, at which they would stop",
      capabilities({ channel: "V3_0" }, "2.5.16"),
      ["channels[1].capabilities.channel: V3_0 needs Fabric 3.0 or newer, and baas:network.fabricVersion is 2.5.16"],
    ],
    ["a capability level that the nodes have", capabilities({ channel: "V3_0" }, "3.1.5"), []],
    [
      "a capability level that Fabric does not have for this group",
      capabilities({ orderer: "V3_0" }, "3.1.5"),
      ['channels[1].capabilities.orderer: "V3_0" is not allowed. Did you mean V2_0? Allowed: V2_0'],
    ],
    ["a channel a..b", { channels: [{ name: "a..b" }] }, [notAllowed("channels[0].name", '"a..b"', channelRule)]],
    ["a channel a.-b", { channels: [{ name: "a.-b" }] }, [notAllowed("channels[0].name", '"a.-b"', channelRule)]],
    ["a channel a-.b", { channels: [{ name: "a-.b" }] }, [notAllowed("channels[0].name", '"a-.b"', channelRule)]],
    [
      "a channel that ends with a dot",
      { channels: [{ name: "a." }] },
      [notAllowed("channels[0].name", '"a."', channelRule)],
    ],
    [
      "a channel that ends with a line feed",
      { channels: [{ name: "a\n" }] },
      [notAllowed("channels[0].name", '"a\\n"', channelRule)],
    ],
    [
      "a channel with too long a name",
      { channels: [{ name: long(51) }] },
      [notAllowed("channels[0].name", `"${long(51)}"`, "at most 50 characters")],
    ],
    ...["cscc", "escc", "lscc", "qscc", "vscc"].map((name): [string, object, string[]] => [
      `the system chaincode ${name}`,
      chaincodes({ name }),
      [
        notAllowed(
          "chaincodes[0].name",
          `"${name}"`,
          "is a system chaincode of Fabric, as are all of cscc, escc, lscc, qscc, vscc: choose another name",
        ),
      ],
    ]),
    [
      "_lifecycle",
      chaincodes({ name: "_lifecycle" }),
      [notAllowed("chaincodes[0].name", '"_lifecycle"', chaincodeRule)],
    ],
    [
      "+lifecycle",
      chaincodes({ name: "+lifecycle" }),
      [notAllowed("chaincodes[0].name", '"+lifecycle"', chaincodeRule)],
    ],
    [
      "a chaincode that starts with a digit",
      chaincodes({ name: "9cc" }),
      [notAllowed("chaincodes[0].name", '"9cc"', chaincodeRule)],
    ],
    [
      "a chaincode version with a slash",
      chaincodes({ version: "1/0" }),
      [
        notAllowed(
          "chaincodes[0].version",
          '"1/0"',
          'a chaincode\'s version is letters, digits, ".", "_", "+" and "-"',
        ),
      ],
    ],
    [
      "preferredMaxBytes above absoluteMaxBytes",
      batch({ preferredMaxBytes: "11Mi" }),
      [notAllowed("channels[0].batch.preferredMaxBytes", '"11Mi"', "at most absoluteMaxBytes, which is 10Mi")],
    ],
    [
      "preferredMaxBytes above absoluteMaxBytes in other units",
      batch({ preferredMaxBytes: "1025Ki", absoluteMaxBytes: "1Mi" }),
      [notAllowed("channels[0].batch.preferredMaxBytes", '"1025Ki"', "at most absoluteMaxBytes, which is 1Mi")],
    ],
    [
      "blocks that gRPC cannot carry",
      batch({ absoluteMaxBytes: "50Mi" }),
      [notAllowed("channels[0].batch.absoluteMaxBytes", '"50Mi"', batchRule)],
    ],
    [
      "blocks in which the channel's configuration has no room",
      batch({ preferredMaxBytes: "1Ki", absoluteMaxBytes: "1Ki" }),
      [notAllowed("channels[0].batch.absoluteMaxBytes", '"1Ki"', batchRule)],
    ],
    [
      "blocks whose bytes overflow",
      batch({ absoluteMaxBytes: "99999999Mi" }),
      [notAllowed("channels[0].batch.absoluteMaxBytes", '"99999999Mi"', "at most 8 characters")],
    ],
    [
      "blocks of no bytes",
      batch({ preferredMaxBytes: "0Ki" }),
      [notAllowed("channels[0].batch.preferredMaxBytes", '"0Ki"', bytesRule)],
    ],
    [
      "blocks of more transactions than the CRD takes",
      batch({ maxMessages: 10_001 }),
      [notAllowed("channels[0].batch.maxMessages", "10001", "at most 10000")],
    ],
    ["a timeout of zero", batch({ timeout: "0s" }), [notAllowed("channels[0].batch.timeout", '"0s"', durationRule)]],
    [
      "a timeout that overflows Go's durations",
      batch({ timeout: "999999m" }),
      [notAllowed("channels[0].batch.timeout", '"999999m"', "a duration is a day, 1440m, at most")],
    ],
    [
      "a policy that no channel has",
      chaincodes({ endorsementPolicy: "/Channel/Application/Endorsment" }),
      [
        'chaincodes[0].endorsementPolicy: channel "main" has no policy "/Channel/Application/Endorsment". ' +
          `Did you mean "/Channel/Application/Endorsement"? Peers can satisfy: ${usable}`,
      ],
    ],
    [
      "a policy of an organization that is no member",
      {
        channels: [{ name: "main", organizations: ["org1"] }],
        ...chaincodes({ endorsementPolicy: "/Channel/Application/org2/Endorsement" }),
      },
      [
        'chaincodes[0].endorsementPolicy: channel "main" has no policy "/Channel/Application/org2/Endorsement". Did you mean ' +
          '"/Channel/Application/org1/Endorsement"? Peers can satisfy: /Channel/Readers, /Channel/Application/Readers, ' +
          "/Channel/Application/LifecycleEndorsement, /Channel/Application/Endorsement, /Channel/Application/org1/Readers, " +
          "/Channel/Application/org1/Endorsement",
      ],
    ],
    [
      "a policy named by an MSP ID instead of the organization",
      chaincodes({ endorsementPolicy: "/Channel/Application/Org1MSP/Endorsement" }),
      [
        'chaincodes[0].endorsementPolicy: channel "main" has no policy "/Channel/Application/Org1MSP/Endorsement". ' +
          `Did you mean "/Channel/Application/org1/Endorsement"? Peers can satisfy: ${usable}`,
      ],
    ],
    ...[
      "/Channel/Application/Admins",
      "/Channel/Application/Writers",
      "/Channel/Orderer/BlockValidation",
      "/Channel/Admins",
    ].map((policy): [string, object, string[]] => [
      `the policy ${policy}, which peers cannot satisfy`,
      chaincodes({ endorsementPolicy: policy }),
      [cannotHold(policy)],
    ]),
    [
      "a policy of more characters than the API server takes",
      chaincodes({ endorsementPolicy: `OR(${Array(260).fill("'Org1MSP.peer'").join(", ")})` }),
      [
        notAllowed(
          "chaincodes[0].endorsementPolicy",
          "\"OR('Org1MSP.peer', 'Org1MSP.peer', 'Org1MSP.peer', 'Org1...",
          "at most 4096 characters",
        ),
      ],
    ],
    [
      "a domain with a label of 64 characters",
      { domain: `${long(64)}.example.com` },
      [expect.stringContaining(`is not allowed: ${domainRule}`)],
    ],
    ["a domain that reads as an IP address", { domain: "10.0.0.1" }, [notAllowed("domain", '"10.0.0.1"', domainRule)]],
    [
      "a domain whose last label is a number",
      { domain: "trade.2026" },
      [notAllowed("domain", '"trade.2026"', domainRule)],
    ],
    ["a domain with one label", { domain: "trade" }, [notAllowed("domain", '"trade"', domainRule)]],
    ["a domain with a wildcard", { domain: "*.example.com" }, [notAllowed("domain", '"*.example.com"', domainRule)]],
    ["a domain with an empty label", { domain: "trade..com" }, [notAllowed("domain", '"trade..com"', domainRule)]],
    [
      "a chaincode server whose name is longer than a label",
      {
        ...organizations("an-organization-with-a-long-name"),
        ...chaincodes({ name: "a-chaincode-with-a-long-name-too" }),
      },
      [
        'chaincodes[0].name: chaincode "a-chaincode-with-a-long-name-too" of organization "an-organization-with-a-long-name" would ' +
          'get the pods "a-chaincode-with-a-long-name-too-1-0-an-organization-with-a-long-name": 69 characters; at most 63 fit: ' +
          "use a shorter name",
      ],
    ],
    [
      "a smoke test whose name with its channel is longer than a label",
      {
        channels: [{ name: "main" }, { name: long(45) }],
        ...chaincodes({}, { channel: long(45), smokeTest }),
      },
      [
        `chaincodes[1].name: the smoke test of chaincode "asset" would get the pods "asset-1-0-${long(45)}-smoke-test": ` +
          "66 characters; at most 63 fit: use a shorter name",
      ],
    ],
    [
      "an image with capitals",
      chaincodes({ image: "Asset:1.0" }),
      [notAllowed("chaincodes[0].image", '"Asset:1.0"', imageRule)],
    ],
    [
      "an image with a scheme",
      chaincodes({ image: "https://example.com/a:1" }),
      [notAllowed("chaincodes[0].image", '"https://example.com/a:1"', imageRule)],
    ],
    [
      "an image with a blank",
      chaincodes({ image: " asset:1.0" }),
      [notAllowed("chaincodes[0].image", '" asset:1.0"', imageRule)],
    ],
    ["an image that is empty", chaincodes({ image: "" }), [notAllowed("chaincodes[0].image", '""', imageRule)]],
    [
      "an image whose digest is cut off",
      chaincodes({ image: "asset@sha256:1234" }),
      [notAllowed("chaincodes[0].image", '"asset@sha256:1234"', imageRule)],
    ],
    [
      "an image whose tag is only the registry's port",
      chaincodes({ image: "registry.example.com:5000/asset" }),
      [
        notAllowed(
          "chaincodes[0].image",
          '"registry.example.com:5000/asset"',
          "an image needs a tag other than latest, or a digest: what runs must not change by itself",
        ),
      ],
    ],
    ...["../asset", "/tmp/asset", "chaincode/../../asset", "C:/asset"].map((source): [string, object, string[]] => [
      `the source ${source}`,
      chaincodes({ image: undefined, source }),
      [notAllowed("chaincodes[0].source", `"${source}"`, outside)],
    ]),
    ...["", ".", "chaincode/.."].map((source): [string, object, string[]] => [
      `the source "${source}"`,
      chaincodes({ image: undefined, source }),
      [notAllowed("chaincodes[0].source", `"${source}"`, "it must be a folder in the project, not the project itself")],
    ]),
    [
      "a source whose folder gives an image no name",
      chaincodes({ image: undefined, source: "chaincode/MyCC" }),
      [
        notAllowed(
          "chaincodes[0].source",
          '"chaincode/MyCC"',
          'the image is called "MyCC" like the folder; an image\'s name is lower-case letters and digits, with ".", "_" or "-" ' +
            "between them",
        ),
      ],
    ],
    [
      "a volume of more bytes than Kubernetes counts",
      { organizations: [{ name: "org1", peerStorage: "9999999Ti" }] },
      [expect.stringMatching(/^organizations\[0\]\.peerStorage: "9999999Ti" is not allowed: /)],
    ],
    ...["r.io:0/asset:1", "r.io:65536/asset:1", "r.io:99999/asset:1"].map((name): [string, object, string[]] => [
      `the image ${name}, of a port that there is not`,
      chaincodes({ image: name }),
      [notAllowed("chaincodes[0].image", `"${name}"`, imageRule)],
    ]),
    [
      "an image of a host in brackets that is no address",
      chaincodes({ image: "[::::]:5000/asset:1" }),
      [notAllowed("chaincodes[0].image", '"[::::]:5000/asset:1"', "the host in brackets is no IPv6 address")],
    ],
    [
      "a transaction of a smoke test that no variable holds",
      chaincodes({
        smokeTest: {
          submit: [
            ["Create", "x".repeat(60_000)],
            ["Create", "y".repeat(60_000)],
          ],
          evaluate: ["Read"],
        },
      }),
      [
        expect.stringMatching(
          /^chaincodes\[0\]\.smokeTest\.submit: .* is not allowed: functions and arguments have at most 100 KiB together$/,
        ),
      ],
    ],
    [
      "a query of a smoke test that no variable holds",
      chaincodes({ smokeTest: { submit: [["Create"]], evaluate: ["Read", "x".repeat(110_000)] } }),
      [
        expect.stringMatching(
          /^chaincodes\[0\]\.smokeTest\.evaluate: .* is not allowed: functions and arguments have at most 100 KiB together$/,
        ),
      ],
    ],
    [
      "a volume of no bytes",
      { ordering: { storage: "0Gi" } },
      [expect.stringMatching(/^ordering\.storage: "0Gi" is not allowed: a size is /)],
    ],
    [
      "more organizations than a Channel takes",
      organizations(...Array.from({ length: 65 }, (_, i) => `org${i}`)),
      [expect.stringMatching(/^organizations: .* is not allowed: a network has at most 64 organizations$/)],
    ],
  ])("%s", (_what, more, lines) => expect(answers(more)).toEqual(lines));

  it.each(["/Channel/Application/LifecycleEndorsement", "/Channel/Application/org1/Endorsement", "/Channel/Readers"])(
    "but not the policy %s",
    (endorsementPolicy) => expect(answers(chaincodes({ endorsementPolicy }))).toEqual([]),
  );

  it.each([
    "asset@sha256:" + "0".repeat(64),
    "localhost:5000/a/b_c:1",
    `asset:latest@sha256:${"0".repeat(64)}`,
    "[::1]:5000/a:v1",
    "r.io:65535/a:1",
  ])("but not the image %s", (named) => expect(answers(chaincodes({ image: named }))).toEqual([]));

  // A composite key of Fabric has zeros, Kubernetes' variables are escaped, and any version is a name to Fabric.
  it("but not odd arguments of a smoke test, and the version latest", () => {
    const smokeTest = { submit: [["Create", "a\0b"]], evaluate: ["Read", "$(PATH)"] };
    expect(answers(chaincodes({ smokeTest, version: "latest" }))).toEqual([]);
  });

  it.each(["chaincode/asset-transfer", "./chaincode/asset-transfer/", "chaincode/../chaincode/asset-transfer"])(
    "but not the source %s",
    (source) => expect(answers(chaincodes({ image: undefined, source }))).toEqual([]),
  );

  it.each([
    ["a", "49Mi", "49Mi"],
    ["a.b-c.0", "256Ki", "256Ki"],
  ])("but not the channel %s with blocks of %s to %s", (name, preferredMaxBytes, absoluteMaxBytes) =>
    expect(answers({ channels: [{ name, batch: { preferredMaxBytes, absoluteMaxBytes } }] })).toEqual([]),
  );

  it("sources that links take outside, and Dockerfiles that are folders", () => {
    project.write("chaincode/folder/Dockerfile/x", "");
    mkdirSync(join(project.dir, "chaincode"), { recursive: true });
    symlinkSync("/tmp", join(project.dir, "chaincode", "linked"));
    symlinkSync("/etc/hostname", join(project.dir, "chaincode", "asset-transfer", "other"));
    project.write("chaincode/file/x", "");
    symlinkSync("/etc/hostname", join(project.dir, "chaincode", "file", "Dockerfile"));
    const sources = ["chaincode/folder", "chaincode/linked", "chaincode/file"];
    expect(answers(chaincodes(...sources.map((source, i) => ({ name: `cc${i}`, image: undefined, source }))))).toEqual([
      "chaincodes[0].source: there is no chaincode/folder/Dockerfile in the project",
      "chaincodes[1].source: there is no chaincode/linked/Dockerfile in the project",
      'chaincodes[2].source: "chaincode/file" leads to /etc/hostname, outside the project: copy it into the project',
    ]);
  });
});
