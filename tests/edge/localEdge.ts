/** HAProxy as a process of this machine, with the configuration of a network's gateway and doubles of its nodes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { callersDir } from "../../components/gateway/callerAuthorities";
import {
  certificateDir,
  gatewayConfiguration,
  readersDir,
  watchedNodes,
} from "../../components/gateway/gatewayConfiguration";
import { plan as planOf } from "../../components/testing";
import { tryRun } from "../../local-cluster/run";
import { authorityFile } from "../../model/contracts/api";
import { cryptoDir } from "../../model/contracts/enrolment";
import { configurationDir, socketDir } from "../../model/contracts/gatewayKeeper";
import { ports } from "../../model/contracts/ports";
import { type NetworkPlan, passesThrough } from "../../model/network/networkPlan";
import { newPrivateKey, parsePrivateKey } from "../../services/common/keys";
import { TestCa } from "../../services/common/testing/testCa";
import { ask, type EdgeAddress } from "./clients";
import type { HaproxyProgram } from "./haproxyProgram";
import { TlsNodeDouble } from "./tlsNodeDouble";

/** The settings of a network of a {@link LocalEdge}, as in stack files. */
export interface EdgeOptions {
  /** `gateway` of the network. */
  gateway?: object;
  /** `api` of the network. */
  api?: object;
  /** `gateway` of the environment. */
  exposure?: object;
  /** Other fields of the environment. */
  environment?: object;
}

/** A running edge. */
export class LocalEdge {
  /** The doubles behind it, by the name of the node. */
  readonly nodes = new Map<string, TlsNodeDouble>();
  /** Lines that HAProxy has written to its standard output: the access log. */
  readonly log: string[] = [];
  /** Its warnings and errors. */
  complaints = "";
  /** All its files. */
  readonly dir = mkdtempSync(join(tmpdir(), "baas-edge-"));
  private child: ChildProcess | undefined;

  private constructor(
    readonly plan: NetworkPlan,
    private readonly haproxy: HaproxyProgram,
    /** Authority of the TLS certificates of the gateway's organization, and of all nodes here. */
    readonly ca: TestCa,
    /** The platform's authority of those who read metrics. */
    readonly operationsCa: TestCa,
    /** Signing CAs, whose client certificates count at the API, by organization. */
    readonly signingCas: ReadonlyMap<string, TestCa>,
    /** For clients. */
    readonly address: EdgeAddress,
    /** For probes and Prometheus. */
    readonly operations: EdgeAddress,
    /** Where the API server is expected, on this machine. */
    readonly apiPort?: number,
  ) {}

  /** Starts one in front of doubles of its nodes; returns once it answers probes. */
  static async start(
    haproxy: HaproxyProgram,
    { gateway, api, exposure, environment }: EdgeOptions = {},
  ): Promise<LocalEdge> {
    const plan = planOf(
      {
        organizations: [{ name: "org1", peers: 2 }, { name: "org2" }],
        channels: [{ name: "main" }],
        gateway: {
          port: 30443,
          passthrough: { peers: ["org1"], orderers: true, certificateAuthorities: ["org1"] },
          ...gateway,
        },
        ...(api && { api }),
      },
      { ports: { from: 30443, to: 30443 }, ...exposure },
      environment,
    );
    const [address, operations, apiServer] = (await freePorts(3)).map((port) => ({ host: "127.0.0.1", port }));
    const edge = new LocalEdge(
      plan,
      haproxy,
      await TestCa.make("tlsca.org1"),
      await TestCa.make("operations"),
      await signingCasOf(plan),
      address!,
      operations!,
      api && apiServer!.port,
    );
    for (const { node } of watchedNodes(plan, plan.gateway!)) {
      edge.nodes.set(node.name, await TlsNodeDouble.start(edge.ca, node));
    }
    await edge.layOut();
    await edge.run();
    return edge;
  }

  /** Nodes to which it passes connections through. */
  get reached() {
    return watchedNodes(this.plan, this.plan.gateway!).filter(({ node }) => passesThrough(this.plan.gateway!, node));
  }

  /** The access log as objects; fails if a line is not JSON. */
  entries(): Record<string, unknown>[] {
    return this.log.map((line) => {
      try {
        return JSON.parse(line) as Record<string, unknown>;
      } catch {
        throw new Error(`not JSON: ${line}`);
      }
    });
  }

  /** The result of HAProxy's configuration check. */
  async check(): Promise<{ code: number; output: string }> {
    const { code, stdout, stderr } = await tryRun(this.haproxy.path, ["-c", "-f", this.file("haproxy.cfg")], {
      env: this.haproxy.env,
    });
    return { code, output: stdout + stderr };
  }

