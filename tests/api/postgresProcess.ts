/** Runs PostgreSQL as a process of this machine: the distribution's, which is fetched and not installed. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { ensurePackages } from "../../local-cluster/debianPackages";
import { LocalError } from "../../local-cluster/localError";
import { progressTo } from "../../local-cluster/progress";
import { tryRun } from "../../local-cluster/run";

/** PostgreSQL's programs, and the environment that they need. */
interface PostgresPrograms {
  folder: string;
  env: NodeJS.ProcessEnv;
}

// PostgreSQL refuses to run as root: it then runs as nobody.
const user = process.getuid!() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** A database server with a folder of its own. */
export class PostgresProcess {
  private child: ChildProcess | undefined;
  private databases = 0;

  private constructor(
    private readonly programs: PostgresPrograms,
    private readonly folder: string,
  ) {}

  /** Starts a server, or says why there is none. */
  static async start(): Promise<PostgresProcess | string> {
    const programs = await findPrograms();
    if (typeof programs === "string") return programs;
    // Others must be able to enter the folder, and a socket's path is short.
    const folder = mkdtempSync("/tmp/baas-postgresql-");
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
    const postgres = new PostgresProcess(programs, folder);
    const { env } = programs;
    const options = ["--no-sync", "--auth=trust", "--username=api", "--encoding=UTF8", "--locale=C"];
    execFileSync(join(programs.folder, "initdb"), [...options, "-D", postgres.data], { ...user, env, stdio: "pipe" });
    await postgres.resume();
    return postgres;
  }

  /** Makes a database. Clients reach it by a socket, and no port. */
  createDatabase(): string {
    const name = `test${++this.databases}`;
    const { folder, env } = this.programs;
    const connection = ["-h", this.folder, "-U", "api", "-d", "postgres"];
    execFileSync(join(folder, "psql"), [...connection, "-c", `create database ${name}`], { env, stdio: "pipe" });
    return `postgres://api@/${name}?host=${this.folder}`;
  }

  /** Starts the server again, with its data. */
  async resume(): Promise<void> {
    const { programs, folder, data } = this;
    const options = ["-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "shared_buffers=8MB"];
    const child = spawn(join(programs.folder, "postgres"), options, {
      ...user,
      env: programs.env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.child = child;
    running.add(child);
    child.once("exit", () => running.delete(child));
    let said = "";
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (said.includes("database system is ready")) resolve();
      });
      child.once("exit", () => reject(new Error(`PostgreSQL ended: ${said}`)));
    });
  }

  /** Ends the server at once, as a crash does. */
  async crash(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGQUIT");
    await exited;
  }

  async stop(): Promise<void> {
    await this.crash();
    rmSync(this.folder, { recursive: true });
  }

  private get data(): string {
    return join(this.folder, "data");
  }
}

async function findPrograms(): Promise<PostgresPrograms | string> {
  const elsewhere = "PostgreSQL is fetched on Debian and Ubuntu only";
  const { code } = await tryRun("apt-get", ["--version"]).catch(() => ({ code: 1 }));
  if (code !== 0) return elsewhere;
  try {
    const quiet = progressTo(() => undefined);
    const packages = await ensurePackages(["postgresql"], quiet);
    const versions = packages.file("/usr/lib/postgresql");
    const folder = join(versions, readdirSync(versions)[0]!, "bin");
    return { folder, env: { ...packages.env, LC_ALL: "C" } };
  } catch (error) {
    if (error instanceof LocalError) return `${error.problem} ${elsewhere}`;
    throw error;
  }
}

// A test that fails leaves nothing running.
const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGQUIT")));
