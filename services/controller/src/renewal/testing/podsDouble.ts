/** For tests: the pods of an organization's nodes and chaincode servers, with what Kubernetes and their init containers do. */
import { setTimeout as sleep } from "node:timers/promises";

import { templateHashAnnotation } from "../../../../../model/contracts/annotations";
import { renewIssuedBeforeKey } from "../../../../../model/contracts/enrolment";
import { isAgeing, lifeOf, parseCertificate } from "../../../../common/certificates";
import { caNames } from "../../../../common/fabricCa/caClient";
import { newPrivateKey, parsePrivateKey } from "../../../../common/keys";
import { collections } from "../../resources";
import type { OrganizationDouble } from "../../testing/organizationDouble";

const namespace = "dev";
const network = { "baas.io/network": "dev" };
const templateHash = "1".repeat(16);
const day = 24 * 60 * 60_000;
/** As the init container has it. */
const renewalShareAtStart = 0.6;

/** A node or a chaincode server. */
interface Owner {
  /** Of its Identity, and of its StatefulSet or Deployment. */
  name: string;
  enrolmentId: string;
  role: "peer" | "chaincode";
}

/** Certificates (PEM) by the CA that issued them; a node keeps them on its volume. */
type Held = Partial<Record<(typeof caNames)[number], string>>;

/**
 * Runs one pod for each node and each chaincode server. A pod that is missing is made, enrols with the Secret that is there by then,
 * and becomes ready. It asks again and again if its CA does not know the secret.
 */
export class PodsDouble {
  /** Names of the nodes and servers whose pods were made, in order. */
  readonly made: string[] = [];
  /** The most nodes that had no ready pod at one time. */
  mostAway = 0;
  /** The certificates of each node and server. */
  readonly held = new Map<string, Held>();
  private readonly owners: Owner[] = [];
  private count = 0;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  /** @param life - of certificates, in milliseconds */
  constructor(
    private readonly organization: OrganizationDouble,
    private readonly life: number,
  ) {}

  /** Declares a peer with its Identity. */
  declarePeer(enrolmentId: string): void {
    const name = `${enrolmentId}-org1`;
    this.organization.declareIdentity(name, enrolmentId, "peer");
    const annotations = { [templateHashAnnotation]: templateHash };
    const metadata = { name, namespace, labels: network, annotations };
    this.kubernetes.apply(collections.statefulSets(namespace), { metadata, spec: { template: {} } });
    const path = `${collections.statefulSets(namespace)}/${name}`;
    this.kubernetes.setStatus(path, { observedGeneration: 1, updateRevision: "revision" });
    this.owners.push({ name, enrolmentId, role: "peer" });
  }

  /** Declares a chaincode server with its Identity. */
  declareServer(name: string): void {
    this.organization.declareIdentity(name, name);
    const metadata = { name, namespace, labels: network };
    this.kubernetes.apply(collections.deployments(namespace), { metadata, spec: { template: {} } });
    this.owners.push({ name, enrolmentId: name, role: "chaincode" });
  }

  /** Declares the Rollout of the peers. */
  declareRollout(): void {
    const nodes = this.peers.map(({ name }) => ({ name, role: "peer", organization: "org1", template: templateHash }));
    const metadata = { name: "nodes", namespace, labels: network };
    this.kubernetes.apply(collections.rollouts(namespace), { metadata, spec: { nodes } });
  }

  /** Starts Kubernetes. */
  start(): void {
    this.running = this.work();
  }

  /** Forgets which pods were made. */
  forget(): void {
    this.made.length = 0;
    this.mostAway = 0;
  }

  /** Stops it. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private get kubernetes() {
    return this.organization.kubernetes;
  }

  private get peers(): Owner[] {
    return this.owners.filter(({ role }) => role === "peer");
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      for (const owner of this.owners) await (owner.role === "peer" ? this.runNode(owner) : this.runServer(owner));
      const away = this.peers.filter((owner) => this.pods(owner).every(({ status }) => status === undefined));
      this.mostAway = Math.max(this.mostAway, away.length);
      await sleep(5);
    }
  }

  /** What a StatefulSet does: a pod of the same name, on the same volume, after the one before is gone. */
  private async runNode(owner: Owner): Promise<void> {
    const [pod] = this.pods(owner);
    if (pod === undefined) return this.make(owner, `${owner.name}-0`, { "controller-revision-hash": "revision" });
    if (pod.status === undefined) await this.enrol(owner, pod.metadata.name, this.held.get(owner.name) ?? {});
  }

