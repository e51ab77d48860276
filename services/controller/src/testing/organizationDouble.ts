/** For tests: a controller with one organization, whose CA server is a double. Time can pass while the controller is away. */
import { jsonLog } from "../../../common/log";
import { FabricCaDouble } from "../../../common/testing/fabricCaDouble";
import { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { Manager } from "../manager";
import { Metrics } from "../metrics";
import { collections } from "../resources";
import { clientOf } from "./apiClient";

const namespace = "dev";
const labels = { "baas.io/network": "dev" };

/** Organization `org1` in namespace `dev`, with a CA server that has published its roots. */
export class OrganizationDouble {
  private stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  /** How much later than now the controller believes it is, in milliseconds. */
  private later = 0;

  private constructor(
    readonly kubernetes: KubernetesDouble,
    readonly server: FabricCaDouble,
  ) {}

  /** @param password - of the registrar */
  static async start(password: string): Promise<OrganizationDouble> {
    const double = new OrganizationDouble(await KubernetesDouble.start(), await FabricCaDouble.start());
    const { kubernetes, server } = double;
    server.bootstrap(password);
    kubernetes.apply(collections.secrets(namespace), {
      metadata: { name: "ca-org1-registrar", namespace },
      stringData: { username: "registrar", password },
    });
    kubernetes.apply(collections.configMaps(namespace), {
      metadata: { name: "ca-org1-roots", namespace, labels: { "app.kubernetes.io/managed-by": "baas-enrol" } },
      data: { "ca.pem": server.ca.pem, "tlsca.pem": server.tlsca.pem },
    });
    return double;
  }

  /** Applies its CertificateAuthority, and returns it as stored. */
  declareAuthority() {
    return this.kubernetes.apply(collections.certificateAuthorities(namespace), {
      metadata: { name: "ca-org1", namespace, labels },
      spec: { organization: "org1", mspId: "Org1MSP", domain: "org1.example.com", url: this.server.url },
    });
  }

  /** Applies an Identity. */
  declareIdentity(name: string, enrolmentId: string, type = "client"): void {
    this.kubernetes.apply(collections.identities(namespace), {
      metadata: { name, namespace, labels },
      spec: { certificateAuthority: "ca-org1", enrolmentId, type },
    });
  }

  /** Starts the controller, some time later than it ended. */
  startController(pass = 0): void {
    this.later += pass;
    this.stopping = new AbortController();
    const now = () => Date.now() + this.later;
    const options = { api: clientOf(this.kubernetes), metrics: new Metrics(), log: jsonLog("error", () => {}), now };
    this.running = new Manager(options).run(this.stopping.signal);
  }

  /** Stops the controller. */
  async stopController(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    await this.stopController();
    await this.server.stop();
    await this.kubernetes.stop();
  }
}
