/** Against real brokers: `KAFKA_LIBS` is the folder with the jars of Kafka 3.9 and ZooKeeper. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { RealKafka } from "../../../../fabric/src/testing/realKafka";
import { certificateRequest } from "../../../common/certificateRequest";
import { newPrivateKey, parsePrivateKey } from "../../../common/keys";
import { TestCa } from "../../../common/testing/testCa";
import { type KafkaAccess, KafkaAdmin } from "./kafkaAdmin";
import { plannedMoves } from "./spread";

const libs = process.env.KAFKA_LIBS;
const missing = RealKafka.missing(libs);

describe("replicas on real brokers", () => {
  if (missing !== undefined) {
    it("move", (ctx) => ctx.skip(missing));
    return;
  }
  const kafka = new RealKafka(libs!);
  let access: KafkaAccess;
  const asked = <T>(work: (admin: KafkaAdmin) => Promise<T>): Promise<T> => KafkaAdmin.during(access, work);

  beforeAll(async () => {
    const ca = await TestCa.make("kafka");
    const key = newPrivateKey();
    const request = await certificateRequest(parsePrivateKey(key)!, "kafka", ["localhost", "127.0.0.1"]);
    const certificate = await ca.sign(request, "client");
    await kafka.start({ key, certificate }, ca.pem);
    await kafka.addBroker(1);
    access = { bootstrap: kafka.address, tls: { ca: ca.pem, key, cert: certificate } };
  }, 120_000);
  afterAll(() => kafka.stop(), 60_000);

  /** Moves what is planned for some brokers, and returns how many replicas each has when all is done. */
  async function moved(staying: number[]): Promise<Record<number, number>> {
    await asked(async (admin) => {
      const { partitions } = await admin.state();
      const moves = plannedMoves(partitions, { staying, racks: new Map() });
      expect(moves.length).toBeGreaterThan(0);
      await (await admin.reassignment()).move(moves);
    });
    return vi.waitFor(
      () =>
        asked(async (admin) => {
          expect(await (await admin.reassignment()).moving()).toEqual([]);
          const { partitions } = await admin.state();
          const counts: Record<number, number> = {};
          for (const { replicas, inSync } of partitions) {
            expect(inSync).toHaveLength(replicas.length);
            for (const number of replicas) counts[number] = (counts[number] ?? 0) + 1;
          }
          return counts;
        }),
      { timeout: 30_000, interval: 200 },
    );
  }

  it("move onto a broker that is new, and off one that is to go", async () => {
    await asked(async (admin) => {
      for (const topic of ["one", "two", "three"]) await admin.make(topic, 2);
    });
    await kafka.addBroker(2);
    await vi.waitFor(async () => expect([...(await asked((admin) => admin.state())).brokers.keys()]).toHaveLength(3), {
      timeout: 30_000,
    });
    expect(await moved([0, 1, 2])).toEqual({ 0: 2, 1: 2, 2: 2 });
    expect(await moved([0, 1])).toEqual({ 0: 3, 1: 3 });
  }, 90_000);
});
