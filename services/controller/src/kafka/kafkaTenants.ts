/** The reconciler of KafkaTenant: topics of a network, who may use them, and how much. */
import { createHash } from "node:crypto";

import { purgedReason, purgeRequestedAnnotation } from "../../../../model/contracts/annotations";
import { kafkaTenantName, topicMetricName, topicReplicas } from "../../../../model/contracts/kafka";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { resulting } from "../failures";
import { GenesisStore } from "../genesisStore";
import { kafkaTenants } from "../kinds";
import type { SeenObjects } from "../objects";
import { failing, Halt, ready, type Reconciler, type Result, soon, waiting } from "../reconciler";
import { type KafkaTenant, keyOf } from "../resources";
import { type KafkaAccess, KafkaAdmin, type Ownership } from "./kafkaAdmin";
import { KafkaUsers, type KafkaUsersOptions } from "./kafkaUsers";

/** Options of {@link KafkaTenants}. */
export interface KafkaTenantsOptions extends KafkaUsersOptions {
  api: KubernetesApi;
  objects: SeenObjects;
}

/**
 * Reconciles KafkaTenant: gives each topic to the network, then makes it, unless it is another's. Whose a topic is, its ACLs say: they
 * outlive the KafkaTenant, and the network. One KafkaTenant is worked on at a time, so that no two get one topic.
 */
export class KafkaTenants implements Reconciler<KafkaTenant> {
  private readonly genesis: GenesisStore;
  private readonly users: KafkaUsers;
  /** Topics that were found well, or made so, by the key of their KafkaTenant. */
  private readonly granted = new Map<string, ReadonlySet<string>>();

  constructor(private readonly options: KafkaTenantsOptions) {
    this.genesis = new GenesisStore(options.api);
    this.users = new KafkaUsers(options);
  }

  reconcile(tenant: KafkaTenant): Promise<Result> {
    return resulting(() => this.bringUp(tenant));
  }

  forget(key: string): void {
    this.granted.delete(key);
  }

  /**
   * Ends a reconciliation unless a new system channel may be made: its topic must be nobody's. Orderers start as soon as they have a
   * genesis block, and with another than that of the messages in their topic they would take over what an earlier network has left.
   *
   * @throws {@link Halt}
   */
  async requireUnclaimed(namespace: string, topic: string): Promise<void> {
    const tenant = this.tenantOf(namespace);
    const access = await this.users.access();
    const own = { user: await this.users.userOf(tenant) };
    await KafkaAdmin.during(access, async (kafka) => {
      const found = await kafka.ownership(topic);
      const there = await kafka.topics();
      const refusal = refusalOf(topic, { there, found, own });
      if (refusal !== undefined) throw new Halt(failing("TopicTaken", refusal));
    });
  }

  /**
   * Ends a reconciliation unless a topic is there, and the network's.
   *
   * @throws {@link Halt}
   */
  requireTopic(namespace: string, topic: string): void {
    const tenant = this.tenantOf(namespace);
    if (this.granted.get(keyOf(tenant))?.has(topic)) return;
    const message = `Topic ${topic} is not there yet; see the condition Ready of KafkaTenant ${kafkaTenantName}.`;
    throw new Halt(soon("TopicNotReady", message));
  }

  private tenantOf(namespace: string): KafkaTenant {
    const found = this.options.objects.get(kafkaTenants, `${namespace}/${kafkaTenantName}`);
    if (found) return found;
    throw new Halt(waiting("KafkaTenantNotReady", `KafkaTenant ${kafkaTenantName} is not there yet.`));
  }

  private async bringUp(tenant: KafkaTenant): Promise<Result> {
    const { name } = tenant.metadata;
    if (name !== kafkaTenantName) {
      return waiting(
        "NameInvalid",
        `A network has one KafkaTenant, which is called ${kafkaTenantName}: rename this one.`,
      );
    }
    const access = await this.users.access();
    const user = await this.users.userOf(tenant);
    if (tenant.metadata.annotations?.[purgeRequestedAnnotation] !== undefined) return this.purge(access, tenant, user);
    const genesis = await this.genesisHash(tenant);
    if (genesis === undefined) {
      const message = `SystemChannel ${tenant.spec.systemChannel} has no genesis block yet; see its condition Ready.`;
      return waiting("GenesisBlockMissing", message);
    }
    return KafkaAdmin.during(access, (kafka) => this.grant(kafka, tenant, { user, genesis }));
  }

