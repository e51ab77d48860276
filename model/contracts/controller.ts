/** What the platform's Deployment of the network controller and its program agree on. */

/** Environment variables of the controller. */
export const controllerVariables = {
  podName: "POD_NAME",
  podNamespace: "POD_NAMESPACE",
  metricsPort: "METRICS_PORT",
  healthPort: "HEALTH_PORT",
  logLevel: "LOG_LEVEL",
  /** The one namespace to look at; all of them if it is not set. */
  namespace: "BAAS_NAMESPACE",
  /** Hosts and ports of the Kafka that networks share, with commas between them; absent if there is none. */
  kafkaBootstrap: "KAFKA_BOOTSTRAP",
  /** For a Kafka of the user's: the Secret in the platform's namespace with which to log in. */
  kafkaSecret: "KAFKA_SECRET",
  /** For a Kafka of the user's: certificates (PEM) of the CAs that sign the brokers' certificates. */
  kafkaRoots: "KAFKA_ROOTS",
  /** What each network may send to a broker in a second, in bytes; absent for no limit. */
  kafkaProduceQuota: "KAFKA_PRODUCE_QUOTA",
  /** What each network may fetch from a broker in a second, in bytes; absent for no limit. */
  kafkaFetchQuota: "KAFKA_FETCH_QUOTA",
} as const;
