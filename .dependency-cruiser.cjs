/**
 * The arrows between the rooms of this repository: docs/architecture.md draws them, `.ci/style` holds them. An import may
 * lead inside its own room, or to what the room's line names; nothing goes round in a circle.
 */
"use strict";

/** What the code of each room may import from this repository, besides itself. Tests of a room are bound by it, too. */
const arrows = {
  infra: ["components", "model"],
  components: ["model", "fabric"],
  policies: ["model", "fabric"],
  model: ["fabric", "ethereum"],
  cli: ["local-cluster", "policies", "model", "fabric", "client", "services/common"],
  "local-cluster": ["model"],
  fabric: [],
  client: [],
  ethereum: [],
  "services/controller": ["services/common", "model", "fabric", "ethereum"],
  "services/enrol": ["services/common", "model"],
  "services/debug-relay": ["services/common", "model"],
  "services/studio": ["services/common", "model"],
  "services/studio-gate": ["services/common", "model", "client"],
  "services/smoke-test": ["services/common", "model", "fabric"],
  "services/ethereum-node": ["services/common", "model", "ethereum"],
  "services/ethereum-smoke-test": ["services/common", "model"],
  "services/rpc": ["services/common", "model"],
  "services/api": ["services/common", "model", "client"],
  "services/common": ["model", "fabric"],
  "chaincode/asset-transfer": [],
};

/** Parts of a room that stand in an order: each may import those behind it. */
const floors = {
  cli: [
    ["commands"],
    ["review", "chaincode", "studio"],
    ["start", "deploy", "diff", "graph", "connection", "renew", "stacks"],
    ["engine"],
    ["common"],
  ],
  "cli/engine": [
    ["apply", "preview"],
    ["policyPack", "revision", "render"],
    ["program", "changes"],
    ["kubernetes", "random", "record", "cluster"],
    ["declared"],
  ],
  model: [
    ["project", "changes"],
    ["platform"],
    ["network", "ethereum"],
    ["stackFile"],
    ["files", "customResources"],
    ["contracts", "pulumi"],
  ],
  components: [["platform", "fabric", "ethereum"], ["gateway", "kafka", "monitoring"], ["enrolment"], ["kubernetes"]],
};

// Code that is not part of the product: tests, and what they share.
const forTests = "(\\.test\\.m?ts|\\.fixtures\\.ts|/testing\\.ts)$|/(testing|testdata)/";
// Of the library, what speaks to no network.
const withoutGrpc =
  "^fabric/src/(endorsementPolicy|signaturePolicy|chaincodePackage|config/(capabilities|duration|usualPolicies))\\.ts$";

// What the Pulumi CLI starts builds the program first.
const startedByPulumi = "^(infra|policies)/main\\.cjs$";

const own =
  "^(infra|components|policies|model|cli|local-cluster|fabric|ethereum|client|services|chaincode|tests|bench)/";

module.exports = {
  forbidden: [
    {
      name: "no-circles",
      comment: "Files that import each other cannot be read one after the other. Put what both need below them.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    ...Object.entries(arrows).map(([room, below]) => ({
      name: `${room.replace("/", "-")}-looks-down`,
      comment: `${room} imports ${below.length === 0 ? "nothing else of this repository" : `only ${below.join(", ")}`}.`,
      severity: "error",
      from: { path: `^${room}/`, pathNot: startedByPulumi },
      to: { path: own, pathNot: [room, ...below].map((each) => `^${each}/`) },
    })),
    ...Object.entries(floors).flatMap(([room, order]) =>
      order.flatMap((floor, i) =>
        floor.map((part) => ({
          name: `${room.replace("/", "-")}-${part}-looks-down`,
          comment: `${room}/${part} imports nothing that stands on it or beside it.`,
          severity: "error",
          from: { path: `^${room}/${part}/`, pathNot: forTests },
          to: {
            path: `^${room}/(${order
              .slice(0, i + 1)
              .flat()
              .join("|")})/`,
            pathNot: `^${room}/${part}/`,
          },
        })),
      ),
    ),
    {
      name: "engine-knows-no-ledger",
      comment:
        "What is particular to Fabric belongs in the folders above: cli/{diff,graph,connection,renew,start,stacks}.",
      severity: "error",
      from: { path: "^cli/(engine|common)/", pathNot: forTests },
      to: { path: "^(fabric|components|model/(network|customResources))/" },
    },
    {
      name: "programs-are-started-not-imported",
      comment: "The commands start the Pulumi program in a process of its own.",
      severity: "error",
      from: { path: "^cli/" },
      to: { path: "^(infra|components)/" },
    },
    {
      name: "model-is-pure",
      comment: "The model is plain data and functions: no Pulumi, no Kubernetes client, no gRPC.",
      severity: "error",
      from: { path: "^model/" },
      to: { path: "node_modules/(@pulumi|@kubernetes|@grpc|@hyperledger)/" },
    },
    {
      name: "model-reads-files-in-one-place",
      comment: "Only model/files reads files.",
      severity: "error",
      from: { path: "^model/", pathNot: ["^model/files/", forTests] },
      to: { dependencyTypes: ["core"], path: "^(node:)?(fs|fs/promises|child_process|net|http|https)$" },
    },
    {
      name: "no-grpc-above-fabric",
      comment: "Programs and policies are started often: they must not load gRPC for a grammar or a hash.",
      severity: "error",
      from: { path: "^(infra|model|components|policies)/", pathNot: forTests },
      to: { path: "^fabric/", pathNot: withoutGrpc },
    },
    {
      name: "product-without-test-code",
      comment: "What tests share is not part of the product.",
      severity: "error",
      from: { path: own, pathNot: [forTests, "^(tests|bench)/"] },
      to: { path: forTests },
    },
    {
      name: "nothing-stands-on-tests",
      comment: "tests/ and bench/ import everything; nothing imports them.",
      severity: "error",
      from: { path: own, pathNot: "^(tests|bench)/" },
      to: { path: "^(tests|bench)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|\\.baas|testdata)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".mts", ".js", ".mjs", ".cjs", ".json"] },
  },
};
