import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";

import { TestCa } from "../../fabric/src/testing/testCertificates";
import { checkStack, loadStack } from "../project/stacks";
import { answersTo, linesOf, TestProject } from "../testing";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
  project.environment("local");
  platform({ kafka: {} });
});
afterEach(() => project.remove());

function platform(more: object): void {
  const content = JSON.stringify({ environment: "local", ...more });
  project.write("stacks/Pulumi.platform-local.yaml", `config: { "baas:platform": ${content} }\n`);
}

const platformFile = "stacks/Pulumi.platform-local.yaml";
const platformAnswers = (more: object): string[] => {
  platform(more);
  return linesOf(() => loadStack(project.dir, "platform-local")).map((line) =>
    line.replace(`${platformFile} baas:platform.`, ""),
  );
};
const answers = (ordering: object, more: object = {}): string[] =>
  answersTo(project.dir, { ordering: { type: "kafka", systemChannel: "net-system", ...ordering }, ...more });

const ca = new TestCa("kafka");
afterAll(() => ca.close());
const { certificate } = ca;
const external = {
  bootstrap: ["kafka.example.com:9093"],
  version: "3.9.2",
  rootCertificates: certificate,
  secret: "kafka-admin",
};

describe("ordering type kafka", () => {
  it("is planned with the address of the platform's Kafka", () => {
    expect(answers({})).toEqual([]);
    expect(planned({}).kafka).toEqual({
      systemChannel: "net-system",
      bootstrap: ["kafka-bootstrap.baas-platform.svc:9093"],
    });
    platform({ namespace: "shared", kafka: {} });
    expect(planned({}).kafka?.bootstrap).toEqual(["kafka-bootstrap.shared.svc:9093"]);
  });

  it("is planned with the addresses of a Kafka that the platform names", () => {
    platform({ externalKafka: external });
    expect(answers({ kafkaSecret: "kafka-user" })).toEqual([]);
    expect(planned({ kafkaSecret: "kafka-user" }).kafka).toEqual({
      systemChannel: "net-system",
      bootstrap: ["kafka.example.com:9093"],
      external: { rootCertificates: certificate, secret: "kafka-user" },
    });
  });

  function planned(more: object) {
    const network = {
      environment: "local",
      domain: "net.example.com",
      organizations: [{ name: "org1" }],
      ordering: { type: "kafka", systemChannel: "net-system", ...more },
    };
    const stack = checkStack(project.dir, { project: "baas", stack: "net", network });
    if (stack.kind !== "network") throw new Error("no network");
    return stack.network.ordering;
  }

  it("needs a platform with Kafka", () => {
    const missing =
      'ordering.type: "kafka" needs a Kafka, and the platform of environment "local" has none: write "kafka: {}" in ' +
      `${platformFile}, or use etcdraft`;
    platform({});
    expect(answers({})).toEqual([missing]);
    project.remove();
    project = new TestProject();
    project.environment("local");
    expect(answers({})).toEqual([missing]);
  });

  it("is told to wait for a Kafka that the platform leaves off, which is checked all the same", () => {
    platform({ kafka: { enabled: false } });
    const network = { environment: "local", domain: "net.example.com", organizations: [{ name: "org1" }] };
    const warnings = (ordering: object) =>
      checkStack(project.dir, { project: "baas", stack: "net", network: { ...network, ordering } }).warnings;
    expect(warnings({ type: "kafka", systemChannel: "net-system" })).toEqual([
      {
        path: "baas:network.ordering.type",
        message:
          `"kafka" waits for the Kafka of the platform, which ${platformFile} names but leaves off: write enabled: true there, and apply ` +
          "it before this network",
      },
    ]);
    expect(warnings({})).toEqual([]);
    expect(platformAnswers({ kafka: { enabled: false, brokers: 3 } })).toHaveLength(1);
  });

  it("names the mistakes of a platform whose Kafka cannot be read", () => {
    platform({ kafka: { brokers: 3 } });
    expect(answers({})).toEqual([
      `${platformFile} baas:platform.kafka.brokers: 3 is not allowed: topics have 3 replicas, and one more broker lets topics be made ` +
        "while one is away: write 4, or more",
    ]);
  });

  it("needs a system channel", () => {
    expect(answers({ systemChannel: undefined })).toEqual([
      "ordering.systemChannel: is missing: with type kafka a network needs a system channel, with a name that no channel on the same " +
        "Kafka has, such as <network>-system",
    ]);
  });

  it("leaves its fields to networks that have it", () => {
    expect(answersTo(project.dir, { ordering: { systemChannel: "net-system", kafkaSecret: "s" } })).toEqual([
      "ordering.systemChannel: is for type kafka, and the type is etcdraft: leave it out",
      "ordering.kafkaSecret: is for type kafka, and the type is etcdraft: leave it out",
    ]);
  });

  it("is not in Fabric 3", () => {
    expect(answers({}, { fabricVersion: "3.1.5" })).toEqual([
      'ordering.type: "kafka" is not in Fabric 3.0 and newer, and baas:network.fabricVersion is 3.1.5: use etcdraft, or for Kafka ' +
        'fabricVersion "2.5.16", "2.5.15"',
    ]);
  });

  it("needs a Secret at a Kafka of the user's, and only there", () => {
    expect(answers({ kafkaSecret: "kafka-user" })).toEqual([
      `ordering.kafkaSecret: is for a Kafka of yours, and ${platformFile} has one of the platform's own, which knows orderers by their ` +
        "certificates: leave it out",
    ]);
    platform({ externalKafka: external });
    expect(answers({})).toEqual([
      `ordering.kafkaSecret: is missing: ${platformFile} names a Kafka of yours, at which the orderers log in with a Secret of this network`,
    ]);
  });

  it("asks for no odd number of orderers, of which any one can order", () => {
    const network = { environment: "local", domain: "net.example.com", organizations: [{ name: "org1" }] };
    const warnings = (ordering: object) =>
      checkStack(project.dir, { project: "baas", stack: "net", network: { ...network, ordering } }).warnings;
    expect(warnings({ type: "kafka", systemChannel: "net-system", nodes: 2 })).toEqual([]);
    expect(warnings({ nodes: 2 })).toHaveLength(1);
  });
});

