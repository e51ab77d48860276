import { describe, expect, test } from "vitest";

import { compareWithRecord } from "../engine/changes/changeSet";
import type { Registration } from "../engine/declared/registration";
import { recordOf } from "../engine/record/writeRecord";
import { programResult, registration } from "../engine/testing/fixture";
import { type ObjectDiff, objectDiff } from "./objectChanges";

const digest = (): string => "";

/** What changes between two runs of a program. */
function compared(before: Registration[], after: Registration[]): ObjectDiff {
  return objectDiff(compareWithRecord(programResult(after), recordOf(programResult(before), digest)));
}

function object(kind: string, name: string, content: object, options = {}): Registration {
  const types: Record<string, string> = {
    StatefulSet: "apps/v1",
    Job: "batch/v1",
    CertificateAuthority: "baas.io/v1alpha1",
    Chaincode: "baas.io/v1alpha1",
    Channel: "baas.io/v1alpha1",
    Identity: "baas.io/v1alpha1",
    Rollout: "baas.io/v1alpha1",
  };
  const apiVersion = types[kind] ?? "v1";
  const inputs = { apiVersion, kind, metadata: { name, namespace: "net" }, ...content };
  return registration(`kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`, name, inputs, options);
}

const built = (tag: string): Registration =>
  registration("docker:index/image:Image", "enrol", { imageName: `registry/enrol:${tag}` });

function statefulSet(name: string, { enrol = "1", peer = "2.5.16", hash = "a", limits = {} as object | null } = {}) {
  const resources = limits === null ? {} : { resources: { requests: { cpu: "1" }, limits: { cpu: "2", ...limits } } };
  return object("StatefulSet", name, {
    spec: {
      template: {
        metadata: { annotations: { "baas.io/configuration-hash": hash } },
        spec: {
          initContainers: [{ name: "enrol", image: `registry/enrol:${enrol}` }],
          containers: [{ name: "peer", image: `peer:${peer}`, ...resources }],
        },
      },
    },
  });
}

