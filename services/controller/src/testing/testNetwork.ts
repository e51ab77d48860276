/** A whole network for tests: its CAs, nodes and custom resources. */
import { packageChaincode, templatedConnection } from "../../../../fabric/src/chaincodePackage";
import { ChaincodeServerDouble } from "../../../../fabric/src/testing/chaincodeServerDouble";
import { NetworkDouble, type NodeTls, type OnCall } from "../../../../fabric/src/testing/networkDouble";
import { apiVersion } from "../../../../model/contracts/apiGroup";
import { rootKeys } from "../../../../model/contracts/certificateAuthority";
import { managedByLabel, networkLabel, partOfLabel, productName } from "../../../../model/contracts/labels";
import {
  administratorId,
  administratorIdentity,
  enrolManager,
  registrarSecretName,
  rolloutName,
  rootsConfigMapName,
} from "../../../../model/contracts/names";
import type { ChannelConsenter, ChannelOrganization } from "../../../../model/customResources/channel";
import type { RolloutNode } from "../../../../model/customResources/rollout";
import { newPrivateKey, parsePrivateKey } from "../../../common/keys";
import { FabricCaDouble } from "../../../common/testing/fabricCaDouble";
import { type Chaincode, type Channel, collections } from "../resources";

export const testNamespace = "dev";
const networkLabels = { [partOfLabel]: productName, [networkLabel]: "dev" };

/** What takes a network's objects: the double of the Kubernetes API, or a real one. */
export interface ObjectStore {
  /** Creates or replaces an object as a user would with `kubectl apply`. */
  apply(collection: string, object: Record<string, any>): unknown;
}

/** Name of a server of chaincode `asset`, and of its Service. */
export const serverName = (version: string, organization: string): string =>
  `asset-${version.replace(".", "-")}-${organization}`;

/** The package of a version of chaincode `asset`. */
function packageOf(version: string): { id: string; label: string; address: string } {
  const label = `asset_${version}`;
  const address = `${serverName(version, "{{.organization}}")}:7052`;
  return { id: packageChaincode(label, templatedConnection(address)).id, label, address };
}

/** How a chaincode server differs from one that is well. */
type ServerOptions =
  | "none"
  | {
      /** Organization whose TLS CA issued its certificate; null to speak without TLS. */
      tls?: string | null;
      /** The ID that it runs under. */
      packageId?: string;
    };

/** What a controller works with: CAs, orderers and peers of one network, and their objects in Kubernetes. */
export class TestNetwork {
  readonly fabric = new NetworkDouble();
  readonly cas = new Map<string, FabricCaDouble>();
  /** Operations endpoints of orderers, by name. */
  readonly operations = new Map<string, string>();
  /** What orderers and peers serve TLS with, by name. */
  readonly nodeTls = new Map<string, NodeTls>();
  /** Chaincode servers, by name. */
  readonly servers = new Map<string, ChaincodeServerDouble>();

  constructor(
    private readonly kubernetes: ObjectStore,
    private readonly namespace = testNamespace,
  ) {}

  /** An organization whose CA and administrator are declared. */
  async organization(name: string): Promise<{ name: string; mspId: string; certificateAuthority: string }> {
    const ca = await FabricCaDouble.start();
    this.cas.set(name, ca);
    const mspId = `${name}MSP`;
    const certificateAuthority = `ca-${name}`;
    // The CA's pod starts with the Secret that the controller makes; here it is there before.
    ca.bootstrap("registrar-password");
    await this.apply(collections.secrets, "v1", "Secret", registrarSecretName(certificateAuthority), {
      stringData: { username: "registrar", password: "registrar-password" },
    });
    await this.apply(collections.configMaps, "v1", "ConfigMap", rootsConfigMapName(certificateAuthority), {
      labels: { [managedByLabel]: enrolManager },
      data: { [rootKeys.signing]: ca.ca.pem, [rootKeys.tls]: ca.tlsca.pem },
    });
    await this.custom(collections.certificateAuthorities, "CertificateAuthority", certificateAuthority, {
      organization: name,
      mspId,
      domain: `${name}.example.com`,
      url: ca.url,
    });
    await this.identity(administratorIdentity(name), name, administratorId, "admin");
    return { name, mspId, certificateAuthority };
  }

  async orderer(id: string, organization: string): Promise<ChannelConsenter> {
    const name = `${id}-${organization}`;
    await this.identity(name, organization, id, "orderer");
    const tls = await this.tls(organization, id);
    this.nodeTls.set(name, tls);
    const { address, adminAddress, operationsAddress } = await this.fabric.orderer(id, tls);
    this.operations.set(name, operationsAddress);
    return { name, address, adminAddress };
  }

  async peer(id: string, organization: string): Promise<{ name: string; address: string }> {
    const name = `${id}-${organization}`;
    const tls = await this.tls(organization, id);
    this.nodeTls.set(name, tls);
    const { address } = await this.fabric.peer(name, `${organization}MSP`, tls);
    return { name, address };
  }

  async member(name: string, ...peers: string[]): Promise<ChannelOrganization> {
    const organization = await this.organization(name);
    const running = await Promise.all(peers.map((id) => this.peer(id, name)));
    return { ...organization, peers: running, anchorPeers: running.slice(0, 1).map(({ address }) => address) };
  }

  /** Two orderers, two peers of org1 and one of org2, and the spec of a channel that they are to join. */
  async nodes(): Promise<Channel["spec"]> {
    const organization = await this.organization("orderer");
    const consenters = [await this.orderer("orderer0", "orderer"), await this.orderer("orderer1", "orderer")];
    return {
      name: "main",
      ordering: { type: "etcdraft", organization, consenters },
      batch: { timeout: "500ms", maxMessages: 500, preferredMaxBytes: "2Mi", absoluteMaxBytes: "10Mi" },
      organizations: [await this.member("org1", "peer0", "peer1"), await this.member("org2", "peer0")],
    };
  }