  private async grant(kafka: KafkaAdmin, tenant: KafkaTenant, own: Owner & { genesis: string }): Promise<Result> {
    const { quota = {}, replicas = topicReplicas } = this.options.kafka ?? {};
    if (this.keepsQuota()) await kafka.limit(own.user, quota);
    const there = await kafka.topics();
    const granted = new Set<string>();
    const refusals: string[] = [];
    for (const topic of inOrder(tenant.spec)) {
      const refusal = refusalOf(topic, { there, found: await kafka.ownership(topic), own });
      if (refusal !== undefined) {
        refusals.push(refusal);
        // Without its system channel, a network has no use for the others.
        if (topic === tenant.spec.systemChannel) break;
        continue;
      }
      // First, so that a topic is never nobody's.
      await kafka.give(topic, own);
      if (!there.has(topic)) await kafka.make(topic, replicas);
      granted.add(topic);
    }
    this.granted.set(keyOf(tenant), granted);
    if (refusals.length > 0) return failing("TopicTaken", refusals.join(" "));
    return ready("Granted", `${[...granted].join(", ")}: only user ${own.user} reads and writes them`);
  }

  /** Whether a quota is the controller's to set, and to take away: at a Kafka of the user's only one that the platform names. */
  private keepsQuota(): boolean {
    const { external, quota = {} } = this.options.kafka ?? {};
    return external === undefined || Object.keys(quota).length > 0;
  }

  /**
   * Deletes all topics that are the network's, also those of channels that it has no more. At a Kafka of the user's, its user may have
   * others, which no genesis block marks.
   */
  private async purge(access: KafkaAccess, tenant: KafkaTenant, user: string): Promise<Result> {
    const isExternal = this.options.kafka?.external !== undefined;
    const genesis = isExternal ? await this.genesisHash(tenant) : undefined;
    this.granted.delete(keyOf(tenant));
    const purged = await KafkaAdmin.during(access, async (kafka) => {
      // Topics are made once there is a genesis block.
      const topics = isExternal && genesis === undefined ? [] : await kafka.topicsOf(user, genesis);
      await kafka.purge(topics);
      if (this.keepsQuota()) await kafka.limit(user, {});
      return topics;
    });
    const what =
      purged.length === 0 ? "There are no topics of this network" : `Topics ${purged.join(", ")} are deleted`;
    const message = `${what}, as a purge has asked for. To have topics made again, remove annotation ${purgeRequestedAnnotation}.`;
    return waiting(purgedReason, message);
  }

  private async genesisHash({ metadata, spec }: KafkaTenant): Promise<string | undefined> {
    const block = await this.genesis.read({ metadata, spec: { name: spec.systemChannel } });
    return block && createHash("sha256").update(block).digest("hex");
  }
}

interface Owner {
  user: string;
  /** Absent for a system channel that is to be made. */
  genesis?: string;
}

/** The topic of the system channel first: the others follow from it. */
const inOrder = ({ systemChannel, topics }: KafkaTenant["spec"]): string[] => [
  systemChannel,
  ...topics.filter((topic) => topic !== systemChannel),
];

/**
 * Why a network may not have a topic, and what to do; undefined if it may.
 *
 * @param there - names of all topics
 */
export function refusalOf(
  topic: string,
  { there, found, own }: { there: ReadonlySet<string>; found: Ownership; own: Owner },
): string | undefined {
  const others = found.users.filter((name) => name !== own.user);
  if (others.length > 0) {
    return `Topic ${topic} belongs to ${others.join(" and ")}: give the channel a name of its own.`;
  }
  const earlier = found.genesis.filter((hash) => hash !== own.genesis);
  if (earlier.length > 0) {
    return (
      `Topic ${topic} belongs to an earlier network ${own.user}, whose system channel had another genesis block (${short(earlier[0]!)}): ` +
      "restore that network's namespace, or delete the topic and its ACLs, or give the channel another name."
    );
  }
  if (there.has(topic)) {
    if (found.genesis.length > 0) return undefined;
    return `Topic ${topic} is there, and no ACL says whose it is: delete it, or give the channel another name.`;
  }
  // Kafka would refuse it after the topic had been given.
  const alike = [...there].find((name) => topicMetricName(name) === topicMetricName(topic));
  if (alike !== undefined) {
    return `Topic ${topic} cannot be beside ${alike}, as Kafka's metrics have "_" for ".": give the channel another name.`;
  }
  return undefined;
}

const short = (hash: string): string => `${hash.slice(0, 12)}…`;