describe("the name of a system channel", () => {
  const rule =
    'a system channel\'s name is lower-case letters, digits, "." and "-", as Fabric and Kafka both take it; it starts with a letter, and ' +
    'has a letter or digit at its end and on both sides of each "."';

  it.each(["Net", "net_system", "1net", "net/system", "net..system", ".", "net.", "net system"])(
    "is not %j",
    (systemChannel) => {
      expect(answers({ systemChannel })).toEqual([
        `ordering.systemChannel: ${JSON.stringify(systemChannel)} is not allowed: ${rule}`,
      ]);
    },
  );

  it("is not longer than Kafka's topics may be", () => {
    const systemChannel = "a".repeat(250);
    expect(answers({ systemChannel })).toEqual([
      `ordering.systemChannel: "${"a".repeat(56)}... is not allowed: at most 249 characters`,
    ]);
  });

  it("leaves space for the name of its genesis block's ConfigMap", () => {
    const systemChannel = "a".repeat(246);
    expect(answers({ systemChannel })).toEqual([
      `ordering.systemChannel: system channel "${systemChannel}" would get the ConfigMap "${systemChannel}-genesis": 254 characters; at ` +
        "most 253 fit: use a shorter name",
    ]);
    expect(answers({ systemChannel: systemChannel.slice(1) })).toEqual([]);
  });

  it("is not that of a channel", () => {
    expect(answers({ systemChannel: "main" })).toEqual([
      'channels[0].name: channel "main" is taken by baas:network.ordering.systemChannel',
    ]);
  });
});

describe("the Kafka that networks are on", () => {
  const network = (ordering: object): void =>
    project.network("other", { environment: "local", ordering: { type: "kafka", systemChannel: "s", ...ordering } });

  it("is not taken away from them", () => {
    network({});
    expect(platformAnswers({ kafka: {} })).toEqual([]);
    expect(platformAnswers({ kafka: { enabled: false } })).toEqual([]);
    expect(platformAnswers({})).toEqual([
      'kafka: is missing, and networks of this environment order on it: stacks/Pulumi.other.yaml. Write "kafka: {}", or first destroy ' +
        "those networks and remove their files",
    ]);
    project.environment("second");
    project.network("other", { environment: "second", ordering: { type: "kafka", systemChannel: "s" } });
    expect(platformAnswers({})).toEqual([]);
  });

  it("is not exchanged", () => {
    network({});
    expect(platformAnswers({ externalKafka: external })).toEqual([
      "externalKafka: is a Kafka of yours, and networks of this environment have no ordering.kafkaSecret to log in there: " +
        "stacks/Pulumi.other.yaml. Write it there if they are new: a network stays on the Kafka that it began with",
    ]);
    network({ kafkaSecret: "kafka-user" });
    expect(platformAnswers({ externalKafka: external })).toEqual([]);
    expect(platformAnswers({ kafka: {} })).toEqual([
      "kafka: is the platform's own, and networks of this environment log in at a Kafka of yours: stacks/Pulumi.other.yaml. Leave out " +
        "their ordering.kafkaSecret if they are new: a network stays on the Kafka that it began with",
    ]);
  });

  it("is not said to be missing where the platform's file cannot be read", () => {
    project.write(platformFile, "config: [\n");
    expect(() => answers({})).toThrow(
      `${platformFile} is not valid YAML: an entry that is not indented as far as it must be at line 2, column 1: look for a missing ` +
        "bracket or quote",
    );
  });
});

