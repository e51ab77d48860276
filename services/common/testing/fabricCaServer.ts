/** A real fabric-ca-server as a process of this machine, for tests. Where there is none, they say so and are skipped. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { get } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

import { freePort } from "./freePort";

const program = process.env.FABRIC_CA_SERVER_BIN ?? "fabric-ca-server";

/** Why tests cannot run a fabric-ca-server; undefined if they can. */
export const noFabricCaServer =
  spawnSync(program, ["version"]).error === undefined
    ? undefined
    : "fabric-ca-server not found: put it in PATH or name it in FABRIC_CA_SERVER_BIN";

/** A running server. */
export class FabricCaServer {
  private constructor(
    readonly url: string,
    /** Port of its metrics. */
    readonly operationsPort: number,
    private readonly child: ChildProcess,
  ) {}

  /** Makes what is missing in the home directory of a server, such as its roots. */
  static init(home: string): void {
    execFileSync(program, ["init", "--home", home], { stdio: "ignore" });
  }

  /** Starts a server, and waits until it answers. */
  static async start(home: string): Promise<FabricCaServer> {
    const [port, operationsPort] = [await freePort(), await freePort()];
    const child = spawn(program, ["start", "--home", home, "--port", String(port)], {
      stdio: "ignore",
      env: { ...process.env, FABRIC_CA_SERVER_OPERATIONS_LISTENADDRESS: `127.0.0.1:${operationsPort}` },
    });
    const server = new FabricCaServer(`https://localhost:${port}`, operationsPort, child);
    await server.untilAnswering();
    return server;
  }

  /** Ends it as a crash would. */
  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await exited;
  }

  private async untilAnswering(): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      if (await this.isAnswering()) return;
      await sleep(50);
    }
    await this.stop();
    throw new Error(`${this.url} does not answer`);
  }

  private isAnswering(): Promise<boolean> {
    return new Promise((resolve) => {
      get(`${this.url}/cainfo`, { rejectUnauthorized: false }, (response) =>
        resolve(response.resume().statusCode === 200),
      ).on("error", () => resolve(false));
    });
  }
}
