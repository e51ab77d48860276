/** For tests: a controller with one organization, whose CA server is a double. Time can pass while it is away, and it can be killed. */
import { jsonLog } from "../../../common/log";
import { FabricCaDouble } from "../../../common/testing/fabricCaDouble";
import { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { Manager } from "../manager";
import { Metrics } from "../metrics";
import { collections } from "../resources";
import { clientOf } from "./apiClient";

const namespace = "dev";
const labels = { "baas.io/network": "dev" };

const noStep = /^(\w+ )?GET |POST .*\/(cainfo|enroll|events)$/;

/** Organization `org1` in namespace `dev`, with a CA server that has published its roots. */
export class OrganizationDouble {
  private stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  /** How much later than now the controller believes it is, in milliseconds. */
  private later = 0;
  /** What the running controller exports. */
  metrics = new Metrics();
  /**
   * Calls that have changed something, at the API server or a CA, since {@link killAfter}: as `tlsca PUT /identities/peer0 #1` for the
   * first of that sort. Without those that no other call depends on: the registrar's sign-ins, and Events.
   */
  steps: string[] = [];
  /** Whether the controller was killed, since {@link killAfter}. */
  killed = false;
  private restarted: Promise<void> = Promise.resolve();

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

  /** What time the controller believes it is, in milliseconds since 1970. */
  now(): number {
    return Date.now() + this.later;
  }

  /** Starts the controller, some time later than it ended. */
  startController(pass = 0): void {
    this.later += pass;
    this.stopping = new AbortController();
    this.metrics = new Metrics();
    const options = {
      ...{ api: clientOf(this.kubernetes), metrics: this.metrics, log: jsonLog("error", () => {}) },
      ...{ now: () => this.now(), readCertificatesWithin: 50 },
    };
    this.running = new Manager(options).run(this.stopping.signal);
  }

  /** Stops the controller, and starts it some time later. */
  async restartController(pass: number): Promise<void> {
    await this.restarted;
    await this.stopController();
    this.startController(pass);
  }

  /** Stops the controller. */
  async stopController(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /**
   * Begins to note {@link steps}. Right after one of them, the controller is killed: between its effect and its answer. None of its
   * requests arrives after that. It starts anew, as under a kubelet.
   *
   * @param step - absent to let it live
   * @param meanwhile - called while there is no controller
   */
  killAfter(step?: string, meanwhile: () => void = () => {}): void {
    this.steps = [];
    this.killed = false;
    let isDead = false;
    const look = (call: string, moment: "before" | "after"): "drop" | void => {
      if (isDead) return "drop";
      if (moment === "before" || noStep.test(call)) return;
      const times = this.steps.filter((other) => other.startsWith(`${call} #`)).length;
      this.steps.push(`${call} #${times + 1}`);
      if (this.killed || this.steps.at(-1) !== step) return;
      this.killed = true;
      isDead = true;
      this.restarted = this.stopController().then(() => {
        meanwhile();
        isDead = false;
        this.startController();
      });
      return "drop";
    };
    this.kubernetes.onCall = look;
    this.server.onCall = look;
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    await this.restarted;
    await this.stopController();
    await this.server.stop();
    await this.kubernetes.stop();
  }
}
