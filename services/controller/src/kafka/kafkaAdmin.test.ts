import { describe, expect, it } from "vitest";

import { kafkaFailure } from "./kafkaAdmin";

const bootstrap = "kafka.example.com:9093";

/** An error as the library gives it: that of Kafka is in one of the attempts. */
const refused = (apiId: string): Error =>
  Object.assign(new Error("Operation failed."), {
    errors: [Object.assign(new Error("in between"), { cause: { apiId } })],
  });

describe("a refusal of Kafka", () => {
  it.each([
    [
      "SECURITY_DISABLED",
      "KafkaWithoutAcls",
      `Kafka at ${bootstrap} keeps no ACLs, so nothing would keep networks apart: set authorizer.class.name on its brokers ` +
        "(SECURITY_DISABLED).",
    ],
    [
      "CLUSTER_AUTHORIZATION_FAILED",
      "KafkaForbids",
      `Kafka at ${bootstrap} does not let the controller make topics, ACLs and quotas: make its user one of super.users, or allow it ` +
        "ALL on the cluster (CLUSTER_AUTHORIZATION_FAILED).",
    ],
    [
      "SASL_AUTHENTICATION_FAILED",
      "KafkaLoginRefused",
      `Kafka at ${bootstrap} does not take the controller's user and password: correct the Secret that externalKafka.secret names ` +
        "(SASL_AUTHENTICATION_FAILED).",
    ],
    [
      "INVALID_TOPIC_EXCEPTION",
      "KafkaRefused",
      `Kafka at ${bootstrap} refuses: INVALID_TOPIC_EXCEPTION. The controller tries again.`,
    ],
  ])("is told with what to change: %s", (apiId, reason, message) => {
    expect(kafkaFailure(refused(apiId), bootstrap).result).toEqual({ ready: false, reason, message, retry: true });
  });

  it("that ends by itself is waited for, and so is a broker that does not answer", () => {
    expect(kafkaFailure(refused("INVALID_REPLICATION_FACTOR"), bootstrap).result).toEqual({
      ...{ ready: false, reason: "KafkaNotReady", retry: true, soon: true },
      message: `Kafka at ${bootstrap} refuses: INVALID_REPLICATION_FACTOR. The controller tries again.`,
    });
    expect(kafkaFailure(new Error("failed", { cause: new Error("connect ECONNREFUSED") }), bootstrap).result).toEqual({
      ...{ ready: false, reason: "KafkaUnavailable", retry: true, soon: true },
      message: `Kafka at ${bootstrap} does not answer: connect ECONNREFUSED. The controller tries again.`,
    });
  });
});
