/**
 * How fast calls are on real Fabric, side by side on one network of two organizations with three peers each: those of a bare
 * fabric-gateway, of the client library, of the API server, and of fabric-samples' REST server; and by how many peers endorse. See
 * fabricCluster.ts. It prints figures for people to judge.
 */
import { cpSync } from "node:fs";
import { join } from "node:path";

import { afterAll, describe, expect } from "vitest";

import type { BlockchainClient } from "../../client/src/client";
import { connect } from "../../client/src/connect";
import type { ApiCaller } from "../cluster/api/apiCaller";
import { ApiNetwork, type ApiStack } from "../cluster/api/apiNetwork";
import { writeConnection } from "../cluster/connection";
import { FabricCluster } from "../cluster/fabricCluster";
import { type BareGateway, connectBare } from "../cluster/load/bareGateway";
import { eachInFlight } from "../cluster/load/inFlight";
import { OutsideClient } from "../cluster/load/outsideClient";
import { RestSample, whyNoRestSample } from "../cluster/load/restSample";
import { type CallFigures, describeFigures, saturate } from "../cluster/load/saturate";
import { WidelyEndorsed } from "../cluster/load/widelyEndorsed";

const dev: ApiStack = { name: "dev", channel: "main", gatewayPort: 30443 };
const stackFile = `stacks/Pulumi.${dev.name}.yaml`;
const peers = ["org1", "org2"].flatMap((org) => [0, 1, 2].map((n) => `peer${n}.${org}.dev.example.com`));
const rounds = 3;
const seconds = 8;

const fabric = new FabricCluster("test-throughput");
const test = fabric.test.bind(fabric);
let network: ApiNetwork;
let outside: OutsideClient;
let api: ApiCaller;
let library: BlockchainClient;
let bare: BareGateway;
let folder: string;
afterAll(() => {
  network?.close();
  library?.close();
  bare?.close();
});

const settings = (): string => join(folder, "clients/app-org1/blockchain_client.yaml");
const asset = (id: string) => [id, "alice", "an asset of many", "1"];

/** Takes turns, so that what slows the machine down slows all, and prints the middle of each way's figures. */
async function compare(what: string, inFlight: number, ways: Record<string, (id: string) => Promise<unknown>>) {
  const all = new Map<string, CallFigures[]>(Object.keys(ways).map((way) => [way, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [way, call] of Object.entries(ways)) {
      const figures = await saturate(inFlight, seconds, (n) => call(`${what}-${inFlight}-${way}-${round}-${n}`));
      expect([way, figures.reason]).toEqual([way, undefined]);
      all.get(way)!.push(figures);
    }
  }
  for (const [way, figures] of all) {
    const middle = figures.sort((a, b) => a.rate - b.rate)[rounds >> 1]!;
    console.log(`${what}, ${inFlight} in flight: ${way.padEnd(8)} ${describeFigures(middle)}`);
  }
}

describe("calls on real Fabric", () => {
  test("reach a network of six peers", async () => {
    const { project } = fabric;
    project.edit(stackFile, "{ name: org1, clients: [app] }", "{ name: org1, peers: 3, clients: [app] }");
    project.edit(stackFile, "{ name: org2 }", "{ name: org2, peers: 3 }");
    const policy = `version: "1.0"\n        endorsementPolicy: "OR('Org1MSP.peer', 'Org2MSP.peer')"`;
    project.edit(stackFile, `version: "1.0"`, policy);
    const limits = "limits: { connectionsPerClient: 2000, newConnectionsPerClient: 5000 }";
    project.edit(stackFile, "    gateway:\n", `    gateway:\n      ${limits}\n`);
    network = await ApiNetwork.prepare(fabric, dev);
    expect(await fabric.apply(dev.name, 600_000)).toMatchObject({ end: "ready", notReady: [] });
    await writeConnection(fabric, dev.name);
    folder = join(project.dir, `.baas/connection/${dev.name}`);
    outside = await OutsideClient.enrol(fabric.cluster, {
      ...{ namespace: dev.name, channel: dev.channel, chaincode: "asset-transfer" },
      ...{ organization: "org1", mspId: "Org1MSP", client: "app", folder },
    });
    cpSync(join(folder, "msp"), join(folder, "clients/app-org1/msp"), { recursive: true });
    [api, library, bare] = [await network.caller(), await connect(settings()), connectBare(settings(), "native")];
    expect(await api.call("submit", "CreateAsset", asset("first"))).toMatchObject({ status: 200 });
  });

  for (const inFlight of [1, 10, 100, 500]) {
    test(`of all kinds, ${inFlight} in flight`, () =>
      compare("CreateAsset", inFlight, {
        bare: (id) => bare.contract.submitTransaction("CreateAsset", ...asset(id)),
        library: (id) => library.submit("CreateAsset", asset(id)),
        api: async (id) => expect((await api.call("submit", "CreateAsset", asset(id))).status).toBe(200),
      }));
  }

  test("endorsed by one peer, and by all six", async () => {
    const [one, all] = [new WidelyEndorsed(settings(), []), new WidelyEndorsed(settings(), peers.slice(1))];
    for (const inFlight of [10, 100]) {
      await compare("endorsed", inFlight, {
        "one-peer": (id) => one.submit("CreateAsset", ...asset(id)),
        "six-peers": (id) => all.submit("CreateAsset", ...asset(id)),
      });
    }
    one.close();
    all.close();
  });

  test("of fabric-samples' REST server beside the API server", async (ctx) => {
    const why = whyNoRestSample();
    if (why !== undefined) return ctx.skip(why);
    const ids = Array.from({ length: 3000 }, (_, n) => `rest-${n}`);
    await eachInFlight(ids.length, 100, (n) => library.submit("CreateAsset", asset(ids[n]!)));
    const sample = await RestSample.start({ client: outside, folder, organization: "org1", settings: settings() });
    let calls = 0;
    // Long after the last transfer of the same one.
    const next = () => ids[calls++ % ids.length]!;
    try {
      for (const inFlight of [10, 100]) {
        await compare("TransferAsset", inFlight, {
          sample: () => sample.transfer(next(), "bob"),
          api: async () => expect((await api.call("submit", "TransferAsset", [next(), "bob"])).status).toBe(200),
        });
      }
    } finally {
      sample.stop();
    }
  });
});
