/** Who the controller and the networks are at the Kafka that they share: the platform's own, or one of the user's. */
import { kafkaLoginKeys, kafkaUser } from "../../../../model/contracts/kafka";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { failing, Halt, waiting } from "../reconciler";
import type { KafkaTenant } from "../resources";
import { findSecret, valueOf } from "../secrets";
import type { KafkaAccess, Quota } from "./kafkaAdmin";
import type { KafkaIdentity } from "./kafkaIdentity";

/** What the platform says of the Kafka that networks share. */
export interface KafkaSettings {
  /** Hosts and ports, with commas between them. */
  bootstrap: string;
  /** Of each network. */
  quota: Quota;
  /** Replicas of each topic, if other than usual. */
  replicas?: number;
  /** Of a Kafka of the user's, which knows nobody by certificates of the platform's CA. */
  external?: {
    /** Secret in the platform's namespace with which the controller logs in. */
    secret: string;
    /** Certificates (PEM) of the CAs that sign the brokers' certificates. */
    rootCertificates: string;
  };
}

/** Options of {@link KafkaUsers}. */
export interface KafkaUsersOptions {
  api: KubernetesApi;
  identity: Pick<KafkaIdentity, "tls">;
  /** Absent if there is no Kafka. */
  kafka?: KafkaSettings | undefined;
  platformNamespace: string;
}

/** At the platform's own Kafka all are known by certificates, at one of the user's by Secrets of the user's. */
export class KafkaUsers {
  constructor(private readonly options: KafkaUsersOptions) {}

  /**
   * How the controller reaches Kafka.
   *
   * @throws {@link Halt} when there is no Kafka, or what it needs to log in is not there
   */
  async access(): Promise<KafkaAccess> {
    const { kafka, identity, platformNamespace } = this.options;
    if (kafka === undefined) {
      const message = "The platform runs no Kafka: write kafka with enabled: true in its stack file, and apply it.";
      throw new Halt(failing("NoKafka", message));
    }
    const { bootstrap, external } = kafka;
    if (external === undefined) return { bootstrap, tls: await identity.tls() };
    const login = await this.login(platformNamespace, external.secret);
    return { bootstrap, tls: { ca: external.rootCertificates }, login };
  }

  /**
   * The name of a network's orderers at Kafka.
   *
   * @throws {@link Halt} when it is in a Secret that is not there
   */
  async userOf({ metadata: { namespace }, spec: { secret } }: KafkaTenant): Promise<string> {
    const { external } = this.options.kafka ?? {};
    if (external === undefined) return kafkaUser(namespace);
    if (secret !== undefined) return (await this.login(namespace, secret)).username;
    const message = "At a Kafka of yours, orderers log in with a Secret: write ordering.kafkaSecret in the stack file.";
    throw new Halt(failing("SecretMissing", message));
  }

  private async login(namespace: string, name: string): Promise<{ username: string; password: string }> {
    const found = await findSecret(this.options.api, namespace, name);
    const kind = `Secret ${name} of type kubernetes.io/basic-auth in namespace ${namespace}`;
    if (!found) throw new Halt(waiting("SecretMissing", `Kafka is logged in at with ${kind}, which is not there yet.`));
    const [username, password] = kafkaLoginKeys.map((key) => valueOf(found, key)) as [string, string];
    if (username !== "" && password !== "") return { username, password };
    throw new Halt(failing("SecretInvalid", `${kind} has no value for ${username === "" ? "username" : "password"}.`));
  }
}
