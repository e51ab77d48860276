import { packageChaincode } from "../../../../fabric/src/chaincodePackage";
import { NetworkDouble, type NodeTls } from "../../../../fabric/src/testing/networkDouble";
import { newPrivateKey, parsePrivateKey } from "../../../enrol/src/keys";
import { type Channel, type ChannelConsenter, type ChannelMember, collections } from "../../src/resources";
import { FabricCaDouble } from "./fabricCaDouble";
import type { KubernetesDouble } from "./kubernetesDouble";

export const NAMESPACE = "dev";
const labels = { "baas.io/network": "dev" };

/** Name of a server of chaincode `asset`, and of its Service. */
export const serverName = (version: string, organization: string): string =>
  `asset-${version.replace(".", "-")}-${organization}`;

/** What a Manager works with: CAs, orderers and peers of one network, and their objects in Kubernetes. */
export class TestNetwork {
  readonly fabric = new NetworkDouble();
  readonly cas = new Map<string, FabricCaDouble>();

  constructor(private readonly kubernetes: KubernetesDouble) {}

  /** An organization whose CA and administrator are declared. */
  async organization(name: string): Promise<{ name: string; mspId: string; certificateAuthority: string }> {
    const ca = await FabricCaDouble.start();
    this.cas.set(name, ca);
    const mspId = `${name}MSP`;
    const certificateAuthority = `ca-${name}`;
    // The CA's pod starts with the Secret that the controller makes; here it is there before.
    ca.bootstrap("registrar-password");
    this.kubernetes.apply(collections.secrets(NAMESPACE), {
      metadata: { name: `${certificateAuthority}-registrar`, namespace: NAMESPACE },
      stringData: { username: "registrar", password: "registrar-password" },
    });
    this.kubernetes.apply(collections.configMaps(NAMESPACE), {
      metadata: {
        name: `${certificateAuthority}-roots`,
        namespace: NAMESPACE,
        labels: { "app.kubernetes.io/managed-by": "baas-enrol" },
      },
      data: { "ca.pem": ca.ca.pem, "tlsca.pem": ca.tlsca.pem },
    });
    this.kubernetes.apply(collections.certificateAuthorities(NAMESPACE), {
      metadata: { name: certificateAuthority, namespace: NAMESPACE, labels },
      spec: { organization: name, mspId, domain: `${name}.example.com`, url: ca.url },
    });
    this.identity(`admin-${name}`, name, "admin", "admin");
    return { name, mspId, certificateAuthority };
  }

  async orderer(id: string, organization: string): Promise<ChannelConsenter> {
    const name = `${id}-${organization}`;
    this.identity(name, organization, id, "orderer");
    const { address, adminAddress } = await this.fabric.orderer(id, await this.tls(organization, id));
    return { name, address, adminAddress };
  }

  async peer(id: string, organization: string): Promise<{ name: string; address: string }> {
    const name = `${id}-${organization}`;
    const { address } = await this.fabric.peer(name, `${organization}MSP`, await this.tls(organization, id));
    return { name, address };
  }

  /** Declares a channel as `pulumi up` would. */
  applyChannel(spec: Channel["spec"]): void {
    this.kubernetes.apply(collections.channels(NAMESPACE), {
      metadata: { name: spec.name, namespace: NAMESPACE, labels },
      spec,
    });
  }

  /** Declares chaincode `asset` on channel main as `pulumi up` would. */
  applyChaincode(version: string, endorsementPolicy = "/Channel/Application/Endorsement", id?: string): void {
    const label = `asset_${version}`;
    const address = `${serverName(version, "{{.organization}}")}:7052`;
    const made = packageChaincode(label, { address, dialTimeout: "10s", rootCert: "{{.tls_root_cert}}" });
    this.kubernetes.apply(collections.chaincodes(NAMESPACE), {
      metadata: { name: "main.asset", namespace: NAMESPACE, labels },
      spec: {
        channel: "main",
        name: "asset",
        version,
        endorsementPolicy,
        initRequired: false,
        organizations: [{ name: "org1", peers: ["peer0-org1"] }],
        package: { id: id ?? made.id, label, address },
      },
    });
  }

  async member(name: string, ...peers: string[]): Promise<ChannelMember> {
    const organization = await this.organization(name);
    const running = await Promise.all(peers.map((id) => this.peer(id, name)));
    return { ...organization, peers: running, anchorPeers: running.slice(0, 1).map(({ address }) => address) };
  }

  /** A chaincode server: its Service has a pod that is ready, or none. */
  server(name: string, isReady = true): void {
    this.kubernetes.apply(collections.endpointSlices(NAMESPACE), {
      metadata: { name, namespace: NAMESPACE, labels: { ...labels, "kubernetes.io/service-name": name } },
      endpoints: isReady ? [{ addresses: ["127.0.0.1"], conditions: { ready: true } }] : [],
    });
  }

  /** A pod of a node or server, with the status of one container; `{}` for one that runs. */
  pod(instance: string, container: string, status: object): void {
    const statuses = container === "enrol" ? "initContainerStatuses" : "containerStatuses";
    this.kubernetes.apply(collections.pods(NAMESPACE), {
      metadata: {
        name: `${instance}-0`,
        namespace: NAMESPACE,
        labels: { ...labels, "app.kubernetes.io/instance": instance },
      },
      spec: { containers: [{ name: container, image: `example.com/${container}:1` }] },
    });
    this.kubernetes.setStatus(`${collections.pods(NAMESPACE)}/${instance}-0`, {
      [statuses]: [{ name: container, image: "", restartCount: 0, ...status }],
    });
  }

  async stop(): Promise<void> {
    this.fabric.close();
    await Promise.all([...this.cas.values()].map((ca) => ca.stop()));
  }

  private identity(name: string, organization: string, enrolmentId: string, type: string): void {
    this.kubernetes.apply(collections.identities(NAMESPACE), {
      metadata: { name, namespace: NAMESPACE, labels },
      spec: { certificateAuthority: `ca-${organization}`, enrolmentId, type },
    });
  }

  private async tls(organization: string, commonName: string): Promise<NodeTls> {
    const key = newPrivateKey();
    const { tlsca } = this.cas.get(organization)!;
    return { key, certificate: await tlsca.issue(parsePrivateKey(key)!, commonName, ["localhost"]), root: tlsca.pem };
  }
}
