/** The contract on this machine: its process, which is replaced when its files change, and the calls that go to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect as connectHttp2, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { end, forward } from "../http2Forward";

/** How the contract is started. */
export interface ContractCommand {
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Signal that ends it together with what it has started; by default it is killed, as it may stand at a breakpoint. */
  endSignal?: NodeJS.Signals;
  /** Takes what the contract writes; by default it goes where this program's goes. */
  output?: (text: string) => void;
}

/** Longest wait of a call for a contract that is starting, in milliseconds; the peer waits 30 s. */
const patience = 25_000;

/** Runs a contract. */
export class ContractProcess {
  private child: ChildProcess | undefined;
  private wanted = true;
  private replacing: Promise<void> = Promise.resolve();

  /**
   * @param port - where the contract listens on the loopback
   * @param say - tells the developer
   */
  constructor(
    private readonly command: ContractCommand,
    private readonly port: number,
    private readonly say: (line: string) => void,
  ) {}

  /** Starts the contract, in place of the one that runs. */
  restart(): Promise<void> {
    this.replacing = this.replacing.then(async () => {
      await ended(this.child, this.command.endSignal);
      if (this.wanted) this.start();
    });
    return this.replacing;
  }

  /** Answers a call of the peer. It waits while the contract starts, and ends when the contract does. */
  readonly answer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    stream.on("error", () => stream.close());
    this.listening().then(
      () => {
        const connection = connectHttp2(`http://127.0.0.1:${this.port}`);
        connection.on("error", () => connection.destroy());
        stream.on("close", () => connection.destroy());
        forward(stream, headers, connection, `127.0.0.1:${this.port}`);
      },
      (error: Error) => end(stream, error.message),
    );
  };

  /** Waits until the contract takes connections. */
  async listening(): Promise<void> {
    const deadline = Date.now() + patience;
    for (;;) {
      await this.replacing;
      if (await accepts(this.port)) return;
      if (Date.now() > deadline) throw new Error("the contract on the developer's machine does not answer");
      await sleep(25);
    }
  }

  async stop(): Promise<void> {
    this.wanted = false;
    await this.restart();
  }

  private start(): void {
    const { command, args, cwd, env, output } = this.command;
    const to = output === undefined ? "inherit" : "pipe";
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", to, to] });
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", output!);
    child.on("error", (error) => this.say(`the contract cannot be started: ${error.message}`));
    child.on("exit", (code, signal) => {
      if (this.child !== child) return;
      this.child = undefined;
      this.say(`the contract has ended (${signal ?? `exit code ${code}`}); it is started again when a file changes`);
    });
    this.child = child;
    // Should this program be killed itself.
    process.once("exit", () => child.kill(this.command.endSignal ?? "SIGKILL"));
  }
}

/** Longest wait for a program to end by its signal, in milliseconds. */
const endPatience = 3000;

async function ended(child: ChildProcess | undefined, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.removeAllListeners("exit");
  const exited = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), endPatience);
  await exited;
  clearTimeout(timer);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
