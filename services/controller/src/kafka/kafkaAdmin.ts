/** What the controller does at Kafka: it makes topics, keeps account of whose they are, and sets quotas. */
import {
  type Acl,
  type AclFilter,
  AclOperations,
  AclPermissionTypes,
  Admin,
  type BaseOptions,
  ClientQuotaEntityTypes,
  ClientQuotaKeys,
  ClientQuotaMatchTypes,
  ResourcePatternTypes,
  ResourceTypes,
} from "@platformatic/kafka";

import { topicSettings } from "../../../../model/contracts/kafka";
import { messageOf } from "../../../common/failure";
import { failing, Halt, soon } from "../reconciler";
import { type KafkaState, kafkaState } from "./kafkaState";
import { Reassignment } from "./reassignment";

/** How to reach Kafka, and who to be there. */
export interface KafkaAccess {
  /** Hosts and ports, with commas between them. */
  bootstrap: string;
  /** PEM texts. Without a certificate, one must log in. */
  tls: { ca: string; cert?: string; key?: string };
  /** Who to log in as, by SASL PLAIN. */
  login?: { username: string; password: string };
}

/** Whose a topic is, as its ACLs say. */
export interface Ownership {
  /** Names of those who may write to it. */
  users: string[];
  /** Hashes of the genesis blocks of the system channels that it was made for. More than one only by other hands. */
  genesis: string[];
}

/** What a network may take of each broker in a second, in bytes; absent for no limit. */
export interface Quota {
  produce?: number;
  fetch?: number;
}

/** What orderers need of their topics. Source: Hyperledger Fabric 2.5, orderer/consensus/kafka. */
const granted = [AclOperations.READ, AclOperations.WRITE, AclOperations.DESCRIBE];

/**
 * The kind of principal that marks a topic with a genesis block. No certificate and no password gives a principal of it, so the ACL lets
 * nobody do anything; but it lasts as long as the ACLs of the owner, in the same place, and nobody but Kafka's administrators changes it.
 */
const mark = "Genesis";
const user = "User";

/** Every ACL that names one topic. */
const anyAcl: AclFilter = {
  resourceType: ResourceTypes.TOPIC,
  resourceName: null,
  resourcePatternType: ResourcePatternTypes.LITERAL,
  principal: null,
  host: null,
  operation: AclOperations.ANY,
  permissionType: AclPermissionTypes.ANY,
};

/** Waits, in milliseconds. */
const timeouts = { connectTimeout: 5000, requestTimeout: 10_000, timeout: 10_000 };

/** A connection to Kafka as one of its administrators. */
export class KafkaAdmin {
  private constructor(
    private readonly admin: Admin,
    private readonly options: BaseOptions,
  ) {}

  /**
   * Connects, works and closes.
   *
   * @throws {@link Halt} when Kafka does not answer, or refuses
   */
  static async during<T>(access: KafkaAccess, work: (kafka: KafkaAdmin) => Promise<T>): Promise<T> {
    const options: BaseOptions = {
      ...timeouts,
      clientId: "baas-controller",
      bootstrapBrokers: access.bootstrap.split(","),
      tls: access.tls,
      tlsServerName: true,
      ...(access.login && { sasl: { mechanism: "PLAIN", ...access.login } }),
      // Any broker but one sends whoever makes topics on to that one.
      retries: 3,
      retryDelay: 250,
    };
    const admin = new Admin(options);
    try {
      return await work(new KafkaAdmin(admin, options));
    } catch (error) {
      throw error instanceof Halt ? error : kafkaFailure(error, access.bootstrap);
    } finally {
      await admin.close().catch(() => undefined);
    }
  }

  /** Names of all topics. */
  async topics(): Promise<Set<string>> {
    return new Set(await this.admin.listTopics());
  }

  /** How the brokers are, and the replicas of all topics. */
  state(): Promise<KafkaState> {
    return kafkaState(this.admin);
  }

  /** How to move replicas between brokers. */
  async reassignment(): Promise<Reassignment> {
    const { brokers, controllerId } = await this.admin.metadata({ topics: [], forceUpdate: true });
    const controller = brokers.get(controllerId);
    if (controller !== undefined) return new Reassignment(this.options, controller);
    throw new Halt(soon("KafkaNotReady", "No broker controls the others yet. The controller tries again."));
  }

  /** Whose a topic is; it need not exist. */
  async ownership(topic: string): Promise<Ownership> {
    const acls = await this.acls(topic);
    const writers = acls.filter(
      ({ operation, permissionType }) =>
        permissionType === AclPermissionTypes.ALLOW &&
        (operation === AclOperations.WRITE || operation === AclOperations.ALL),
    );
    return { users: namesOf(user, writers), genesis: namesOf(mark, acls) };
  }

  /** Gives a topic, which need not exist yet, to a network. Does nothing if it is so already. */
  async give(topic: string, owner: { user: string; genesis: string }): Promise<void> {
    const acl = (principal: string, operation: Acl["operation"], permissionType: Acl["permissionType"]): Acl => ({
      resourceType: ResourceTypes.TOPIC,
      resourceName: topic,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal,
      host: "*",
      operation,
      permissionType,
    });
    const wanted = [
      acl(`${mark}:${owner.genesis}`, AclOperations.DESCRIBE, AclPermissionTypes.DENY),
      ...granted.map((operation) => acl(`${user}:${owner.user}`, operation, AclPermissionTypes.ALLOW)),
    ];
    const there = await this.acls(topic);
    const creations = wanted.filter(
      (one) =>
        !there.some(
          (other) =>
            other.principal === one.principal &&
            other.operation === one.operation &&
            other.permissionType === one.permissionType &&
            other.host === one.host,
        ),
    );
    if (creations.length > 0) await this.admin.createAcls({ creations });
  }

