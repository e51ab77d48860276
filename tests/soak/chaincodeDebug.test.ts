/**
 * `baas chaincode debug` on real Fabric: a transaction stands at a breakpoint on this machine for three minutes, and commits. It prints
 * what other clients saw meanwhile; see fabricCluster.ts.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { common } from "@hyperledger/fabric-protos";
import { afterAll, describe, expect, vi } from "vitest";

import { debugSession, type DebugSettings, findDebugged } from "../../cli/chaincode/debugSession";
import { withGateway } from "../../cli/connection/networkWithGateway";
import type { BlockchainClient } from "../../client/src/client";
import { connect } from "../../client/src/connect";
import { loadStack } from "../../model/project/stacks";
import { projectIn } from "../../services/common/contract/project";
import { writeConnection } from "../cluster/connection";
import { FabricCluster } from "../cluster/fabricCluster";
import { InspectedProcess } from "../cluster/inspectedProcess";
import { OutsideClient } from "../cluster/load/outsideClient";

const stackFile = "stacks/Pulumi.dev.yaml";
const debugPort = 9339;
const minutes = 60_000;
const fabric = new FabricCluster("test-debug");
const test = fabric.test.bind(fabric);
const source = "chaincode/asset-transfer";
const ending = new AbortController();
const said: string[] = [];
let folder: string;
let viaDebugPeer: BlockchainClient;
let viaPeer: BlockchainClient;
let session: Promise<void> | undefined;

afterAll(async () => {
  ending.abort();
  viaDebugPeer?.close();
  viaPeer?.close();
  await session;
});

async function enrol(organization: string, mspId: string, client: string): Promise<void> {
  const names = { namespace: "dev", channel: "main", chaincode: "asset-transfer" };
  await OutsideClient.enrol(fabric.cluster, { ...names, organization, mspId, client, folder });
  cpSync(join(folder, "msp"), join(folder, `clients/${client}-${organization}/msp`), { recursive: true });
  rmSync(join(folder, "msp"), { recursive: true });
}

function settings(client: string): DebugSettings {
  const { dir } = fabric.project;
  const network = withGateway(dir, loadStack(dir, "dev"));
  const names = { chaincode: "asset-transfer", organization: "org1" };
  const project = projectIn(join(dir, source));
  const { chaincode, organization } = findDebugged(network, names, stackFile);
  return { network, chaincode, organization, project, debugPort, connection: folder, client };
}

const create = (client: BlockchainClient, id: string) => client.submit("CreateAsset", [id, "ada", "a boat", "7"]);

const read = async (client: BlockchainClient, id: string): Promise<unknown> =>
  JSON.parse(String(await client.evaluate("ReadAsset", [id])));

async function height(client: BlockchainClient): Promise<number> {
  const info = await client.evaluate("GetChainInfo", ["main"], { chaincode: "qscc" });
  return common.BlockchainInfo.deserializeBinary(info).getHeight();
}

/** Lines of the relay about calls of the peer: one for each stream. */
async function streams(): Promise<string[]> {
  const log = await fabric.kubectl("-n", "dev", "logs", "debug-org1-0", "-c", "relay");
  return log.split("\n").filter((line) => line.includes("the peer called chaincode"));
}

/** Line of a file, counted from 0. */
const lineOf = (file: string, text: string): number =>
  readFileSync(join(fabric.project.dir, source, file), "utf8")
    .split("\n")
    .findIndex((line) => line.includes(text));

