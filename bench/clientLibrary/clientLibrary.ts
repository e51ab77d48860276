/** The benchmark `client-library`: what the client library and the API server cost beside a bare fabric-gateway. */
import { type ChildProcess, fork } from "node:child_process";
import { on, once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ApiProcess } from "../../tests/api/apiProcess";
import { type Figures, type Order, runLoad } from "./load";
import { type PeersOrder, type PeersReady, runPeers } from "./peers";

const program = join(__dirname, "../run");
const preload = `--import ${join(__dirname, "tellMemory.mjs")}`;
const rounds = Number(process.env.ROUNDS ?? 3);
const secondsEach = Number(process.env.SECONDS_EACH ?? 5);
const ways = (process.env.WAYS ?? "bare library api").split(" ");
/** Calls whose memory is measured. */
const held = 1000;
const inFlights = (process.env.IN_FLIGHT ?? "1 10 100 500").split(" ").map(Number);

/**
 * Measures bare fabric-gateway, library and API server side by side, each in a process of its own, against doubles of two
 * peers in another one. The peers cost less than real ones: what is compared is what clients cost. WAYS, IN_FLIGHT, ROUNDS (3)
 * and SECONDS_EACH (5) say what is measured.
 */
export async function measureClientLibrary([role, ...args]: readonly string[]): Promise<void> {
  if (role === "peers") return runPeers();
  if (role === "load") return runLoad(args);
  const peers = start("peers");
  const { file, folder } = (await messageOf(peers)) as PeersReady;
  const api = await ApiProcess.start(join(folder, "settings.json"), apiSettings(file, folder), undefined, preload);
  const loads = new Map<string, ChildProcess>();
  try {
    for (const way of ways) {
      const load = start("load", way, way === "api" ? api.url : file);
      await messageOf(load);
      loads.set(way, load);
    }
    console.log(`two doubles of peers, a block every 10 ms; median of ${rounds} x ${secondsEach} s`);
    console.log("in flight  way       tx/s   p50 ms   p99 ms   CPU ms/tx  x bare");
    for (const inFlight of inFlights) await compare(loads, inFlight, () => cpuOf(api.pid));
    for (const [way, load] of loads) {
      const mebibytes = await memoryOf(load, peers, () => memoryInUse(way === "api" ? api : load));
      console.log(`${way}: ${mebibytes.toFixed(1)} MiB for ${held} calls in flight`);
    }
  } finally {
    for (const child of [...loads.values(), peers]) await end(child);
    await api.kill("SIGTERM");
  }
}

async function compare(loads: Map<string, ChildProcess>, inFlight: number, cpuOfApi: () => number): Promise<void> {
  const figures = new Map<string, Figures[]>(ways.map((way) => [way, []]));
  // The first round only warms up. Rounds begin with each way in turn, as other programs may slow the machine down.
  for (let round = 0; round <= rounds; round++) {
    for (const [way, load] of round % 2 === 0 ? loads : [...loads].reverse()) {
      const cpu = cpuOfApi();
      const measured = (await ask(load, { inFlight, seconds: round === 0 ? 1 : secondsEach })) as Figures;
      // Not what the caller costs, but the server.
      if (way === "api") measured.cpu = (cpuOfApi() - cpu) / (measured.rate * secondsEach);
      if (round > 0) figures.get(way)!.push(measured);
    }
  }
  const middles = ways.map((way) => [way, middleOf(figures.get(way)!)] as const);
  const bare = new Map(middles).get("bare")?.rate ?? NaN;
  for (const [way, { rate, p50, p99, cpu }] of middles) {
    const columns = [rate.toFixed(0), p50.toFixed(1), p99.toFixed(1), cpu.toFixed(2), (rate / bare).toFixed(2)];
    console.log(String(inFlight).padStart(9), "", way.padEnd(8), ...columns.map((text) => text.padStart(8)));
  }
}

/** MiB that calls hold while they wait for their commit: the peers make no blocks meanwhile. */
async function memoryOf(load: ChildProcess, peers: ChildProcess, inUse: () => Promise<number>): Promise<number> {
  let bytes = 0;
  // The first time only makes what stays.
  for (let time = 0; time < 2; time++) {
    const before = await inUse();
    const areHeld = ask(peers, { hold: held } satisfies PeersOrder);
    const areCommitted = ask(load, { held });
    await areHeld;
    bytes = (await inUse()) - before;
    peers.send("go on" satisfies PeersOrder);
    await areCommitted;
  }
  return bytes / 2 ** 20;
}

/** Bytes that a program says to hold. */
async function memoryInUse(program: ApiProcess | ChildProcess): Promise<number> {
  process.kill(program.pid!, "SIGUSR2");
  const said = program instanceof ApiProcess ? await program.next("memory") : await messageOf(program, isMemory);
  return (said as { bytes: number }).bytes;
}

function middleOf(all: readonly Figures[]): Figures {
  const middle = (key: keyof Figures): number => all.map((each) => each[key]).sort((a, b) => a - b)[all.length >> 1]!;
  // Other programs on the machine only add to the processor time.
  const cpu = Math.min(...all.map((each) => each.cpu));
  return { rate: middle("rate"), p50: middle("p50"), p99: middle("p99"), cpu };
}

function apiSettings(file: string, folder: string): object {
  return {
    ...{ port: 0, operationsPort: 0, identities: { app: file } },
    store: { type: "sqlite", path: join(folder, "api.db") },
    access: { anyone: true, roles: { all: { actions: ["submit"] } } },
    limits: { requestsPerMinute: 1_000_000_000 },
  };
}

/** This benchmark in another process, with another role. */
function start(...role: string[]): ChildProcess {
  const isProfiled = process.env.PROFILE === role[1] || process.env.PROFILE === role[0];
  const execArgv = [...preload.split(" "), ...(isProfiled ? ["--cpu-prof", "--cpu-prof-dir=.baas/profiles"] : [])];
  return fork(program, ["client-library", ...role], { execArgv, env: { ...process.env, BENCH_PART: role[0] } });
}

async function end(child: ChildProcess): Promise<void> {
  if (!child.connected) return;
  child.send("end");
  await once(child, "exit");
}

async function ask(child: ChildProcess, order: Order | PeersOrder): Promise<unknown> {
  child.send(order);
  return messageOf(child);
}

/** The next message of a child that is wanted. */
async function messageOf(child: ChildProcess, isWanted = (message: unknown) => !isMemory(message)): Promise<unknown> {
  const over = new AbortController();
  const ended = once(child, "exit", over).then(() =>
    Promise.reject(new Error(`${child.spawnargs.slice(2).join(" ")} ended`)),
  );
  const message = (async () => {
    for await (const [message] of on(child, "message", over)) if (isWanted(message)) return message;
  })();
  return Promise.race([message, ended]).finally(() => over.abort());
}

/** Whether a message is one of tellMemory.mjs. */
function isMemory(message: unknown): boolean {
  return (message as { message?: string }).message === "memory";
}

/** Milliseconds of processor time that a process has used; Linux only. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