describe("the difference of objects", () => {
  test("shows an image that is built anew once, with who uses it: nodes take it at their next start", () => {
    const all = (enrol: string): Registration[] => [
      built(enrol),
      statefulSet("peer0", { enrol }),
      statefulSet("peer1", { enrol }),
    ];
    expect(compared(all("1"), all("2"))).toEqual({
      images: [
        { before: "registry/enrol:1", after: "registry/enrol:2", usedBy: ["StatefulSet peer0", "StatefulSet peer1"] },
      ],
      restarts: [],
      warnings: [],
      objects: [],
      counts: { create: 0, update: 2, replace: 0, delete: 0 },
    });
  });

  test("shows a configuration where it changes, and who restarts for it", () => {
    const all = (hash: string): Registration[] => [
      object("ConfigMap", "peer0", { data: { hash } }),
      statefulSet("peer0", { hash }),
    ];
    const found = compared(all("a"), all("b"));
    expect(found.objects.map(({ kind }) => kind)).toEqual(["ConfigMap"]);
    expect(found.restarts).toEqual([{ reason: "configuration", workloads: ["StatefulSet peer0"] }]);
  });

  test.each([
    ["arguments in another order", { args: ["-a", "-b"] }, { args: ["-b", "-a"] }],
    ["variables in another order", { env: [{ name: "A" }, { name: "B" }] }, { env: [{ name: "B" }, { name: "A" }] }],
  ])("restarts pods for %s, and shows the field", (_what, before, after) => {
    const set = (more: object): Registration =>
      object("StatefulSet", "peer0", { spec: { template: { spec: { containers: [{ name: "peer", ...more }] } } } });
    const { restarts, objects } = compared([set(before)], [set(after)]);
    expect(restarts).toEqual([{ reason: "pod template", workloads: ["StatefulSet peer0"] }]);
    expect(objects[0]?.fields).toHaveLength(1);
  });

  describe("of nodes", () => {
    const names = ["orderer0-orderer", "ca-org1", "peer0-org1", "peer1-org1"];
    const roles = ["orderer", "certificate-authority", "peer", "peer"];
    /** All nodes and their Rollout, with another version of some. */
    const nodes = (...changed: string[]): Registration[] => [
      ...names.map((name) => statefulSet(name, changed.includes(name) ? { peer: "2.5.17" } : {})),
      object("Rollout", "nodes", {
        spec: {
          nodes: names.map((name, i) => ({
            ...{ name, role: roles[i], organization: name.split("-")[1] },
            template: changed.includes(name) ? "b" : "a",
          })),
        },
      }),
    ];

    test("tells in which order they restart, and what that interrupts; the Rollout itself says nothing more", () => {
      const found = compared(nodes(), nodes("peer1-org1", "orderer0-orderer"));
      expect(found.roll).toEqual({
        order: ["orderer0-orderer", "peer1-org1"],
        leaderLast: false,
        outages: ["there is one orderer: nothing is ordered while it restarts"],
      });
      expect(found.objects).toEqual([]);
    });

    test("tells which volumes grow, if they are not a network's, which tells it itself", () => {
      const sized = (storage: string, role: string): Registration[] => [
        object("Rollout", "nodes", { spec: { nodes: [{ name: "node0", role, template: "a", storage }] } }),
      ];
      const fields = (role: string) =>
        compared(sized("1Gi", role), sized("2Gi", role)).objects.flatMap((one) => one.fields);
      expect(fields("kafka")).toMatchObject([{ path: "spec.nodes[name=node0].storage", before: "1Gi", after: "2Gi" }]);
      expect(fields("orderer")).toEqual([]);
    });

    test("tells nothing where none restarts", () => {
      expect(compared(nodes(), nodes())).not.toHaveProperty("roll");
    });
  });

  test("restarts pods whose template comes with all of what is wanted, and none for other fields", () => {
    const set = (spec: object | undefined): Registration =>
      object("StatefulSet", "peer0", spec === undefined ? {} : { spec });
    const restarts = (before: object | undefined, after: object) => compared([set(before)], [set(after)]).restarts;
    expect(restarts(undefined, { template: {} })).toHaveLength(1);
    expect(restarts({ template: {} }, { template: {}, templates: 1 })).toEqual([]);
  });

  test("leaves out what follows from a chaincode's version", () => {
    const chaincode = (version: string): Registration =>
      object("Chaincode", "main.asset", {
        spec: { version, package: { id: `asset_${version}:0`, label: `asset_${version}` } },
      });
    const { objects } = compared([chaincode("1")], [chaincode("2")]);
    expect(objects[0]?.fields).toEqual([{ path: "spec.version", before: "1", after: "2" }]);
  });

  test("keeps a Job that is replaced for its image alone", () => {
    const job = (tag: string): Registration =>
      object("Job", "test", {
        spec: { template: { spec: { containers: [{ name: "main", image: `registry/enrol:${tag}` }] } } },
      });
    const { objects, counts } = compared([built("1"), job("1")], [built("2"), job("2")]);
    expect(objects).toMatchObject([{ action: "replace", kind: "Job", fields: [] }]);
    expect(counts.replace).toBe(1);
  });

  test("says nothing of a volume template that is left as it is", () => {
    const set = (storage: string): Registration =>
      object(
        "StatefulSet",
        "peer0",
        { spec: { volumeClaimTemplates: [{ storage }] } },
        { ignoreChanges: ["spec.volumeClaimTemplates"] },
      );
    expect(compared([set("10Gi")], [set("5Gi")]).counts.update).toBe(0);
  });
});