describe("networks that share a Kafka", () => {
  const other = (ordering: object, channel: string, environment = "local"): void =>
    project.network("other", { environment, ordering, channels: [{ name: channel }] });
  const taken = (path: string, name: string): string =>
    `${path}: "${name}" is a channel of stacks/Pulumi.other.yaml too: a channel is a topic, and networks of environment "local" share ` +
    "one Kafka. Choose another name";

  it("have different channels, whatever their kinds are", () => {
    other({ type: "kafka", systemChannel: "other-system" }, "main");
    expect(answers({})).toEqual([taken("channels[0].name", "main")]);
    expect(answers({ systemChannel: "main" }, { channels: [] })).toEqual([taken("ordering.systemChannel", "main")]);
    expect(answers({ systemChannel: "other-system" }, { channels: [{ name: "side" }] })).toEqual([
      taken("ordering.systemChannel", "other-system"),
    ]);
    expect(answers({}, { channels: [{ name: "other-system" }] })).toEqual([taken("channels[0].name", "other-system")]);
  });

  it("have no channels whose metrics would have the same names", () => {
    // Only a file with mistakes can have it, and Kafka would refuse the second topic.
    other({ type: "kafka", systemChannel: "net_system" }, "side");
    expect(answers({ systemChannel: "net.system" })).toEqual([
      'ordering.systemChannel: "net.system" and "net_system" of stacks/Pulumi.other.yaml cannot be topics of one Kafka, whose metrics ' +
        'have "_" for ".": choose another name',
    ]);
  });

  it("leave names to networks on Raft, and to those of other environments", () => {
    other({}, "main");
    expect(answers({})).toEqual([]);
    project.environment("second");
    other({ type: "kafka", systemChannel: "net-system" }, "main", "second");
    expect(answers({})).toEqual([]);
  });
});

describe("the Kafka of a platform", () => {
  it("has four brokers and three ZooKeepers", () => {
    const stack = loadStack(project.dir, "platform-local");
    expect(stack.kind === "platform" && stack.platform.kafka).toEqual({
      enabled: true,
      brokers: 4,
      zookeepers: 3,
      storage: "10Gi",
      zookeeperStorage: "1Gi",
      quota: {},
    });
    expect(stack.warnings).toEqual([]);
  });

  it("is left out where nobody asks for it", () => {
    platform({});
    const stack = loadStack(project.dir, "platform-local");
    expect(stack.kind === "platform" && stack.platform.kafka).toBeUndefined();
  });

  it.each([
    [2, "2 ZooKeepers survive the loss of 0, no more than 1 does: use an odd number"],
    [4, "4 ZooKeepers survive the loss of 1, no more than 3 do: use an odd number"],
  ])("is warned of %d ZooKeepers", (zookeepers, message) => {
    platform({ kafka: { zookeepers } });
    expect(loadStack(project.dir, "platform-local").warnings).toEqual([
      { path: "baas:platform.kafka.zookeepers", message },
    ]);
  });

  it("has more brokers than a topic has replicas", () => {
    expect(platformAnswers({ kafka: { brokers: 3 } })).toEqual([
      "kafka.brokers: 3 is not allowed: topics have 3 replicas, and one more broker lets topics be made while one is away: write 4, or " +
        "more",
    ]);
  });

  it("is not without ZooKeepers", () => {
    expect(platformAnswers({ kafka: { zookeepers: 0 } })).toEqual([
      "kafka.zookeepers: 0 is not allowed: Kafka needs at least one ZooKeeper",
    ]);
  });

  it("survives the loss of a ZooKeeper in production", () => {
    project.environment("local", { purpose: "production" });
    expect(platformAnswers({ kafka: { zookeepers: 1 } })).toEqual([
      'kafka.zookeepers: is 1, and environment "local" is for production: fewer than 3 ZooKeepers survive no loss. Write zookeepers: 3, or 5',
    ]);
  });

  it.each(["produce", "fetch"])("has no quota of zero: %s", (key) => {
    const message = (value: string): string =>
      `kafka.quota.${key}: ${value} is not allowed: 0 would stop every network: leave it out, for no limit`;
    expect(platformAnswers({ kafka: { quota: { [key]: "0Mi" } } })).toEqual([message('"0Mi"')]);
    expect(platformAnswers({ kafka: { quota: { [key]: "0" } } })).toEqual([message('"0"')]);
    expect(platformAnswers({ kafka: { quota: { [key]: 0 } } })).toEqual([message("0")]);
    expect(platformAnswers({ kafka: { quota: { [key]: "1Mi" } } })).toEqual([]);
    expect(platformAnswers({ kafka: { quota: { [key]: "12" } } })).toEqual([
      `kafka.quota.${key}: "12" is not allowed: a number of bytes is a whole number of at most 6 digits with Ki or Mi, such as 2Mi`,
    ]);
  });
});

