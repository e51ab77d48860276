/** The reconciler of KafkaTenant: topics of a network, who may use them, and how much. */
import { createHash } from "node:crypto";

import { purgedReason, purgeRequestedAnnotation } from "../../../../model/contracts/annotations";
import { kafkaTenantName, kafkaUser, topicReplicas } from "../../../../model/contracts/kafka";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { resulting } from "../failures";
import { GenesisStore } from "../genesisStore";
import { kafkaTenants } from "../kinds";
import type { SeenObjects } from "../objects";
import { failing, Halt, ready, type Reconciler, type Result, soon, waiting } from "../reconciler";
import { type KafkaTenant, keyOf } from "../resources";
import { type KafkaAccess, KafkaAdmin, type Ownership, type Quota } from "./kafkaAdmin";
import type { KafkaIdentity } from "./kafkaIdentity";

/** What the platform says of its Kafka. */
export interface KafkaSettings {
  /** Host and port. */
  bootstrap: string;
  /** Of each network. */
  quota: Quota;
  /** Replicas of each topic, if other than usual. */
  replicas?: number;
}

/** Options of {@link KafkaTenants}. */
export interface KafkaTenantsOptions {
  api: KubernetesApi;
  objects: SeenObjects;
  identity: Pick<KafkaIdentity, "tls">;
  /** Absent if the platform runs no Kafka. */
  kafka?: KafkaSettings | undefined;
}

/**
 * Reconciles KafkaTenant: gives each topic to the network, then makes it, unless it is another's. Whose a topic is, its ACLs say: they
 * outlive the KafkaTenant, and the network. One KafkaTenant is worked on at a time, so that no two get one topic.
 */
export class KafkaTenants implements Reconciler<KafkaTenant> {
  private readonly genesis: GenesisStore;
  /** Topics that were found well, or made so, by the key of their KafkaTenant. */
  private readonly granted = new Map<string, ReadonlySet<string>>();

  constructor(private readonly options: KafkaTenantsOptions) {
    this.genesis = new GenesisStore(options.api);
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
    this.tenantOf(namespace);
    await KafkaAdmin.during(await this.access(), async (kafka) => {
      const found = await kafka.ownership(topic);
      const isThere = (await kafka.topics()).has(topic);
      const own = { user: kafkaUser(namespace) };
      const refusal = refusalOf(topic, { isThere, found, own });
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
    const { name, namespace } = tenant.metadata;
    if (name !== kafkaTenantName) {
      return waiting(
        "NameInvalid",
        `A network has one KafkaTenant, which is called ${kafkaTenantName}: rename this one.`,
      );
    }
    const access = await this.access();
    if (tenant.metadata.annotations?.[purgeRequestedAnnotation] !== undefined) return this.purge(access, tenant);
    const genesis = await this.genesisHash(tenant);
    if (genesis === undefined) {
      const message = `SystemChannel ${tenant.spec.systemChannel} has no genesis block yet; see its condition Ready.`;
      return waiting("GenesisBlockMissing", message);
    }
    return KafkaAdmin.during(access, (kafka) => this.grant(kafka, tenant, { user: kafkaUser(namespace), genesis }));
  }

  private async grant(kafka: KafkaAdmin, tenant: KafkaTenant, own: Owner & { genesis: string }): Promise<Result> {
    const { quota = {}, replicas = topicReplicas } = this.options.kafka ?? {};
    await kafka.limit(own.user, quota);
    const there = await kafka.topics();
    const granted = new Set<string>();
    const refusals: string[] = [];
    for (const topic of inOrder(tenant.spec)) {
      const refusal = refusalOf(topic, { isThere: there.has(topic), found: await kafka.ownership(topic), own });
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

  /** Deletes all topics that are the network's, also those of channels that it has no more. */
  private async purge(access: KafkaAccess, tenant: KafkaTenant): Promise<Result> {
    const user = kafkaUser(tenant.metadata.namespace);
    this.granted.delete(keyOf(tenant));
    const purged = await KafkaAdmin.during(access, async (kafka) => {
      const topics = await kafka.topicsOf(user);
      await kafka.purge(user, topics);
      return topics;
    });
    const what =
      purged.length === 0 ? "There are no topics of this network" : `Topics ${purged.join(", ")} are deleted`;
    const message = `${what}, as a purge has asked for. To have topics made again, remove annotation ${purgeRequestedAnnotation}.`;
    return waiting(purgedReason, message);
  }

  private async access(): Promise<KafkaAccess> {
    const { kafka, identity } = this.options;
    if (kafka === undefined) {
      throw new Halt(
        failing(
          "NoKafka",
          "The platform runs no Kafka: write kafka with enabled: true in its stack file, and apply it.",
        ),
      );
    }
    return { bootstrap: kafka.bootstrap, tls: await identity.tls() };
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

/** Why a network may not have a topic, and what to do; undefined if it may. */
export function refusalOf(
  topic: string,
  { isThere, found, own }: { isThere: boolean; found: Ownership; own: Owner },
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
  if (isThere && found.genesis.length === 0) {
    return `Topic ${topic} is there, and no ACL says whose it is: delete it, or give the channel another name.`;
  }
  return undefined;
}

const short = (hash: string): string => `${hash.slice(0, 12)}…`;