  /** A certificate and its key. */
  async certificate(name: string, hosts: readonly string[] = [], ca = this.ca): Promise<{ cert: string; key: string }> {
    const key = newPrivateKey();
    return { key, cert: await ca.issue(parsePrivateKey(key)!, name, hosts) };
  }

  /** Ends it and the doubles. */
  async stop(): Promise<void> {
    if (this.child?.exitCode === null) {
      const ended = once(this.child, "exit");
      this.child.kill("SIGTERM");
      await ended;
    }
    for (const node of this.nodes.values()) await node.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  private file(name: string): string {
    return join(this.dir, configurationDir, name);
  }

  /** Writes all files that a pod has mounted, with paths and addresses of this machine. */
  private async layOut(): Promise<void> {
    const { gateway } = this.plan;
    for (const folder of [configurationDir, certificateDir, socketDir, readersDir, callersDir, `${cryptoDir}/tls`]) {
      mkdirSync(join(this.dir, folder), { recursive: true });
    }
    for (const [name, text] of Object.entries(gatewayConfiguration(this.plan, gateway!))) {
      writeFileSync(this.file(name), name === "haproxy.cfg" ? this.localized(text) : text);
    }
    const enrolled = await this.certificate("gateway", gateway!.hosts);
    writeFileSync(join(this.dir, cryptoDir, "tls/server.crt"), enrolled.cert);
    writeFileSync(join(this.dir, cryptoDir, "tls/server.key"), enrolled.key);
    writeFileSync(join(this.dir, cryptoDir, "tls/ca.crt"), this.ca.pem);
    writeFileSync(join(this.dir, readersDir, "tlsca.pem"), this.ca.pem);
    writeFileSync(join(this.dir, readersDir, "operations.pem"), this.operationsCa.pem);
    for (const [name, { pem }] of this.signingCas) writeFileSync(join(this.dir, callersDir, authorityFile(name)), pem);
    const own = await this.certificate("the user's own", [gateway!.apiHost]);
    writeFileSync(join(this.dir, certificateDir, "tls.crt"), own.cert);
    writeFileSync(join(this.dir, certificateDir, "tls.key"), own.key);
  }

  private localized(configuration: string): string {
    let text = configuration
      .replace(`bind :${ports.gateway}`, `bind ${this.address.host}:${this.address.port}`)
      .replace(`bind :${ports.operations}`, `bind ${this.operations.host}:${this.operations.port}`)
      .replace(`bind [::]:${ports.gateway} `, `bind [::]:${this.address.port} `)
      .replace(`bind [::]:${ports.operations} `, `bind [::]:${this.operations.port} `);
    for (const folder of [`${configurationDir}/`, certificateDir, socketDir, readersDir, callersDir, cryptoDir]) {
      text = text.replaceAll(folder, join(this.dir, folder));
    }
    if (this.apiPort !== undefined) text = text.replace(/(server api) \S+:\d+ /, `$1 127.0.0.1:${this.apiPort} `);
    for (const [name, { port }] of this.nodes) {
      text = text
        .replaceAll(new RegExp(`(server ${name}) \\S+:\\d+ `, "g"), `$1 127.0.0.1:${port} `)
        .replaceAll(new RegExp(`(server ${name} .* check port) \\d+ `, "g"), `$1 ${port} `);
    }
    return text;
  }

  private async run(): Promise<void> {
    const master = join(this.dir, socketDir, "master.sock");
    // As in the pod.
    const child = spawn(this.haproxy.path, ["-W", "-db", "-S", master, "-f", this.file("haproxy.cfg")], {
      env: { ...process.env, ...this.haproxy.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    createInterface({ input: child.stdout }).on("line", (line) => this.log.push(line));
    child.stderr.on("data", (bytes: Buffer) => (this.complaints += bytes.toString()));
    for (;;) {
      if (child.exitCode !== null) throw new Error(`HAProxy has ended: ${this.complaints}`);
      const answer = await ask(this.operations, { path: "/healthz", rejectUnauthorized: false }).catch(() => undefined);
      if (answer?.status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function signingCasOf({ api, organizations }: NetworkPlan): Promise<Map<string, TestCa>> {
  const cas = new Map<string, TestCa>();
  if (api?.certificates === undefined) return cas;
  for (const { name } of organizations) cas.set(name, await TestCa.make(`ca.${name}`));
  return cas;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const found = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return found;
}