describe("a Kafka of the user's", () => {
  it("is taken in place of the platform's own", () => {
    expect(platformAnswers({ externalKafka: external })).toEqual([]);
    expect(platformAnswers({ kafka: {}, externalKafka: external })).toEqual([
      "kafka: is one that the platform runs, and externalKafka is one of yours: leave one of them out",
    ]);
  });

  it.each(["4.0.0", "4.1", "10.0.0"])("is not of version %s", (version) => {
    expect(platformAnswers({ externalKafka: { ...external, version } })).toEqual([
      `externalKafka.version: "${version}" is not allowed: Kafka 4 no longer speaks the protocol of Fabric's orderers: use 3.9, the last ` +
        "series that does",
    ]);
  });

  it.each(["kafka.example.com", "kafka.example.com:0", "kafka.example.com:65536", "https://kafka:9093", ":9093"])(
    "is not at %j",
    (address) => {
      expect(platformAnswers({ externalKafka: { ...external, bootstrap: [address] } })).toEqual([
        `externalKafka.bootstrap[0]: "${address}" is not allowed: host and port are expected, such as kafka.example.com:9093`,
      ]);
    },
  );

  it.each(["0.0.0.0:9093", "127.0.0.1:9093", "255.255.255.255:9093", "localhost:9093"])(
    "is not where no pod finds it: %s",
    (address) => {
      expect(platformAnswers({ externalKafka: { ...external, bootstrap: [address] } })).toEqual([
        `externalKafka.bootstrap[0]: "${address}" is not allowed: an address that pods of the cluster reach is expected: this one is each ` +
          "pod's own, or that of no host, or of many",
      ]);
    },
  );

  it("is named once only by each address", () => {
    const bootstrap = ["kafka.example.com:9093", "kafka.example.com:9093"];
    expect(platformAnswers({ externalKafka: { ...external, bootstrap } })).toEqual([
      'externalKafka.bootstrap: ["kafka.example.com:9093","kafka.example.com:9093"] is not allowed: each address is needed once only',
    ]);
  });

  it.each(["0.10.2", "2.8.1", "3.4", "3.10", "3.11.0"])(
    "is not of version %s, which the controller does not know",
    (version) => {
      expect(platformAnswers({ externalKafka: { ...external, version } })).toEqual([
        `externalKafka.version: "${version}" is not allowed: the controller speaks with Kafka 3.5 to 3.9`,
      ]);
    },
  );

  it("is told no private key", () => {
    const key = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n";
    expect(platformAnswers({ externalKafka: { ...external, rootCertificates: `${certificate}${key}` } })).toEqual([
      `externalKafka.rootCertificates: ${JSON.stringify(certificate).slice(0, 57)}... is not allowed: it has a private key, which nobody needs ` +
        "here: leave in the certificates of the CAs only, and replace that key",
    ]);
  });

  it("has CAs whose certificates can be read", () => {
    const rule = "certificates of CAs in PEM are expected, from -----BEGIN CERTIFICATE----- on, as a block of text";
    const noCertificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    for (const [text, shown] of [
      ["", '""'],
      ["kafka-ca", '"kafka-ca"'],
      [noCertificate, `"${noCertificate.replaceAll("\n", "\\n").slice(0, 56)}...`],
      [`${certificate}-----BEGIN CERTIFICATE-----\nAAAA\n`, `${JSON.stringify(certificate).slice(0, 57)}...`],
    ]) {
      expect(platformAnswers({ externalKafka: { ...external, rootCertificates: text } })).toEqual([
        `externalKafka.rootCertificates: ${shown} is not allowed: ${rule}`,
      ]);
    }
  });

  it("has a quota that is not zero either", () => {
    expect(platformAnswers({ externalKafka: { ...external, quota: { produce: "0Ki" } } })).toEqual([
      'externalKafka.quota.produce: "0Ki" is not allowed: 0 would stop every network: leave it out, for no limit',
    ]);
  });
});