  /** Declares a channel as `pulumi up` would. */
  applyChannel(spec: Channel["spec"]): unknown {
    return this.custom(collections.channels, "Channel", spec.name, spec);
  }

  /** Declares the system channel `dev-system` of a channel's orderers, for its members. */
  applySystemChannel({ ordering, organizations }: Channel["spec"], more: { tenant?: string } = {}): unknown {
    return this.custom(collections.systemChannels, "SystemChannel", "dev-system", {
      name: "dev-system",
      brokers: ["kafka-bootstrap.baas-platform.svc:9093"],
      organization: ordering.organization,
      orderers: ordering.consenters.map(({ name, address }) => ({ name, address })),
      organizations: organizations.map(({ name, mspId, certificateAuthority }) => ({
        name,
        mspId,
        certificateAuthority,
      })),
      ...more,
    });
  }

  /** Declares the chaincode asset on channel main. */
  applyChaincode(version: string, endorsementPolicy = "/Channel/Application/Endorsement", id?: string): unknown {
    const { label, address, id: made } = packageOf(version);
    const spec: Chaincode["spec"] = {
      channel: "main",
      name: "asset",
      version,
      endorsementPolicy,
      initRequired: false,
      organizations: [{ name: "org1", peers: ["peer0-org1"] }],
      package: { id: id ?? made, label, address },
    };
    return this.custom(collections.chaincodes, "Chaincode", "main.asset", spec);
  }

  /** A chaincode server of version and organization: its Service has a pod that is ready, or none. */
  async server(version: string, organization: string, options: ServerOptions = {}): Promise<unknown> {
    const name = serverName(version, organization);
    this.servers.get(name)?.close();
    this.servers.delete(name);
    // Kubernetes says null where there is none.
    if (options === "none") return this.slice(name, null);
    const tls = options.tls === null ? undefined : await this.tls(options.tls ?? organization, name, [name]);
    const packageId = options.packageId ?? packageOf(version).id;
    const server = await ChaincodeServerDouble.start({ packageId, ...(tls && { tls }) });
    this.servers.set(name, server);
    const pod = { addresses: [server.host], conditions: { ready: true } };
    return this.slice(name, [pod], server.port);
  }

  /** Says which pods are behind a Service. */
  slice(name: string, endpoints: object[] | null, port?: number): unknown {
    return this.apply(collections.endpointSlices, "discovery.k8s.io/v1", "EndpointSlice", name, {
      labels: { ...networkLabels, "kubernetes.io/service-name": name },
      addressType: "IPv4",
      endpoints,
      ports: [{ name: "grpc", port: port ?? 7052, protocol: "TCP" }],
    });
  }

  /** Has every node seen as ready, at one of several addresses. */
  async node(name: string, n = 1): Promise<void> {
    // An address of a documentation network (RFC 5737). The controller reaches nodes by their names.
    await this.slice(name, [{ addresses: [`192.0.2.${n}`], conditions: { ready: true } }]);
  }

  /** Has every server of chaincode asset ready in each of these organizations. */
  async startServers(version: string, organizations: readonly { name: string }[]): Promise<void> {
    await Promise.all(organizations.map(({ name }) => this.server(version, name)));
  }

  /** Has every call to a node or a CA (`ca-org1 ca POST /register`) seen before its effect and after it. */
  onCall(look: OnCall): void {
    this.fabric.onCall = look;
    for (const [name, ca] of this.cas) ca.onCall = (call, moment) => look(`ca-${name} ${call}`, moment);
  }

  async stop(): Promise<void> {
    this.fabric.close();
    for (const server of this.servers.values()) server.close();
    await Promise.all([...this.cas.values()].map((ca) => ca.stop()));
  }

  /** Declares a Rollout as `pulumi up` would. */
  applyRollout(nodes: RolloutNode[]): unknown {
    return this.custom(collections.rollouts, "Rollout", rolloutName, { nodes });
  }

  /** Declares any object of the network. */
  declare(collection: Collection, name: string, content: Record<string, unknown>): unknown {
    return this.apply(collection, "v1", "Any", name, { labels: networkLabels, ...content });
  }

  private identity(name: string, organization: string, enrolmentId: string, type: string): unknown {
    const spec = { certificateAuthority: `ca-${organization}`, enrolmentId, type };
    return this.custom(collections.identities, "Identity", name, spec);
  }

  private custom(collection: Collection, kind: string, name: string, spec: object): unknown {
    return this.apply(collection, apiVersion, kind, name, { labels: networkLabels, spec });
  }

  private apply(
    collection: Collection,
    apiVersion: string,
    kind: string,
    name: string,
    { labels, ...content }: { labels?: Record<string, string>; [field: string]: unknown },
  ): unknown {
    const { namespace } = this;
    const metadata = { name, namespace, ...(labels && { labels }) };
    return this.kubernetes.apply(collection(namespace), { apiVersion, kind, metadata, ...content });
  }

  /** A new key, with a certificate that the organization's TLS CA lists. */
  async tls(organization: string, commonName: string, hosts = ["localhost"]): Promise<NodeTls> {
    const key = newPrivateKey();
    const { tlsca, issued } = this.cas.get(organization)!;
    const certificate = await tlsca.issue(parsePrivateKey(key)!, commonName, hosts);
    issued.tlsca.push(certificate);
    return { key, certificate, root: tlsca.pem };
  }
}

type Collection = (namespace: string) => string;
