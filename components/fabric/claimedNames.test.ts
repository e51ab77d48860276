import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { claimedNames } from "../../model/network/claimedNames";
import { checkNetwork } from "../../model/network/networkChecks";
import type { NetworkPlan } from "../../model/network/networkPlan";
import { images, plan, type Registered, registrations } from "../testing";
import { Network } from "./network";

const exposure = {
  type: "TLSRoute",
  ports: { from: 443, to: 443 },
  gateway: { name: "edge", namespace: "edge" },
};
const image = "registry.example.com/asset:1";
const smokeTest = { submit: [["Create"]], evaluate: ["Read"] };

/** What the cluster makes, the controller and the init containers among it: no component declares it. */
const madeInCluster = /^(PersistentVolumeClaim .*|Secret .*-(enrolment|registrar)|ConfigMap .*-(roots|genesis))$/;
/** What no rule of names is about: one per network, and in the cluster. */
const ofTheCluster = ["Namespace "];

/** A network with everything that can be declared, at least twice. */
const full = {
  ordering: { nodes: 3 },
  organizations: [
    {
      name: "org1",
      peers: 2,
      stateDatabase: "couchdb",
      clients: ["app", "batch"],
      debug: { developers: ["app"] },
      studio: { sessions: [{ name: "ada", developer: "app", chaincode: "boats" }] },
    },
    { name: "org2", peers: 2 },
  ],
  channels: [{ name: "main" }, { name: "audit.eu", organizations: ["org2"] }],
  chaincodes: [
    { name: "asset", channel: "audit.eu", image, version: "1.0", smokeTest },
    { name: "asset", channel: "main", image, version: "1.0", smokeTest, replicas: 2 },
    { name: "Bond_Register", channel: "main", image, version: "2.1", replicas: 2 },
    { name: "boats", channel: "main", source: "chaincode/asset-transfer", version: "1.0" },
  ],
  gateway: { port: 443, passthrough: { peers: ["org1"], orderers: true } },
};

function declare(network: NetworkPlan): Promise<Registered[]> {
  return registrations((cluster) => {
    new Network(
      "net",
      { plan: network, cluster, images, platformNamespace: "baas-platform" },
      { providers: [cluster.provider] },
    );
  });
}

/** Kind and name of every object of Kubernetes. */
function objectsOf(all: Registered[]): string[] {
  return (
    all
      .filter(({ type, inputs }) => /^[a-z0-9.]+\/v[0-9a-z]+:/.test(type) && inputs.metadata !== undefined)
      // What is in the namespace of sessions has the names that their gates claim.
      .filter(({ inputs }) => inputs.metadata.namespace !== "net-studio")
      .map(({ type, name }) => `${type.split(":").pop()} ${name}`)
      .filter((object) => !ofTheCluster.some((kind) => object.startsWith(kind)))
      .sort()
  );
}

/** Kind and name of every object that the plan claims. */
function claimsOf(network: NetworkPlan): string[] {
  return claimedNames("baas:network", network)
    .flatMap(({ kind, name }) => (typeof kind === "string" && kind !== "pods" ? [`${kind} ${name}`] : []))
    .sort();
}

describe("the names that a network claims", () => {
  it("are those of all objects that its components declare, and of those that are made in the cluster", async () => {
    const network = plan(full, exposure);
    const claims = claimsOf(network);
    expect(claims.filter((object) => !madeInCluster.test(object))).toEqual(objectsOf(await declare(network)));
    expect(claims.filter((object) => madeInCluster.test(object))).toEqual(
      expect.arrayContaining(["ConfigMap audit.eu-genesis", "ConfigMap ca-org1-roots", "Secret ca-org1-registrar"]),
    );
  });

  it("are those of a network on Kafka, too", async () => {
    const ordering = { type: "kafka", systemChannel: "net-system", nodes: 2 };
    const network = plan({ ...full, ordering }, exposure, {}, { bootstrap: ["kafka:9093"], enabled: true });
    const claims = claimsOf(network);
    expect(claims.filter((object) => !madeInCluster.test(object))).toEqual(objectsOf(await declare(network)));
    expect(claims).toContain("ConfigMap net-system-genesis");
  });

  it("are different in any network that the checks accept, and so are the names of its resources in Pulumi", async () => {
    const organization = fc.record({
      name: fc.constantFrom("org1", "org1-headless", "org1-couchdb", "genesis", "peers", "roots", "a-1", "smoke-test"),
      stateDatabase: fc.constantFrom("leveldb", "couchdb"),
      clients: fc.subarray(["app", "peer0", "asset-1-a", "gateway"]),
    });
    const chaincode = fc.record({
      name: fc.constantFrom("asset", "Asset", "asset-1", "My_CC", "my-cc", "peer0", "ca"),
      version: fc.constantFrom("1", "1.0", "1-0", "a"),
      channel: fc.constantFrom("main", "peer0", "a.b", "a-b"),
      image: fc.constant(image),
      smokeTest: fc.option(fc.constant(smokeTest), { nil: undefined }),
    });
    const network = fc.record({
      organizations: fc.uniqueArray(organization, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
      channels: fc.constant(["main", "peer0", "a.b", "a-b"].map((name) => ({ name }))),
      chaincodes: fc.array(chaincode, { maxLength: 3 }),
      gateway: fc.constant({ port: 443 }),
    });
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(network, async (config) => {
        const planned = plan(config, exposure);
        if (checkNetwork("baas:network", planned.config, planned).errors.length > 0) return;
        accepted += 1;
        const claims = claimsOf(planned);
        expect(new Set(claims).size).toBe(claims.length);
        const registered = await declare(planned);
        expect(claims).toEqual(expect.arrayContaining(objectsOf(registered)));
        const resources = registered.map(({ type, resource }) => `${type} ${resource}`);
        expect(new Set(resources).size).toBe(resources.length);
      }),
      { numRuns: 80, seed: 15 },
    );
    expect(accepted).toBeGreaterThan(5);
  });
});