describe("chaincode debug on real Fabric", () => {
  test("an organization gets a debug peer", async () => {
    fabric.project.edit(
      stackFile,
      "{ name: org1, clients: [app] }",
      "{ name: org1, clients: [app, guest], debug: { developers: [app] } }",
    );
    const policy = `endorsementPolicy: "OutOf(1, 'Org1MSP.peer', 'Org2MSP.peer')"`;
    fabric.project.edit(stackFile, '        version: "1.0"', `        version: "1.0"\n        ${policy}`);
    const applied = await fabric.apply("dev");
    if (applied.end !== "ready") console.log(JSON.stringify(applied, undefined, 1), fabric.said.slice(-30).join("\n"));
    expect(applied).toMatchObject({ end: "ready", notReady: [] });
    await writeConnection(fabric, "dev");
    folder = join(fabric.project.dir, ".baas/connection/dev");
    await enrol("org1", "Org1MSP", "app");
    await enrol("org1", "Org1MSP", "guest");
    viaPeer = await connect(join(folder, "clients/app-org1/blockchain_client.yaml"));
    viaDebugPeer = await connect(join(folder, "clients/app-org1/debug_client.yaml"));
  });

  test("without a session, the debug peer calls the server in the cluster", async () => {
    await create(viaDebugPeer, "before");
    expect(await read(viaPeer, "before")).toMatchObject({ owner: "ada" });
    expect((await streams()).at(-1)).toContain('"answeredBy":"its server"');
  });

  test("a client that is no developer is refused", async () => {
    const copy = join(folder, "clients/app-org1/msp");
    cpSync(copy, `${copy}.own`, { recursive: true });
    rmSync(copy, { recursive: true });
    cpSync(join(folder, "clients/guest-org1/msp"), copy, { recursive: true });
    await expect(debugSession(settings("app-org1"), ending.signal, () => undefined)).rejects.toThrow(
      'the relay refuses the session: "guest" is not among the developers of this organization (app), nor its administrator',
    );
    rmSync(copy, { recursive: true });
    cpSync(`${copy}.own`, copy, { recursive: true });
  });

  test("a transaction stands at a breakpoint for three minutes, is looked at, and commits", async () => {
    session = debugSession(settings("app-org1"), ending.signal, (line) => void said.push(line));
    await vi.waitFor(() => expect(said).toContain("the contract runs"), { timeout: 2 * minutes, interval: 50 });
    await create(viaDebugPeer, "here");
    expect((await streams()).at(-1)).toContain('"answeredBy":"app"');

    const editor = await InspectedProcess.attach(debugPort);
    await editor.breakAt("dist/assetTransfer.js", lineOf("dist/assetTransfer.js", "await find(ctx, id)"));
    const openStreams = (await streams()).length;
    const began = Date.now();
    const transaction = create(viaDebugPeer, "held");
    const { callFrames } = await editor.standing();
    expect(callFrames[0]!.functionName).toBe("CreateAsset");
    expect(await editor.read("`${id} of ${owner}, ${value}`")).toBe("held of ada, 7");
    await othersMeanwhile(began + 3 * minutes);
    // Still there, and still readable.
    expect(await editor.read("asset.description")).toBe("a boat");
    await editor.call("Debugger.setBreakpointsActive", { active: false });
    await editor.resume();
    const resumed = Date.now();
    await caughtUp();
    console.log(`the debug peer has all blocks ${Date.now() - resumed} ms after it goes on`);
    const { blockNumber } = await transaction;
    console.log(`held for ${(Date.now() - began) / 1000} s, committed in block ${blockNumber}`);
    expect(await read(viaPeer, "held")).toMatchObject({ id: "held", owner: "ada", value: 7 });

    await editor.call("Debugger.disable");
    await create(viaDebugPeer, "after");
    expect(await read(viaPeer, "after")).toMatchObject({ id: "after" });
    // The same stream of the peer as before the breakpoint.
    expect(await streams()).toHaveLength(openStreams);
    editor.close();
    expect(said.filter((line) => line.includes("session was lost"))).toEqual([]);
  });

  test("a changed file runs without a new version", async () => {
    const file = join(fabric.project.dir, source, "src/assetTransfer.ts");
    const original = readFileSync(file, "utf8");
    const took: number[] = [];
    for (const word of ["is unknown", "is nowhere", "is not here"]) {
      const began = Date.now();
      writeFileSync(file, original.replaceAll("does not exist", word));
      await vi.waitFor(() => expect(viaDebugPeer.evaluate("ReadAsset", ["none"])).rejects.toThrow(`"none" ${word}`), {
        timeout: minutes,
        interval: 50,
      });
      took.push(Date.now() - began);
    }
    console.log(`from a saved file to its first answer: ${took.map((ms) => `${ms} ms`).join(", ")}`);
    // State stays, and nobody else sees the change.
    expect(await read(viaDebugPeer, "held")).toMatchObject({ owner: "ada" });
    await expect(viaPeer.evaluate("ReadAsset", ["none"])).rejects.toThrow('"none" does not exist');
    writeFileSync(file, original);
  });

  test("with the session's end, the debug peer calls the server in the cluster again", async () => {
    ending.abort();
    await session;
    await vi.waitFor(() => create(viaDebugPeer, "then"), { timeout: minutes, interval: 500 });
    expect((await streams()).at(-1)).toContain('"answeredBy":"its server"');
  });
});

/** What clients of an ordinary peer, and further ones of the debug peer, see while a call stands at a breakpoint. */
async function othersMeanwhile(until: number): Promise<void> {
  const took: number[] = [];
  const before = await height(viaPeer);
  // Without a debug peer, all clients of the organization would be such ones.
  const query = settledWithin(read(viaDebugPeer, "here"), until);
  for (let n = 0; Date.now() < until - 5000; n++) {
    const began = Date.now();
    await create(viaPeer, `other${n}`);
    await read(viaPeer, `other${n}`);
    took.push(Date.now() - began);
    await sleep(500);
  }
  // Blocks wait for the call, and what asks for blocks waits for them.
  const asked = settledWithin(height(viaDebugPeer), until);
  const sorted = took.sort((one, other) => one - other);
  console.log(
    `meanwhile: ${took.length} transactions of others, each with a query, in ${(await height(viaPeer)) - before} blocks at peer0-org1: ` +
      `median ${sorted[Math.floor(sorted.length / 2)]} ms, longest ${sorted.at(-1)} ms; at debug-org1, a query ${await query}, ` +
      `and so does a question for its height: ${await asked}`,
  );
  expect(took.length).toBeGreaterThan(10);
}

/** What becomes of a call until a time, in words. */
function settledWithin(call: Promise<unknown>, until: number): Promise<string> {
  const answered = call.then(
    () => "is answered",
    (error: Error) => `fails: ${error.message}`,
  );
  return Promise.race([answered, sleep(until - Date.now(), "waits")]);
}

/** Waits until the debug peer has the blocks of the other peer. */
async function caughtUp(): Promise<void> {
  const wanted = await height(viaPeer);
  await vi.waitFor(async () => expect(await height(viaDebugPeer)).toBeGreaterThanOrEqual(wanted), {
    timeout: minutes,
    interval: 50,
  });
}
