/** The benchmark `api`: the API server and the client library beside a bare fabric-gateway, on real Fabric. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { dump, load } from "js-yaml";

import { apply } from "../cli/engine/apply/apply";
import type { BlockchainClient } from "../client/src/client";
import { connect } from "../client/src/connect";
import { progressTo } from "../local-cluster/progress";
import { run } from "../local-cluster/run";
import type { LocalCluster } from "../local-cluster/runningCluster";
import { policyPackIn } from "../policies/pack";
import type { ApiCaller } from "../tests/cluster/api/apiCaller";
import { ApiNetwork, trade } from "../tests/cluster/api/apiNetwork";
import { writeConnection } from "../tests/cluster/connection";
import { type BareGateway, connectBare } from "../tests/cluster/load/bareGateway";
import { OutsideClient } from "../tests/cluster/load/outsideClient";
import { describeFigures, saturate } from "../tests/cluster/load/saturate";
import type { ProjectCopy } from "../tests/projectCopy";
import { onFabric } from "./fabricOnCluster";
import { memoryOfPods } from "./podMemory";

const secondsEach = Number(process.env.SECONDS_EACH ?? 15);
const stack = trade.name;
const levels = (process.env.IN_FLIGHT ?? "1,10,100,500").split(",").map(Number);
const progress = progressTo(() => undefined);

/** Chaincodes that differ in who must endorse, on a network of two organizations with three peers each. */
const policies = {
  "one-peer": "OutOf(1, 'Org1MSP.peer', 'Org2MSP.peer')",
  "all-peers": `OutOf(6, ${["Org1MSP", "Org2MSP"].flatMap((id) => Array(3).fill(`'${id}.peer'`)).join(", ")})`,
};

/** Submits a transaction with an ID that no other one has. */
type Way = (id: string) => Promise<unknown>;

/**
 * Measures throughput and latency of transactions with 1, 10, 100 and 500 in flight (IN_FLIGHT), for SECONDS_EACH (15): of a bare
 * fabric-gateway with its own signer in JavaScript and with a native one, of the library, and of the API server, all from outside the
 * cluster through the one port. Then memory with 1,000 calls in flight, and what it gains to endorse at one peer of one organization. The
 * benchmark creates a local cluster of its own, with real Fabric from FABRIC_ARCHIVES.
 */
export async function measureApi(): Promise<void> {
  await onFabric(async (cluster, project) => {
    const callers = await start(cluster, project);
    await compare(callers);
    await measureMemory(cluster, callers);
    await measureEndorsing(callers.library);
    callers.close();
  });
}

/** All that is measured. */
interface Callers {
  ways: Record<string, Way>;
  library: BlockchainClient;
  /** The library with room for 1,000 calls at a time. */
  wide: BlockchainClient;
  api: ApiCaller;
  close(): void;
}

async function start(cluster: LocalCluster, project: ProjectCopy): Promise<Callers> {
  const kubectlWith = (input: string, ...args: string[]) =>
    run(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, ...args], { input });
  const on = { cluster, project, kubectlWith, kubectl: (...args: string[]) => kubectlWith("", ...args) };
  const applied = async (stack: string): Promise<void> => {
    const timeoutMs = 15 * 60_000;
    const { dir } = project;
    const { end } = await apply({ projectDir: dir, stack, policies: policyPackIn(dir), timeoutMs, progress });
    if (end !== "ready") throw new Error(`${stack} ended ${end}`);
  };
  await applied("platform-local");
  const network = await ApiNetwork.prepare(on, trade);
  editStack(project);
  await applied(stack);
  await writeConnection(on, stack);
  const file = await enrol(cluster, project);
  return connectAll(file, await network.caller(), () => network.close());
}

/** Three peers for each organization, the chaincodes of {@link policies}, and room for many connections of one address. */
function editStack(project: ProjectCopy): void {
  const file = `stacks/Pulumi.${stack}.yaml`;
  project.edit(file, "mspId: Org1MSP, peers: 2", "mspId: Org1MSP, peers: 3, clients: [app]");
  project.edit(file, "mspId: Org2MSP, peers: 2", "mspId: Org2MSP, peers: 3");
  const chaincodes = Object.entries(policies).map(
    ([name, policy]) =>
      `      - { name: ${name}, channel: trades, source: chaincode/asset-transfer, version: "1.0", endorsementPolicy: "${policy}" }\n`,
  );
  const limits = "      limits: { connections: 5000, connectionsPerClient: 3000, newConnectionsPerClient: 30000 }";
  const both = "peers: [org1, org2]";
  project.edit(file, both, `${both}, certificateAuthorities: [org1]`);
  project.edit(file, "    chaincodes:\n", `    chaincodes:\n${chaincodes.join("")}`);
  project.edit(file, "    gateway:\n", `    gateway:\n${limits}\n`);
}

