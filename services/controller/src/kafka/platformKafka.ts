/** The brokers and ZooKeepers that the platform runs, asked as the controller. */
import { kafkaBootstrapName } from "../../../../model/contracts/kafka";
import { serviceAddress } from "../../../../model/contracts/names";
import { kafkaPort } from "../../../../model/contracts/ports";
import { hostPort } from "../hostPort";
import type { KafkaServers } from "../rollouts/kafkaHealth";
import type { KafkaReplicas } from "../rollouts/kafkaSpread";
import { KafkaAdmin } from "./kafkaAdmin";
import type { KafkaIdentity } from "./kafkaIdentity";
import type { KafkaState } from "./kafkaState";
import type { Move } from "./spread";
import { type ZooKeeperMode, zooKeeperMode } from "./zooKeeperMode";

/** In milliseconds. */
const answerTimeout = 5_000;

/** The platform's Kafka. Each question has a connection of its own: there are few, and servers restart between them. */
export class PlatformKafka implements KafkaServers, KafkaReplicas {
  constructor(
    private readonly identity: Pick<KafkaIdentity, "tls">,
    private readonly platformNamespace: string,
  ) {}

  state(): Promise<KafkaState> {
    return this.during((kafka) => kafka.state());
  }

  moving(): Promise<string[]> {
    return this.during(async (kafka) => (await kafka.reassignment()).moving());
  }

  move(moves: readonly Move[]): Promise<void> {
    return this.during(async (kafka) => (await kafka.reassignment()).move(moves));
  }

  async mode(address: string): Promise<ZooKeeperMode | undefined> {
    return zooKeeperMode({ ...hostPort(address), tls: await this.identity.tls(), timeout: answerTimeout });
  }

  private async during<T>(work: (kafka: KafkaAdmin) => Promise<T>): Promise<T> {
    const bootstrap = serviceAddress(kafkaBootstrapName, this.platformNamespace, kafkaPort);
    return KafkaAdmin.during({ bootstrap, tls: await this.identity.tls() }, work);
  }
}