describe("a warning", () => {
  const messages = (before: Registration[], after: Registration[]): string[] =>
    compared(before, after).warnings.map(({ object: what, message }) => `${what}: ${message}`);

  test("tells what the cluster refuses, as the definitions say", () => {
    const authority = (mspId: string): Registration =>
      object("CertificateAuthority", "ca", { spec: { mspId, url: "u" } });
    expect(messages([authority("A")], [authority("B")])).toEqual([
      "CertificateAuthority ca: the cluster refuses it: spec.mspId cannot change",
    ]);
    const channel = (type: string): Registration => object("Channel", "main", { spec: { ordering: { type } } });
    expect(messages([channel("etcdraft")], [channel("bft")])).toEqual([
      "Channel main: the cluster refuses it: spec.ordering.type cannot change",
    ]);
  });

  const address = `0x${"12".repeat(20)}`;
  test.each([
    ["client", "besu", "geth"],
    ["chainId", 20001, 20002],
    ["blockPeriodSeconds", 2, 5],
    ["gasLimit", 30_000_000, 60_000_000],
    ["freeGas", true, false],
    ["latestFork", "cancun", "prague"],
    ["allocations", [{ address, balance: "1" }], [{ address, balance: "2" }]],
    ["allocations", [], [{ address, balance: "2" }]],
  ])("names %s of a genesis, which cannot change", (field, before, after) => {
    const chain = (value: unknown): Registration => object("EthereumNetwork", "chain", { spec: { [field]: value } });
    expect(messages([chain(before)], [chain(after)])).toEqual([
      `EthereumNetwork chain: the cluster refuses it: spec.${field} cannot change`,
    ]);
  });

  test("tells which limits go", () => {
    const before = [statefulSet("peer0", { limits: { memory: "1Gi" } })];
    expect(messages(before, [statefulSet("peer0", { limits: null })])).toEqual([
      "StatefulSet peer0: container peer no longer has limits: it may use everything that its node has",
    ]);
    expect(messages(before, [statefulSet("peer0")])).toEqual([
      "StatefulSet peer0: container peer no longer has a limit of memory: it may use everything that its node has",
    ]);
  });

  describe("that a StatefulSet is replaced tells what becomes of its volume:", () => {
    const set = (templates: string[], size = "10Gi", name = "peer0"): Registration[] => {
      const volumeClaimTemplates = templates.map((template) => ({ metadata: { name: template }, spec: { size } }));
      const one = object("StatefulSet", name, { spec: { volumeClaimTemplates } });
      return [{ ...one, urn: object("StatefulSet", "peer0", {}).urn }];
    };
    const empty = (volumes: string): string =>
      `replaced; the new one does NOT use ${volumes}, as its claims have other names: it starts EMPTY, and the old data stays behind, unused`;
    const taken =
      "replaced; an immutable field changes: apply refuses it; pulumi up deletes it and creates another one, which uses the same volume";

    test.each([
      ["another size", set(["data"]), set(["data"], "20Gi"), taken],
      ["another template", set(["data"]), set(["ledger"]), empty("volume data")],
      ["one template less", set(["data", "ledger"]), set(["data"]), empty("volume ledger")],
      ["no template", set(["data", "ledger"]), set([]), empty("volumes data, ledger")],
      ["templates that change in another order", set(["data", "ledger"]), set(["ledger", "data"], "20Gi"), taken],
      ["another StatefulSet", set(["data"]), set(["data"], "10Gi", "peer9"), empty("volume data")],
    ])("%s", (_what, before, after, message) => {
      expect(compared(before, after).warnings.map((warning) => warning.message)).toEqual([message]);
    });

    test("by fields that are named by index, or by the list as a whole", () => {
      const paths = (after: Registration[]) =>
        compared(set(["data", "ledger"]), after).objects[0]?.fields.map(({ path }) => path);
      expect(paths(set(["data", "other"]))).toEqual(["spec.volumeClaimTemplates[1].metadata.name"]);
      expect(paths(set(["data"]))).toEqual(["spec.volumeClaimTemplates[1]"]);
      expect(paths(set(["ledger", "data"]))).toEqual(["spec.volumeClaimTemplates"]);
    });

    test("nothing of one that is left as it is", () => {
      const kept = (template: string): Registration =>
        object(
          "StatefulSet",
          "peer0",
          { spec: { serviceName: template, volumeClaimTemplates: [{ metadata: { name: template } }] } },
          { ignoreChanges: ["spec.volumeClaimTemplates"] },
        );
      expect(messages([kept("data")], [kept("ledger")])).toEqual([`StatefulSet peer0: ${taken}`]);
    });
  });

  test("tells that a random value is made anew; of one that goes, its Secret tells", () => {
    const password = (length: number): Registration =>
      registration("random:index/randomPassword:RandomPassword", "password", { length });
    expect(messages([password(8)], [password(9)])).toEqual([
      "RandomPassword password: a new random value replaces it: what the old one protects can no longer be opened",
    ]);
    expect(messages([password(8)], [])).toEqual([]);
  });

  test("tells that too few brokers cannot be left, and that no ZooKeeper comes or goes", () => {
    const rollout = (brokers: number, zooKeepers: number): Registration[] => {
      const named = (role: string, count: number) =>
        [...Array(count).keys()].map((i) => ({ name: `${role}${i}`, role, organization: "platform", template: "a" }));
      return [
        object("Rollout", "nodes", {
          spec: { nodes: [...named("kafka", brokers), ...named("zookeeper", zooKeepers)] },
        }),
      ];
    };
    const brokersStay =
      "Rollout nodes: the cluster refuses it: fewer than 4 brokers cannot be left: the topics of networks have 3 replicas. To end Kafka with " +
      "all its data, destroy the platform";
    const zooKeepersStay =
      "Rollout nodes: the cluster refuses it: the number of ZooKeepers cannot be changed: they would not agree on who belongs to them";
    expect(messages(rollout(5, 3), rollout(4, 3))).toEqual([]);
    expect(messages(rollout(5, 3), rollout(3, 3))).toEqual([brokersStay]);
    expect(messages(rollout(4, 3), rollout(4, 5))).toEqual([zooKeepersStay]);
    expect(messages(rollout(4, 3), rollout(0, 0))).toEqual([brokersStay]);
    expect(messages(rollout(4, 3), rollout(5, 3))).toEqual([]);
    expect(messages(rollout(0, 0), rollout(4, 3))).toEqual([]);
  });

  test("tells that no volume of a node shrinks", () => {
    const rollout = (storage?: string): Registration[] => [
      object("Rollout", "nodes", { spec: { nodes: [{ name: "kafka0", role: "kafka", ...(storage && { storage }) }] } }),
    ];
    expect(messages(rollout("2Gi"), rollout("1024Mi"))).toEqual([
      "Rollout nodes: the cluster refuses it: storage cannot become less: no volume shrinks. Write what it has been, or more",
    ]);
    expect(messages(rollout("2Gi"), rollout("2048Mi"))).toEqual([]);
    expect(messages(rollout("2Gi"), rollout("1Ti"))).toEqual([]);
    expect(messages(rollout(), rollout("1Gi"))).toEqual([]);
  });

  test("tells that another cluster is another network", () => {
    const provider = (context: string): Registration =>
      registration("pulumi:providers:kubernetes", "cluster", { context });
    expect(messages([provider("old")], [provider("new")])).toEqual([
      "cluster new: context old -> new: everything is created there, nothing moves, and everything in old stays",
    ]);
  });

  test.each([
    ["StatefulSet", "deleted; the pod stops; the volume stays, and a new StatefulSet of that name uses it again"],
    ["PersistentVolumeClaim", "deleted; apply keeps it and its data; only destroy --purge deletes them"],
    ["Secret", "deleted; without it nobody can open what it unlocks"],
    ["Channel", "deleted; only its management ends: the channel and its ledgers stay on orderers and peers"],
  ])("tells what it means that a %s is deleted", (kind, message) => {
    expect(messages([object(kind, "it", {})], [])).toEqual([`${kind} it: ${message}`]);
  });

  test("tells that the certificates of a node outlive its identity, but not those of servers that come and go", () => {
    const identity = (type: string): Registration => object("Identity", type, { spec: { type } });
    expect(messages([identity("peer"), identity("client")], [])).toEqual([
      "Identity peer: deleted; nothing is revoked: the CA keeps it, and its certificates stay valid until they expire",
    ]);
  });

  test("is not given for what has no data", () => {
    expect(messages([object("ConfigMap", "it", {}), object("Job", "it", {})], [])).toEqual([]);
  });
});