/** Enrols a client of org1; returns the path of its settings. */
async function enrol(cluster: LocalCluster, project: ProjectCopy): Promise<string> {
  const folder = join(project.dir, ".baas/connection", stack);
  const who = { organization: "org1", mspId: "Org1MSP", client: "app" };
  await OutsideClient.enrol(cluster, {
    namespace: stack,
    channel: trade.channel,
    chaincode: "asset-transfer",
    ...who,
    folder,
  });
  cpSync(join(folder, "msp"), join(folder, "clients/app-org1/msp"), { recursive: true });
  return join(folder, "clients/app-org1/blockchain_client.yaml");
}

async function connectAll(file: string, api: ApiCaller, close: () => void): Promise<Callers> {
  const bare = connectBare(file, "javascript");
  const native = connectBare(file, "native");
  const library = await connect(file);
  const wideFile = join(dirname(file), "wide.yaml");
  writeFileSync(wideFile, dump({ ...(load(readFileSync(file, "utf8")) as object), maxInFlight: 1000 }));
  const wide = await connect(wideFile);
  const byBare =
    ({ contract }: BareGateway): Way =>
    (id) =>
      contract.submitTransaction("CreateAsset", ...asset(id));
  return {
    ways: {
      "bare, signing in JavaScript": byBare(bare),
      "bare, signing natively": byBare(native),
      library: (id) => library.submit("CreateAsset", asset(id)),
      "API server": (id) => createByApi(api, id),
    },
    ...{ library, wide, api },
    close: () => {
      for (const each of [bare, native, library, wide]) each.close();
      close();
    },
  };
}

const asset = (id: string): string[] => [id, "bench", "an asset of the benchmark", "1"];

async function createByApi(api: ApiCaller, id: string): Promise<void> {
  const { status, body } = await api.call("submit", "CreateAsset", asset(id));
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
}

async function compare({ ways }: Callers): Promise<void> {
  for (const way of Object.values(ways)) await saturate(20, 5, (n) => way(`warm-${Math.random()}-${n}`));
  for (const inFlight of levels) {
    console.log(`${inFlight} in flight, ${secondsEach} s each`);
    for (const [name, way] of Object.entries(ways)) {
      const prefix = `${Date.now().toString(36)}-${inFlight}`;
      const figures = await saturate(inFlight, secondsEach, (n) => way(`${prefix}-${n}`));
      console.log(`  ${name.padEnd(28)} ${describeFigures(figures)}`);
    }
  }
}

/** Memory while 1,000 calls are in flight, more than before. */
async function measureMemory(cluster: LocalCluster, { wide, api }: Callers): Promise<void> {
  const inFlight = 1000;
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  global.gc?.();
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 100);
  await saturate(inFlight, secondsEach, (n) => wide.submit("CreateAsset", asset(`memory-${Date.now()}-${n}`)));
  clearInterval(watch);
  console.log(
    `memory with ${inFlight} calls in flight: library ${mebibytes(most - before)} more than ${mebibytes(before)}`,
  );
  const idle = await memoryOfPods(cluster, stack, /^api-/);
  const load = saturate(inFlight, 40, (n) => createByApi(api, `memory-api-${Date.now()}-${n}`));
  let busy = idle;
  for (let second = 0; second < 40; second += 5) {
    await new Promise((resolve) => setTimeout(resolve, 5000));
    busy = Math.max(busy, await memoryOfPods(cluster, stack, /^api-/));
  }
  const figures = describeFigures(await load);
  console.log(`  API server ${mebibytes(busy - idle)} more than ${mebibytes(idle)}, both containers; ${figures}`);
}

/** Endorsing at one peer, and at all six. */
async function measureEndorsing(library: BlockchainClient): Promise<void> {
  const inFlight = 100;
  for (const chaincode of Object.keys(policies)) {
    const options = { chaincode, ...(chaincode === "one-peer" && { endorsingOrganizations: ["Org1MSP"] }) };
    const prefix = Date.now().toString(36);
    const figures = await saturate(inFlight, secondsEach, (n) =>
      library.submit("CreateAsset", asset(`${prefix}-${n}`), options),
    );
    console.log(`endorsed by ${chaincode}, ${inFlight} in flight: ${describeFigures(figures)}`);
  }
}