  /** Makes a topic for a channel. */
  async make(topic: string, replicas: number): Promise<void> {
    const configs = Object.entries(topicSettings(replicas)).map(([name, value]) => ({ name, value }));
    await this.admin.createTopics({ topics: [topic], partitions: 1, replicas, configs });
  }

  /** Sets what a user may take of each broker. Does nothing if it is so already. */
  async limit(name: string, { produce, fetch }: Quota): Promise<void> {
    const entity = { entityType: ClientQuotaEntityTypes.USER, entityName: name };
    const match = { entityType: entity.entityType, matchType: ClientQuotaMatchTypes.EXACT, match: name };
    const [there] = await this.admin.describeClientQuotas({ components: [match], strict: true });
    const ops = [
      { key: ClientQuotaKeys.PRODUCER_BYTE_RATE, value: produce },
      { key: ClientQuotaKeys.CONSUMER_BYTE_RATE, value: fetch },
    ].flatMap(({ key, value }) => {
      const now = there?.values.find((one) => one.key === key)?.value;
      if (now === value) return [];
      return [value === undefined ? { key, remove: true as const } : { key, value, remove: false as const }];
    });
    if (ops.length > 0) await this.admin.alterClientQuotas({ entries: [{ entities: [entity], ops }] });
  }

  /**
   * Names of the topics that only this user may write to; they need not exist.
   *
   * @param genesis - hash of the genesis block that must mark them; by default any, or none
   */
  async topicsOf(name: string, genesis?: string): Promise<string[]> {
    const given = await this.admin.describeAcls({ filter: { ...anyAcl, principal: `${user}:${name}` } });
    const all = await Promise.all(
      given.map(async ({ resourceName }) => ({ resourceName, found: await this.ownership(resourceName) })),
    );
    const isOwn = ({ users, genesis: marks }: Ownership): boolean =>
      users.join() === name && (genesis === undefined || marks.join() === genesis);
    return all.flatMap(({ resourceName, found }) => (isOwn(found) ? [resourceName] : [])).sort();
  }

  /** Deletes topics with their messages, then the ACLs that say whose they are. */
  async purge(topics: readonly string[]): Promise<void> {
    const there = await this.topics();
    const existing = topics.filter((topic) => there.has(topic));
    if (existing.length > 0) await this.admin.deleteTopics({ topics: existing });
    const filters = topics.map((topic) => ({ ...anyAcl, resourceName: topic }));
    if (filters.length > 0) await this.admin.deleteAcls({ filters });
  }

  private async acls(topic: string) {
    const resources = await this.admin.describeAcls({ filter: { ...anyAcl, resourceName: topic } });
    return resources.flatMap(({ acls }) => acls);
  }
}

/** Names of all principals of a kind, each once. */
function namesOf(kind: string, acls: readonly { principal: string }[]): string[] {
  const start = `${kind}:`;
  const names = acls.flatMap(({ principal }) => (principal.startsWith(start) ? [principal.slice(start.length)] : []));
  return [...new Set(names)].sort();
}

/** Brokers that are still coming up. */
const passing = new Set(["INVALID_REPLICATION_FACTOR", "NOT_CONTROLLER", "REQUEST_TIMED_OUT", "TOPIC_ALREADY_EXISTS"]);

/** What a Kafka of the user's lacks. */
const remedies: Record<string, { reason: string; what: string }> = {
  SECURITY_DISABLED: {
    reason: "KafkaWithoutAcls",
    what: "keeps no ACLs, so nothing would keep networks apart: set authorizer.class.name on its brokers",
  },
  CLUSTER_AUTHORIZATION_FAILED: {
    reason: "KafkaForbids",
    what: "does not let the controller make topics, ACLs and quotas: make its user one of super.users, or allow it ALL on the cluster",
  },
  SASL_AUTHENTICATION_FAILED: {
    reason: "KafkaLoginRefused",
    what: "does not take the controller's user and password: correct the Secret that externalKafka.secret names",
  },
};

/** What a failure of Kafka, or of the way to it, means for a custom resource. */
export function kafkaFailure(error: unknown, bootstrap: string): Halt {
  const refusal = refusalIn(error);
  if (refusal === undefined) {
    const message = `Kafka at ${bootstrap} does not answer: ${messageOf(innermost(error))}. The controller tries again.`;
    return new Halt(soon("KafkaUnavailable", message));
  }
  const remedy = remedies[refusal];
  if (remedy !== undefined)
    return new Halt(failing(remedy.reason, `Kafka at ${bootstrap} ${remedy.what} (${refusal}).`));
  const message = `Kafka at ${bootstrap} refuses: ${refusal}. The controller tries again.`;
  return new Halt(passing.has(refusal) ? soon("KafkaNotReady", message) : failing("KafkaRefused", message));
}

/** Kafka's name of the error that it has answered, such as `INVALID_TOPIC_EXCEPTION`. */
function refusalIn(error: unknown): string | undefined {
  const all = causes(error);
  return all.map(({ apiId }) => apiId).findLast((id): id is string => typeof id === "string");
}

const innermost = (error: unknown): unknown => causes(error).at(-1);

interface Failed {
  apiId?: unknown;
  cause?: unknown;
  errors?: unknown[];
}

/** An error, and what it says of its causes, the first attempts first. */
function causes(error: unknown): Failed[] {
  const failed = error as Failed;
  const further = [failed.cause, ...(failed.errors ?? [])].filter((one) => typeof one === "object" && one !== null);
  return [failed, ...further.flatMap(causes)];
}
