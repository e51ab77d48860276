/**
 * A client outside the cluster, which knows only the files of `baas connection`. It enrols with the organization's CA and calls
 * peers, all through the network's single port. It is an ordinary client: its own hosts file resolves names to the gateway, as
 * DNS would.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { run } from "../../../local-cluster/run";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { enrolmentSecretName, nameWithin } from "../../../model/contracts/names";
import type { Endpoint } from "./clientProgram";
import { bundledClientProgram, LoadClient } from "./loadClient";

const repository = join(__dirname, "../../..");

/** The client's identity, and the paths of its files. */
export interface OutsideClientOptions {
  namespace: string;
  channel: string;
  chaincode: string;
  organization: string;
  mspId: string;
  /** Client of the organization, as the stack file names it. */
  client: string;
  /** Folder with the files of `baas connection`. */
  folder: string;
}

/** Submits transactions and reads ledgers from outside the cluster. */
export class OutsideClient extends LoadClient {
  private constructor(
    cluster: LocalCluster,
    program: string,
    private readonly options: OutsideClientOptions,
  ) {
    super(cluster, options.namespace, program);
  }

  /** Enrols a client and prepares it for submitting. */
  static async enrol(cluster: LocalCluster, options: OutsideClientOptions): Promise<OutsideClient> {
    const { organization } = options;
    const client = new OutsideClient(cluster, await bundledClientProgram(), options);
    const { certificateAuthorities } = client.profile;
    const secret = enrolmentSecretName(nameWithin(organization, options.client));
    const { data } = JSON.parse(await client.kubectl(["get", "secret", secret, "-o", "json"]));
    mkdirSync(client.mspDir, { recursive: true });
    const [certificateAuthority] = Object.values<any>(certificateAuthorities);
    const input = JSON.stringify({
      url: certificateAuthority.url,
      caName: certificateAuthority.caName,
      trustedRoots: [certificateAuthority.tlsCACerts.pem].flat(),
      enrollmentID: Buffer.from(data.enrolmentId, "base64").toString(),
      enrollmentSecret: Buffer.from(data.enrolmentSecret, "base64").toString(),
      mspDir: client.mspDir,
    });
    const [command, ...args] = client.withHosts(["node", "-e", enrolProgram]);
    await run(command!, args, { input, cwd: repository });
    return client;
  }

  /** A command that resolves the network's names by the client's present hosts file. */
  withHosts(command: readonly string[]): string[] {
    const hosts = join(this.options.folder, "etc-hosts");
    writeFileSync(hosts, `127.0.0.1 localhost\n${readFileSync(join(this.options.folder, "hosts"), "utf8")}`);
    const script = 'mount --bind "$0" /etc/hosts && exec "$@"';
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, hosts, ...command];
  }

  /** By the external name: `peer0-org1` is `peer0.org1.<domain>`. */
  protected override reach(peer: Endpoint): Endpoint {
    const [id] = peer.name.split("-");
    const hosts = Object.entries<any>(this.profile.peers);
    const [, known] = hosts.find(([host]) => host.startsWith(`${id}.${peer.organization}.`))!;
    return { ...peer, address: new URL(known.url).host };
  }

  protected override commandLine(variables: Record<string, string>): string[] {
    const { channel, chaincode, mspId, folder } = this.options;
    const all = {
      ...variables,
      SMOKE_TEST_CHANNEL: channel,
      SMOKE_TEST_CHAINCODE: chaincode,
      SMOKE_TEST_MSP_ID: mspId,
      SMOKE_TEST_MSP_DIR: this.mspDir,
      SMOKE_TEST_ROOTS_DIR: join(folder, "tls"),
      LOAD_STOP_FILE: this.stopFile,
    };
    const env = Object.entries(all).map(([name, value]) => `${name}=${value}`);
    return this.withHosts(["env", ...env, "node", "-"]);
  }

  protected override requestStop(): Promise<void> {
    writeFileSync(this.stopFile, "");
    return Promise.resolve();
  }

  /** The present description of the network. */
  private get profile(): any {
    const { folder, organization } = this.options;
    return JSON.parse(readFileSync(join(folder, `connection-${organization}.json`), "utf8"));
  }

  private get mspDir(): string {
    return join(this.options.folder, "msp");
  }

  private get stopFile(): string {
    return join(this.options.folder, "stop");
  }
}

/** Enrols with fabric-ca-client, as any application may. */
const enrolProgram = `
const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const FabricCAServices = require("fabric-ca-client");
const { url, caName, trustedRoots, mspDir, ...identity } = JSON.parse(readFileSync(0, "utf8"));
new FabricCAServices(url, { trustedRoots, verify: true }, caName).enroll(identity).then(({ certificate, key }) => {
  mkdirSync(mspDir + "/signcerts", { recursive: true });
  mkdirSync(mspDir + "/keystore", { recursive: true });
  writeFileSync(mspDir + "/signcerts/cert.pem", certificate);
  writeFileSync(mspDir + "/keystore/key.pem", key.toBytes(), { mode: 0o600 });
}).catch((error) => { console.error(error); process.exitCode = 1; });
`;
