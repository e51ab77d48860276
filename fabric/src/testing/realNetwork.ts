/**
 * For tests: orderers and peers of a real Fabric as plain processes on loopback, with certificates by `cryptogen`. Peers
 * and the last orderer ask clients for a TLS certificate.
 * Everything is under one temporary folder, and every process is stopped by its id.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
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
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import type { MspDescription } from "../config/description";
import type { NodeEndpoint } from "../nodes/connection";
import type { ParticipationEndpoint } from "../participation/channelParticipation";
import { pemSigner, type Signer } from "../signer";

const run = promisify(execFile);

/** Brings up what orderers need besides the network's certificates and ports; returns variables of their environment. */
export type KafkaOrdering = (network: RealNetwork) => Promise<Record<string, string>>;

interface RunningNode {
  name: string;
  /** Starts its process. */
  run?: () => ChildProcess;
  organization: string;
  port: number;
  /** Of orderers only. */
  adminPort: number;
  process?: ChildProcess;
}

/** A network of `orderers` orderers, and peers by organization. */
export class RealNetwork {
  readonly folder = mkdtempSync(join(tmpdir(), "baas-fabric-"));
  readonly orderers: RunningNode[] = [];
  readonly peers: RunningNode[] = [];

  constructor(private readonly bin: string) {}

  /** Why a network cannot run with these binaries, if it cannot. */
  static missing(bin: string | undefined): string | undefined {
    if (bin === undefined)
      return "FABRIC_BIN is not set: the folder with peer, orderer, configtxgen, cryptogen, osnadmin";
    const absent = ["peer", "orderer", "configtxgen", "configtxlator", "cryptogen", "osnadmin"].filter(
      (name) => !existsSync(join(bin, name)),
    );
    return absent.length === 0 ? undefined : `FABRIC_BIN=${bin} lacks ${absent.join(", ")}`;
  }

