import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { versions } from "../model/files/versions";
import { differenceFrom, isKafkaSubstitute, kafkaVersion } from "./kafkaImage";
import { hasSubstitute } from "./substitutes";

describe("the local image of Kafka", () => {
  it("is of the version that the product runs", () => {
    expect(versions.images.kafka).toBe(`apache/kafka:${kafkaVersion()}`);
    const jars = readFileSync(join(__dirname, "kafka/jars.sha256"), "utf8");
    expect(jars).toContain(`  kafka_2.13-${kafkaVersion()}.jar\n`);
  });

  it("stands in for images of its own release line", () => {
    expect(hasSubstitute(`apache/kafka:${kafkaVersion()}`)).toBe(true);
    expect(isKafkaSubstitute("docker.io/apache/kafka", "3.9.1")).toBe(true);
    expect(isKafkaSubstitute("docker.io/apache/kafka", "3.9")).toBe(true);
  });

  it("stands in for no other image", () => {
    expect(isKafkaSubstitute("docker.io/apache/kafka", "4.0.0")).toBe(false);
    expect(isKafkaSubstitute("docker.io/apache/kafka", "3.90.0")).toBe(false);
    expect(isKafkaSubstitute("docker.io/apache/kafka-native", "3.9.2")).toBe(false);
    expect(hasSubstitute("example.com/apache/kafka:3.9.2")).toBe(false);
    expect(hasSubstitute(`apache/kafka:3.9.2@sha256:${"0".repeat(64)}`)).toBe(false);
  });
});

describe("fetched jars", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "baas-jars-"));
    writeFileSync(join(folder, "a.jar"), "a");
    writeFileSync(join(folder, "b.jar"), "b");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const a = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
  const b = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";

  it("are those of the list", () => {
    expect(differenceFrom(`${a}  a.jar\n${b}  b.jar\n`, folder)).toBeUndefined();
  });

  it("are refused when one has another content", () => {
    expect(differenceFrom(`${a}  a.jar\n${a}  b.jar\n`, folder)).toBe(`b.jar has the checksum ${b}, not ${a}`);
  });

  it("are refused when one is missing or one more is there", () => {
    expect(differenceFrom(`${a}  a.jar\n${b}  b.jar\n${b}  c.jar\n`, folder)).toBe("c.jar is missing");
    expect(differenceFrom(`${a}  a.jar\n`, folder)).toBe("b.jar is not in the list");
  });
});
