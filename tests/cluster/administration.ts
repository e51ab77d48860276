/**
 * Administers a network of a local cluster by hand, as its organizations' administrators do with Fabric's own tools: outside the
 * cluster, without the controller's knowledge.
 */
import { Orderer } from "../../fabric/src/nodes/orderer";
import { Peer } from "../../fabric/src/nodes/peer";
import { pemSigner, type Signer } from "../../fabric/src/signer";
import { run } from "../../local-cluster/run";
import type { LocalCluster } from "../../local-cluster/runningCluster";
import { rootKeys } from "../../model/contracts/certificateAuthority";
import { administratorIdentity, enrolmentSecretName, rootsConfigMapName } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import { type ForwardedPort, forwardPort, kubectl } from "./kubectl";

/** An organization of the network. */
export interface Organization {
  name: string;
  mspId: string;
}

/** An organization's administrator, and the roots (PEM) of its CAs. */
export interface Administrator extends Organization {
  signer: Signer;
  root: string;
  tlsRoot: string;
}

/** Connections to a network's nodes as their administrators; `close` them. */
export class Administration {
  private readonly forwards: ForwardedPort[] = [];
  private readonly nodes: { close(): void }[] = [];

  constructor(
    private readonly cluster: LocalCluster,
    private readonly namespace: string,
  ) {}

  /** Enrols anew as an organization's administrator, with the secret that the controller has made. */
  async enrol(organization: Organization): Promise<Administrator> {
    const ca = `ca-${organization.name}`;
    const [{ data: secret }, { data: roots }] = await Promise.all([
      this.read("secret", enrolmentSecretName(administratorIdentity(organization.name))),
      this.read("configmap", rootsConfigMapName(ca)),
    ]);
    const input = JSON.stringify({
      url: `https://127.0.0.1:${await this.forward(ca, ports.certificateAuthority)}`,
      enrollmentID: Buffer.from(secret.enrolmentId, "base64").toString(),
      enrollmentSecret: Buffer.from(secret.enrolmentSecret, "base64").toString(),
    });
    const { certificate, key } = JSON.parse(await run(process.execPath, ["-e", enrolProgram], { input }));
    const signer = pemSigner(organization.mspId, certificate, key);
    return { ...organization, signer, root: roots[rootKeys.signing], tlsRoot: roots[rootKeys.tls] };
  }

  async peer(id: string, administrator: Administrator): Promise<Peer> {
    return this.keep(new Peer(await this.endpoint(id, ports.peer, administrator), administrator.signer));
  }

  async orderer(id: string, administrator: Administrator): Promise<Orderer> {
    return this.keep(new Orderer(await this.endpoint(id, ports.orderer, administrator), administrator.signer));
  }

  close(): void {
    for (const node of this.nodes) node.close();
    for (const forward of this.forwards) forward.process.kill();
  }

  private async endpoint(id: string, port: number, { name: organization, tlsRoot }: Administrator) {
    const name = `${id}-${organization}`;
    const address = `127.0.0.1:${await this.forward(name, port)}`;
    const serverName = `${name}.${this.namespace}.svc.cluster.local`;
    return { name, organization, address, serverName, tlsRootCertificates: tlsRoot };
  }

  private keep<T extends { close(): void }>(node: T): T {
    this.nodes.push(node);
    return node;
  }

  /** Makes a port of a Service's pod reachable from here; returns the local port. */
  private async forward(service: string, port: number): Promise<number> {
    const forward = await forwardPort(this.cluster, this.namespace, `service/${service}`, port);
    this.forwards.push(forward);
    return forward.port;
  }

  private async read(kind: string, name: string): Promise<any> {
    return JSON.parse(await kubectl(this.cluster, "-n", this.namespace, "get", kind, name, "-o", "json"));
  }
}

/** Enrols with fabric-ca-client. The forwarded port has not the CA's name, so the server's certificate is not checked. */
const enrolProgram = `
const { readFileSync } = require("node:fs");
const FabricCAServices = require("fabric-ca-client");
const { url, ...identity } = JSON.parse(readFileSync(0, "utf8"));
new FabricCAServices(url, { trustedRoots: [], verify: false }, "ca").enroll(identity).then(({ certificate, key }) => {
  process.stdout.write(JSON.stringify({ certificate, key: key.toBytes() }));
}).catch((error) => { console.error(error); process.exitCode = 1; });
`;
