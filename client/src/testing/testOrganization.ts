/** For tests: an organization with gateway peers on a ledger, and its client's configuration. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { dump } from "js-yaml";

import type { BlockchainClient } from "../client.ts";
import type { ConfigurationInput } from "../configuration/schema.ts";
import { connect, type ConnectOptions } from "../connect.ts";
import { GatewayDouble } from "./gatewayDouble.ts";
import { LedgerDouble } from "./ledgerDouble.ts";
import { TestCa } from "./testCertificates.ts";

let ca: TestCa | undefined;

/** Certificates of all tests of a process: making them takes a while. */
function certificates() {
  if (ca === undefined) {
    const made = (ca = new TestCa("org1"));
    process.once("exit", () => made.close());
    const tls = made.issue("peer", "localhost", "peer0.org1.test", "peer1.org1.test", "peer2.org1.test");
    const user = made.issue("user");
    return (all = { root: made.certificate, tls, user, other: made.issue("other") });
  }
  return all!;
}

let all: { root: string; tls: TestPair; user: TestPair; other: TestPair } | undefined;
type TestPair = { certificate: string; key: string };

/** Peers, their ledger, and a folder with what a client needs. */
export class TestOrganization {
  readonly ledger = new LedgerDouble();
  readonly folder = mkdtempSync(join(tmpdir(), "baas-client-"));
  readonly certificates = certificates();
  private readonly clients: BlockchainClient[] = [];

  private constructor(readonly peers: GatewayDouble[]) {}

  static async start(count = 2): Promise<TestOrganization> {
    const organization = new TestOrganization([]);
    for (let i = 0; i < count; i++) await organization.addPeer();
    const { root, user } = organization.certificates;
    organization.write("tls.pem", root);
    organization.write("cert.pem", user.certificate);
    organization.write("key.pem", user.key);
    return organization;
  }

  async addPeer(): Promise<GatewayDouble> {
    const peer = await GatewayDouble.start(this.ledger, this.certificates.tls);
    this.peers.push(peer);
    return peer;
  }

  /** Path of a file in the folder. */
  path(file: string): string {
    return join(this.folder, file);
  }

  /** Makes a folder in the folder. */
  makeFolder(name: string): string {
    mkdirSync(this.path(name));
    return this.path(name);
  }

  write(file: string, text: string): string {
    writeFileSync(this.path(file), text);
    return this.path(file);
  }

  /** Settings of a client that knows all peers. */
  configuration(more: Partial<ConfigurationInput> = {}): ConfigurationInput {
    return {
      mspId: "Org1MSP",
      channel: "main",
      chaincode: "assets",
      peers: this.peers.map(({ address }) => address),
      tlsRoots: this.path("tls.pem"),
      identity: { certificate: this.path("cert.pem"), privateKey: this.path("key.pem") },
      backOff: { shortest: 2, longest: 50 },
      ...more,
      timeouts: { total: 30_000, ...more.timeouts },
    };
  }

  /** Writes a file of settings. */
  writeConfiguration(file: string, more: Partial<ConfigurationInput> = {}): string {
    return this.write(file, dump(this.configuration(more), { skipInvalid: true }));
  }

  /** A connected client, which is closed with the organization. */
  async connect(more: Partial<ConfigurationInput> = {}, options: ConnectOptions = {}): Promise<BlockchainClient> {
    const client = await connect(this.configuration(more), options);
    this.clients.push(client);
    return client;
  }

  close(): void {
    for (const client of this.clients) client.close();
    for (const peer of this.peers) peer.stop();
    rmSync(this.folder, { recursive: true });
  }
}