describe("a chaincode version on two channels", () => {
  const on = (channel: string, more: object = {}) => ({ name: "asset", channel, image, version: "1.0", ...more });
  const two = {
    organizations: [{ name: "org1" }, { name: "org2" }, { name: "org3" }],
    channels: [
      { name: "a", organizations: ["org1", "org2"] },
      { name: "b", organizations: ["org2", "org3"] },
    ],
    chaincodes: [on("a"), on("b", { replicas: 2 })],
  };

  it("has one set of servers, for all organizations of both channels, with the larger number of pods", async () => {
    const all = await declare(plan(two));
    const servers = all.filter(({ type, name }) => type === "apps/v1:Deployment" && name.startsWith("asset"));
    expect(servers.map(({ name, inputs }) => [name, inputs.spec.replicas])).toEqual(
      ["org1", "org2", "org3"].map((organization) => [`asset-1-0-${organization}`, 2]),
    );
  });

  it("has a definition on each, of one package, which the servers run", async () => {
    const all = await declare(plan(two));
    const definitions = all.filter(({ type }) => type === "baas.io/v1alpha1:Chaincode");
    expect(
      definitions.map(({ name, inputs }) => [name, inputs.spec.organizations.map((each: any) => each.name)]),
    ).toEqual([
      ["a.asset", ["org1", "org2"]],
      ["b.asset", ["org2", "org3"]],
    ]);
    const [first, second] = definitions.map(({ inputs }) => inputs.spec.package);
    expect(second).toEqual(first);
    const server = all.find(({ type, name }) => type === "apps/v1:Deployment" && name === "asset-1-0-org3")!;
    expect(server.inputs.spec.template.spec.containers[0].env).toContainEqual({
      name: "CHAINCODE_ID",
      value: first.id,
    });
  });

  it("changes neither objects nor names of resources when the other channel loses or gets it", async () => {
    const objects = async (...chaincodes: object[]) =>
      (await declare(plan({ ...two, channels: [{ name: "a" }, { name: "b" }], chaincodes })))
        .filter(({ type, name }) => name.startsWith("asset-1-0") && !type.startsWith("baas:"))
        .map(({ type, name, resource, inputs }) => ({ type, name, resource, inputs }));
    const both = await objects(on("a"), on("b"));
    expect(both.length).toBeGreaterThan(10);
    expect(await objects(on("a"))).toEqual(both);
    expect(await objects(on("b"))).toEqual(both);
  });

  it("has a smoke test on each; the first keeps its name", async () => {
    const all = await declare(plan({ ...two, chaincodes: [on("a", { smokeTest }), on("b", { smokeTest })] }));
    expect(all.filter(({ type }) => type === "batch/v1:Job").map(({ name }) => name)).toEqual([
      "asset-1-0-b-smoke-test",
      "asset-1-0-smoke-test",
    ]);
  });

  it("builds its image once", async () => {
    const source = "chaincode/asset-transfer";
    const built = [on("a", { image: undefined, source }), on("b", { image: undefined, source })];
    const all = await declare(plan({ ...two, chaincodes: built }));
    expect(
      all.filter(({ type, inputs }) => type === "baas:index:ProjectImage" && inputs.source === source),
    ).toHaveLength(1);
  });
});
