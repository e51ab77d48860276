/** Controls a client of a network. Its program is clientProgram.ts, which runs inside or outside the cluster. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { build } from "esbuild";

import { run } from "../../../local-cluster/run";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import type { DiscoveredNode } from "./channelDiscovery";
import type { ClientTask, Endpoint, Kind, Ledger, Submission } from "./clientProgram";

/** A cluster, as kubectl reaches it. */
export type ReachedCluster = Pick<LocalCluster, "kubectl" | "kubeconfig">;

/** A running load. */
export interface Load {
  /** Results of all finished transactions. */
  submissions: readonly Submission[];
  /** Stops the load, waits for pending transactions, and returns all results. */
  stop(): Promise<Submission[]>;
}

/** Submits transactions and reads ledgers. */
export abstract class LoadClient {
  /** @param program - of {@link bundledClientProgram} */
  protected constructor(
    protected readonly cluster: ReachedCluster,
    protected readonly namespace: string,
    private readonly program: string,
  ) {}

  /** Starts to submit transactions at a steady rate. */
  submit(ratePerSecond: number, { seconds = 600, retry = false } = {}): Load {
    const submissions: Submission[] = [];
    const task: ClientTask = { command: "submit", ratePerSecond, seconds, prefix: newPrefix(), retry };
    const ended = this.execute<Submission>(task, (line) => submissions.push(line));
    return {
      submissions,
      stop: async () => {
        await this.requestStop();
        await ended;
        return submissions;
      },
    };
  }

  /** Sends a peer as many requests as it can handle. */
  async saturate(kind: Kind, via: string, inFlight: number, seconds: number): Promise<Submission[]> {
    const submissions: Submission[] = [];
    const task: ClientTask = { command: "saturate", kind, via, inFlight, seconds, prefix: newPrefix() };
    await this.execute<Submission>(task, (line) => submissions.push(line));
    return submissions;
  }

  /** Every peer's copy of the channel. */
  async ledgers(): Promise<Ledger[]> {
    const ledgers: Ledger[] = [];
    await this.execute<Ledger>({ command: "ledgers" }, (line) => ledgers.push(line));
    return ledgers;
  }

  /** The answer of the chaincode to a query through a peer. */
  async call(via: string, ...args: string[]): Promise<string> {
    let answer = "";
    await this.execute<{ answer: string }>({ command: "call", via, args }, (line) => (answer = line.answer));
    return answer;
  }

  /** The addresses of nodes from discovery, with the certificates there. */
  async discover(via: string): Promise<DiscoveredNode[]> {
    const found: DiscoveredNode[] = [];
    await this.execute<DiscoveredNode>({ command: "discover", via }, (line) => found.push(line));
    return found;
  }

  /** The command line that runs Node with a program from its standard input, with these variables. */
  protected abstract commandLine(variables: Record<string, string>): string[];

  /** Tells the program to stop submitting. */
  protected abstract requestStop(): Promise<void>;

  /** The reachable address of a peer, given its address inside the cluster. */
  protected reach(peer: Endpoint): Endpoint {
    return peer;
  }

  /** Runs kubectl in the network's namespace. */
  protected kubectl(args: readonly string[], input?: string): Promise<string> {
    return run(this.cluster.kubectl, ["--kubeconfig", this.cluster.kubeconfig, "-n", this.namespace, ...args], {
      ...(input !== undefined && { input }),
    });
  }

  private async execute<T>(task: ClientTask, onLine: (line: T) => void): Promise<void> {
    const [command, ...args] = this.commandLine({ LOAD: JSON.stringify({ task, peers: await this.peers() }) });
    const child = spawn(command!, args);
    let complaints = "";
    child.stderr.on("data", (bytes: Buffer) => (complaints += bytes.toString()));
    createInterface({ input: child.stdout }).on("line", (line) => onLine(JSON.parse(line) as T));
    child.stdin.end(this.program);
    const [code] = (await once(child, "close")) as [number];
    if (code !== 0) throw new Error(`${task.command} ended with ${code}: ${complaints.slice(-2000)}`);
  }

  /** All present peers of the channel. */
  private async peers(): Promise<Endpoint[]> {
    const [channel] = JSON.parse(await this.kubectl(["get", "channels", "-o", "json"])).items;
    return channel.spec.organizations.flatMap(({ name, peers }: { name: string; peers: Endpoint[] }) =>
      peers.map((peer) => this.reach({ ...peer, organization: name })),
    );
  }
}

/** Bundles clientProgram.ts into one text. */
export async function bundledClientProgram(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, "clientProgram.ts")],
    bundle: true,
    platform: "node",
    target: "node24",
    // For keys in hardware; a native addon.
    external: ["pkcs11js"],
    write: false,
    logLevel: "warning",
  });
  return outputFiles[0]!.text;
}

function newPrefix(): string {
  return `load-${Date.now().toString(36)}`;
}
