/**
 * For tests: a ZooKeeper and a broker of a real Kafka as plain processes on loopback. The broker takes TLS connections only, with
 * client certificates or, by SASL, users and passwords. Both are stopped by their ids.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { freePorts } from "./realNetwork";
import type { KeyPair } from "./testCertificates";

const logToStdout = `log4j.rootLogger=WARN, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=%d %p %m (%c)%n
`;

/** A Kafka with one broker, and more if they are asked for. */
export class RealKafka {
  readonly folder = mkdtempSync(join(tmpdir(), "baas-kafka-"));
  private readonly processes: { name: string; process: ChildProcess }[] = [];
  private port = 0;
  private more: Record<string, unknown> = {};
  private zookeeper = 0;

  /**
   * @param libs - folder of the jars
   * @param protocol - by which clients show who they are
   */
  constructor(
    private readonly libs: string,
    private readonly protocol: "SSL" | "SASL_SSL" = "SSL",
  ) {}

  /** Why Kafka cannot run with these jars, if it cannot. */
  static missing(libs: string | undefined): string | undefined {
    if (libs === undefined) return "KAFKA_LIBS is not set: the folder with the jars of Kafka 3.9 and ZooKeeper";
    const names = existsSync(libs) ? readdirSync(libs) : [];
    if (!names.some((name) => /^kafka_.*\.jar$/.test(name))) return `KAFKA_LIBS=${libs} has no jar of Kafka`;
    try {
      execFileSync("java", ["-version"], { stdio: "pipe" });
      return undefined;
    } catch {
      return "there is no java";
    }
  }

  /** `host:port` of the broker. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /**
   * Starts both and waits until the broker listens.
   *
   * @param own - certificate and key (PKCS#8) of the broker
   * @param clients - root certificate of clients
   * @param more - further settings of the broker
   */
  async start(own: KeyPair, clients: string, more: Record<string, unknown> = {}): Promise<void> {
    this.more = more;
    const [zookeeper, broker] = await freePorts(2);
    this.zookeeper = zookeeper!;
    this.port = broker!;
    writeFileSync(join(this.folder, "broker.pem"), `${own.key}\n${own.certificate}`, { mode: 0o600 });
    writeFileSync(join(this.folder, "clients.pem"), clients);
    const data = join(this.folder, "zookeeper");
    mkdirSync(data);
    this.java("zookeeper", "org.apache.zookeeper.server.quorum.QuorumPeerMain", "64m", {
      dataDir: data,
      clientPort: this.zookeeper,
      clientPortAddress: "127.0.0.1",
      "admin.enableServer": false,
    });
    await this.listening(this.zookeeper);
    await this.startBroker();
  }

  /** Starts the broker, for the first time or again. */
  startBroker(): Promise<void> {
    return this.startOne(0, this.port);
  }

  /** Starts one more, which goes with the whole. */
  async addBroker(id: number): Promise<void> {
    const [port] = await freePorts(1);
    await this.startOne(id, port!);
  }

  /** Stops the broker and keeps its logs. */
  async stopBroker(): Promise<void> {
    const broker = this.processes.pop()!;
    await ended(broker.process);
  }

  /** Names of the topics, from the folders of the broker's logs. */
  topics(): string[] {
    const folders = readdirSync(join(this.folder, "logs"), { withFileTypes: true });
    return folders.flatMap((each) => (each.isDirectory() ? [each.name.replace(/-[0-9]+$/, "")] : [])).sort();
  }

  async stop(): Promise<void> {
    for (const { process } of this.processes.reverse()) await ended(process);
    rmSync(this.folder, { recursive: true });
  }

  private async startOne(id: number, port: number): Promise<void> {
    this.java(`broker${id}`, "kafka.Kafka", "192m", {
      "broker.id": id,
      "zookeeper.connect": `127.0.0.1:${this.zookeeper}`,
      listeners: `${this.protocol}://127.0.0.1:${port}`,
      "security.inter.broker.protocol": this.protocol,
      "ssl.keystore.type": "PEM",
      "ssl.keystore.location": join(this.folder, "broker.pem"),
      "ssl.truststore.type": "PEM",
      "ssl.truststore.location": join(this.folder, "clients.pem"),
      "ssl.client.auth": this.protocol === "SSL" ? "required" : "none",
      "log.dirs": join(this.folder, id === 0 ? "logs" : `logs${id}`),
      "offsets.topic.replication.factor": 1,
      "auto.create.topics.enable": false,
      "log.retention.ms": -1,
      "message.max.bytes": 104857600,
      "replica.fetch.max.bytes": 104857600,
      "log.cleaner.dedupe.buffer.size": 2097152,
      ...this.more,
    });
    await this.listening(port);
  }

  private java(name: string, main: string, heap: string, properties: Record<string, unknown>): void {
    const file = join(this.folder, `${name}.properties`);
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${String(value)}\n`);
    writeFileSync(file, lines.join(""));
    const output = openSync(join(this.folder, `${name}.log`), "a");
    const logging = join(this.folder, "log4j.properties");
    writeFileSync(logging, logToStdout);
    const small = [`-Xmx${heap}`, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
    const options = [...small, `-Dlog4j.configuration=file:${logging}`, "-cp", join(this.libs, "*")];
    const process = spawn("java", [...options, main, file], { cwd: this.folder, stdio: ["ignore", output, output] });
    this.processes.push({ name, process });
  }

  private async listening(port: number): Promise<void> {
    const { name, process } = this.processes.at(-1)!;
    for (const deadline = Date.now() + 60_000; ; await sleep(100)) {
      const open = await new Promise<boolean>((resolve) => {
        const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true)));
        socket.on("error", () => resolve(false));
      });
      if (open) return;
      if (process.exitCode !== null || Date.now() > deadline) {
        const log = readFileSync(join(this.folder, `${name}.log`), "utf8");
        throw new Error(`${name} does not start:\n${log.slice(-3000)}`);
      }
    }
  }
}

async function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const end = new Promise((resolve) => process.once("exit", resolve));
  process.kill("SIGTERM");
  const forced = setTimeout(() => process.kill("SIGKILL"), 15_000);
  await end;
  clearTimeout(forced);
}