  /** What a Deployment does: another pod, with no volume, before the one before goes. */
  private async runServer(owner: Owner): Promise<void> {
    const { template } = this.kubernetes.objects.get(`${collections.deployments(namespace)}/${owner.name}`)!.spec;
    const version = JSON.stringify(template);
    const all = this.pods(owner);
    const newest = all.find(({ spec }) => spec.version === version);
    if (newest === undefined) return this.make(owner, `${owner.name}-${this.count}`, {}, { version });
    if (newest.status === undefined) await this.enrol(owner, newest.metadata.name, {});
    else for (const pod of all) if (pod !== newest) this.remove(pod.metadata.name);
  }

  private pods({ name }: Owner) {
    const own = `${collections.pods(namespace)}/${name}-`;
    return [...this.kubernetes.objects].filter(([path]) => path.startsWith(own)).map(([, pod]) => pod);
  }

  private make({ name, role }: Owner, pod: string, more: object, spec: object = {}): void {
    this.made.push(name);
    const own = { "app.kubernetes.io/instance": name, "app.kubernetes.io/component": role };
    const metadata = {
      ...{ name: pod, namespace, uid: `uid-${++this.count}`, creationTimestamp: this.time() },
      labels: { ...network, ...own, ...more },
    };
    this.kubernetes.apply(collections.pods(namespace), { metadata, spec });
  }

  /** What the init container does: keeps certificates that are good, and asks for others with the Secret. */
  private async enrol({ name, enrolmentId, role }: Owner, pod: string, before: Held): Promise<void> {
    const secret = this.kubernetes.objects.get(`${collections.secrets(namespace)}/${name}-enrolment`);
    if (secret === undefined) return;
    const value = (key: string) => Buffer.from(secret.data[key] ?? "", "base64").toString();
    const held = { ...before };
    for (const ca of role === "peer" ? caNames : (["tlsca"] as const)) {
      const there = parseCertificate(held[ca]);
      const isOld = there && lifeOf(there).from < Date.parse(value(renewIssuedBeforeKey));
      if (there && !isOld && !isAgeing(there, this.organization.now(), renewalShareAtStart)) continue;
      if (this.organization.server.registered[ca].get(enrolmentId)?.secret !== value("enrolmentSecret")) return;
      held[ca] = await this.issue(ca, enrolmentId);
    }
    this.held.set(name, held);
    const conditions = ["Initialized", "Ready"].map((type) => ({
      type,
      status: "True",
      lastTransitionTime: this.time(),
    }));
    this.kubernetes.setStatus(`${collections.pods(namespace)}/${pod}`, { conditions });
    this.serve(name);
  }

  private async issue(ca: (typeof caNames)[number], enrolmentId: string): Promise<string> {
    const { server } = this.organization;
    const from = (this.organization.now() - Date.now()) / day;
    const life = { from, until: from + this.life / day };
    const pem = await server[ca].issue(parsePrivateKey(newPrivateKey())!, enrolmentId, [], life);
    server.issued[ca].push(pem);
    return pem;
  }

  /** Each new pod has another address, of a documentation network (RFC 5737). */
  private serve(name: string): void {
    const address = `192.0.2.${this.count % 256}`;
    this.kubernetes.apply(collections.endpointSlices(namespace), {
      metadata: { name, namespace, labels: { ...network, "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ port: 7051 }],
    });
  }

  private remove(pod: string): void {
    this.kubernetes.remove(`${collections.pods(namespace)}/${pod}`);
  }

  /** Kubernetes counts in seconds. */
  private time(): string {
    return new Date(Math.floor(this.organization.now() / 1000) * 1000).toISOString();
  }
}