  /**
   * @param kafka - for orderers that start with a system channel's genesis block, instead of joining channels
   */
  async start(ordererCount: number, peerCounts: Record<string, number>, kafka?: KafkaOrdering): Promise<void> {
    const hosts = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, i) => ({ Hostname: `${prefix}${i}`, SANS: ["localhost", "127.0.0.1"] }));
    const cryptoConfig = {
      OrdererOrgs: [{ Name: "orderer", Domain: "orderer", EnableNodeOUs: true, Specs: hosts("orderer", ordererCount) }],
      PeerOrgs: Object.entries(peerCounts).map(([name, count]) => ({
        Name: name,
        Domain: name,
        EnableNodeOUs: true,
        Specs: hosts("peer", Math.max(count, 1)),
        Users: { Count: 1 },
      })),
    };
    const file = join(this.folder, "crypto-config.yaml");
    writeFileSync(file, JSON.stringify(cryptoConfig));
    await this.tool("cryptogen", ["generate", `--config=${file}`, `--output=${join(this.folder, "crypto")}`]);
    for (let i = 0; i < ordererCount; i++) {
      const [port, adminPort] = await freePorts(2);
      this.orderers.push({ name: `orderer${i}`, organization: "orderer", port: port!, adminPort: adminPort! });
    }
    const env = await kafka?.(this);
    for (const [i, node] of this.orderers.entries()) await this.startOrderer(node, i === ordererCount - 1, env);
    for (const [organization, count] of Object.entries(peerCounts)) {
      for (let i = 0; i < count; i++) this.peers.push(await this.startPeer(`peer${i}`, organization));
    }
    await Promise.all([...this.orderers, ...this.peers].map((node) => listening(node, this.log(node))));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.orderers, ...this.peers].map((node) => this.stopNode(node)));
    rmSync(this.folder, { recursive: true });
  }

  async stopNode({ process }: RunningNode): Promise<void> {
    if (process === undefined || process.exitCode !== null) return;
    const ended = new Promise((resolve) => process.once("exit", resolve));
    process.kill("SIGTERM");
    const forced = setTimeout(() => process.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(forced);
  }

  /** Starts an orderer that has been stopped, with its ledgers. */
  async restartOrderer(node: RunningNode): Promise<void> {
    node.process = node.run!();
    await listening(node, this.log(node));
  }

  /** Folder of an organization's certificates. */
  crypto(organization: string, ...path: string[]): string {
    const kind = organization === "orderer" ? "ordererOrganizations" : "peerOrganizations";
    return join(this.folder, "crypto", kind, organization, ...path);
  }

  msp(organization: string): MspDescription {
    const root = onlyFile(this.crypto(organization, "msp", "cacerts"));
    const tlsRoot = onlyFile(this.crypto(organization, "msp", "tlscacerts"));
    return { mspId: mspId(organization), rootCertificates: [root], tlsRootCertificates: [tlsRoot] };
  }

  admin(organization: string): Signer {
    const folder = this.crypto(organization, "users", `Admin@${organization}`, "msp");
    return pemSigner(mspId(organization), onlyFile(join(folder, "signcerts")), onlyFile(join(folder, "keystore")));
  }

  endpoint({ name, organization, port }: RunningNode): NodeEndpoint {
    const tls = (file: string) => readFileSync(this.adminTls(organization, file), "utf8");
    return {
      name: `${name}-${organization}`,
      organization,
      address: `127.0.0.1:${port}`,
      tlsRootCertificates: this.msp(organization).tlsRootCertificates[0]!,
      clientTls: { certificate: tls("client.crt"), key: tls("client.key") },
    };
  }

  participation(node: RunningNode): ParticipationEndpoint {
    const { clientTls, ...endpoint } = this.endpoint(node);
    return {
      ...endpoint,
      address: `127.0.0.1:${node.adminPort}`,
      clientCertificate: clientTls!.certificate,
      clientKey: clientTls!.key,
    };
  }

  /** Path of a file of an administrator's TLS material: `ca.crt`, `client.crt` or `client.key`. */
  adminTls(organization: string, file: string): string {
    return this.crypto(organization, "users", `Admin@${organization}`, "tls", file);
  }

  /** TLS certificate of an orderer. */
  serverCertificate({ name }: RunningNode): string {
    return readFileSync(this.crypto("orderer", "orderers", `${name}.orderer`, "tls", "server.crt"), "utf8");
  }

  /** Runs one of Fabric's own tools and returns what it prints. */
  async tool(name: string, args: string[], env: Record<string, string> = {}): Promise<string> {
    const options = { env: { ...process.env, ...env }, cwd: this.folder, maxBuffer: 64 * 1024 * 1024 };
    const { stdout, stderr } = await run(join(this.bin, name), args, options);
    return stdout === "" ? stderr : stdout;
  }

  /** Runs the `peer` command as the administrator of an organization. */
  peerCli(node: RunningNode, args: string[]): Promise<string> {
    const { organization, port } = node;
    return this.tool("peer", args, {
      FABRIC_CFG_PATH: this.configFolder(node),
      CORE_PEER_LOCALMSPID: mspId(organization),
      CORE_PEER_MSPCONFIGPATH: this.crypto(organization, "users", `Admin@${organization}`, "msp"),
      CORE_PEER_ADDRESS: `127.0.0.1:${port}`,
      CORE_PEER_TLS_ENABLED: "true",
      CORE_PEER_TLS_ROOTCERT_FILE: this.adminTls(organization, "ca.crt"),
      CORE_PEER_TLS_CLIENTAUTHREQUIRED: "true",
      CORE_PEER_TLS_CLIENTCERT_FILE: this.adminTls(organization, "client.crt"),
      CORE_PEER_TLS_CLIENTKEY_FILE: this.adminTls(organization, "client.key"),
    });
  }

  log({ name, organization }: Pick<RunningNode, "name" | "organization">): string {
    return join(this.folder, `${name}-${organization}.log`);
  }

  private configFolder({ name, organization }: Pick<RunningNode, "name" | "organization">): string {
    const folder = join(this.folder, `${name}-${organization}`);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Paths of the TLS root certificates of all organizations. */
  private tlsRoots(): string[] {
    const organizations = readdirSync(join(this.folder, "crypto", "peerOrganizations"));
    return ["orderer", ...organizations].map((name) => this.adminTls(name, "ca.crt"));
  }

  private async startOrderer(node: RunningNode, last: boolean, env: Record<string, string> = {}): Promise<void> {
    const { name, port, adminPort } = node;
    const [operations] = await freePorts(1);
    const folder = this.configFolder(node);
    writeFileSync(join(folder, "orderer.yaml"), this.sampleConfig("orderer.yaml"));
    const material = this.crypto("orderer", "orderers", `${name}.orderer`);
    const tls = (file: string) => join(material, "tls", file);
    node.run = () =>
      this.spawn("orderer", [], node, {
        ORDERER_GENERAL_LISTENADDRESS: "127.0.0.1",
        ORDERER_GENERAL_LISTENPORT: String(port),
        ORDERER_GENERAL_LOCALMSPID: mspId("orderer"),
        ORDERER_GENERAL_LOCALMSPDIR: join(material, "msp"),
        ORDERER_GENERAL_BOOTSTRAPMETHOD: "none",
        ORDERER_GENERAL_TLS_ENABLED: "true",
        ORDERER_GENERAL_TLS_CERTIFICATE: tls("server.crt"),
        ORDERER_GENERAL_TLS_PRIVATEKEY: tls("server.key"),
        ORDERER_GENERAL_TLS_ROOTCAS: `[${tls("ca.crt")}]`,
        ORDERER_GENERAL_TLS_CLIENTAUTHREQUIRED: String(last),
        ORDERER_GENERAL_TLS_CLIENTROOTCAS: `[${this.tlsRoots().join(", ")}]`,
        ORDERER_GENERAL_CLUSTER_CLIENTCERTIFICATE: tls("server.crt"),
        ORDERER_GENERAL_CLUSTER_CLIENTPRIVATEKEY: tls("server.key"),
        ORDERER_GENERAL_CLUSTER_ROOTCAS: `[${tls("ca.crt")}]`,
        ORDERER_CHANNELPARTICIPATION_ENABLED: "true",
        ORDERER_ADMIN_LISTENADDRESS: `127.0.0.1:${adminPort}`,
        ORDERER_ADMIN_TLS_ENABLED: "true",
        ORDERER_ADMIN_TLS_CERTIFICATE: tls("server.crt"),
        ORDERER_ADMIN_TLS_PRIVATEKEY: tls("server.key"),
        ORDERER_ADMIN_TLS_CLIENTAUTHREQUIRED: "true",
        ORDERER_ADMIN_TLS_CLIENTROOTCAS: `[${tls("ca.crt")}]`,
        ORDERER_OPERATIONS_LISTENADDRESS: `127.0.0.1:${operations}`,
        ORDERER_FILELEDGER_LOCATION: join(folder, "ledger"),
        ORDERER_CONSENSUS_WALDIR: join(folder, "wal"),
        ORDERER_CONSENSUS_SNAPDIR: join(folder, "snap"),
        ...env,
      });
    node.process = node.run();
  }

  private async startPeer(name: string, organization: string): Promise<RunningNode> {
    const [port, chaincodePort, operations] = await freePorts(3);
    const node: RunningNode = { name, organization, port: port!, adminPort: 0 };
    const folder = this.configFolder(node);
    const core = this.sampleConfig("core.yaml").replace("endpoint: unix:///var/run/docker.sock", 'endpoint: ""');
    writeFileSync(join(folder, "core.yaml"), core);
    const material = this.crypto(organization, "peers", `${name}.${organization}`);
    const first = this.peers.find((other) => other.organization === organization) ?? node;
    node.process = this.spawn("peer", ["node", "start"], node, {
      CORE_PEER_ID: `${name}.${organization}`,
      CORE_PEER_LOCALMSPID: mspId(organization),
      CORE_PEER_MSPCONFIGPATH: join(material, "msp"),
      CORE_PEER_LISTENADDRESS: `127.0.0.1:${port}`,
      CORE_PEER_ADDRESS: `127.0.0.1:${port}`,
      CORE_PEER_CHAINCODELISTENADDRESS: `127.0.0.1:${chaincodePort}`,
      CORE_PEER_GOSSIP_BOOTSTRAP: `127.0.0.1:${first.port}`,
      CORE_PEER_GOSSIP_EXTERNALENDPOINT: `127.0.0.1:${port}`,
      CORE_PEER_GOSSIP_ORGLEADER: "true",
      CORE_PEER_GOSSIP_USELEADERELECTION: "false",
      CORE_PEER_TLS_ENABLED: "true",
      CORE_PEER_TLS_CERT_FILE: join(material, "tls", "server.crt"),
      CORE_PEER_TLS_KEY_FILE: join(material, "tls", "server.key"),
      CORE_PEER_TLS_ROOTCERT_FILE: join(material, "tls", "ca.crt"),
      CORE_PEER_TLS_CLIENTAUTHREQUIRED: "true",
      CORE_PEER_TLS_CLIENTROOTCAS_FILES: this.tlsRoots().join(" "),
      CORE_PEER_FILESYSTEMPATH: join(folder, "data"),
      CORE_LEDGER_SNAPSHOTS_ROOTDIR: join(folder, "snapshots"),
      CORE_OPERATIONS_LISTENADDRESS: `127.0.0.1:${operations}`,
      CORE_CHAINCODE_EXTERNALBUILDERS: JSON.stringify([
        {
          name: "ccaas_builder",
          path: join(dirname(this.bin), "builders", "ccaas"),
          propagateEnvironment: ["CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG"],
        },
      ]),
      CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG: JSON.stringify({ organization }),
    });
    return node;
  }

  private spawn(binary: string, args: string[], node: RunningNode, env: Record<string, string>): ChildProcess {
    const output = openSync(this.log(node), "a");
    return spawn(join(this.bin, binary), args, {
      cwd: this.configFolder(node),
      env: { PATH: process.env.PATH, HOME: this.folder, FABRIC_CFG_PATH: this.configFolder(node), ...env },
      stdio: ["ignore", output, output],
    });
  }

  private sampleConfig(name: string): string {
    return readFileSync(join(dirname(this.bin), "config", name), "utf8");
  }
}

/** `org1` has the MSP ID `Org1MSP`. */
export function mspId(organization: string): string {
  return `${organization[0]!.toUpperCase()}${organization.slice(1)}MSP`;
}

function onlyFile(folder: string): string {
  return readFileSync(join(folder, readdirSync(folder)[0]!), "utf8");
}

/** Ports of loopback that nothing listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((done) => server.listen(0, "127.0.0.1", done))));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

async function listening(node: RunningNode, log: string): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(node.port, "127.0.0.1", () => (socket.destroy(), resolve(true)));
      socket.on("error", () => resolve(false));
    });
    if (open) return;
    if (node.process?.exitCode !== null || Date.now() > deadline) {
      throw new Error(
        `${node.name} of ${node.organization} does not start:\n${readFileSync(log, "utf8").slice(-3000)}`,
      );
    }
  }
}
