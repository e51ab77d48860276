/**
 * Against a real Fabric that orders on a real Kafka: `FABRIC_BIN` is the folder with Fabric's binaries, `KAFKA_LIBS` the one
 * with the jars of Kafka 3.9 and ZooKeeper.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  addOrganization,
  addToConsortium,
  approve,
  blockHeaderHash,
  type ChannelCreation,
  ChannelParticipation,
  commit,
  createChannel,
  describeChannel,
  describeSystemChannel,
  type Member,
  Orderer,
  Peer,
  queryCommitted,
  setBatch,
  setOrdererEndpoints,
  type SystemChannelDescription,
  systemChannelGenesisBlock,
  updateChannel,
} from "./index";
import { RealKafka } from "./testing/realKafka";
import { RealNetwork } from "./testing/realNetwork";

const bin = process.env.FABRIC_BIN;
const libs = process.env.KAFKA_LIBS;
const missing = RealNetwork.missing(bin) ?? RealKafka.missing(libs);
const system = "net-system";
const channel = "trades";
const minutes = 60_000;

describe("on a real Fabric with Kafka", () => {
  if (missing !== undefined) {
    it("runs", (ctx) => ctx.skip(missing));
    return;
  }
  const network = new RealNetwork(bin!);
  const kafka = new RealKafka(libs!);
  let genesis: Buffer;
  let orderers: Orderer[] = [];
  let peers: Peer[] = [];
  let participations: ChannelParticipation[] = [];
  let members: Member[];
  const creation: ChannelCreation = { consortium: "Network", organizations: ["org1", "org2"] };
  const ordererAdmin = () => network.admin("orderer");

  beforeAll(async () => {
    await network.start(2, { org1: 1, org2: 1, org3: 0 }, bringUpKafka);
    orderers = network.orderers.map((node) => new Orderer(network.endpoint(node), ordererAdmin()));
    peers = network.peers.map((node) => new Peer(network.endpoint(node), network.admin(node.organization)));
    participations = network.orderers.map((node) => new ChannelParticipation(network.participation(node)));
    members = ["org1", "org2"].map((organization) => ({
      organization,
      signer: network.admin(organization),
      peers: peers.filter(({ endpoint }) => endpoint.organization === organization),
    }));
  }, 3 * minutes);
  afterAll(async () => {
    for (const node of [...participations, ...orderers, ...peers]) node.close();
    await network.stop();
    await kafka.stop();
  }, 2 * minutes);

  async function bringUpKafka(): Promise<Record<string, string>> {
    const tls = (file: string) => network.crypto("orderer", "orderers", "orderer0.orderer", "tls", file);
    const read = (file: string) => readFileSync(tls(file), "utf8");
    await kafka.start({ certificate: read("server.crt"), key: read("server.key") }, read("ca.crt"));
    genesis = systemChannelGenesisBlock(system, description());
    const file = join(network.folder, "system.block");
    writeFileSync(file, genesis);
    return {
      ORDERER_GENERAL_BOOTSTRAPMETHOD: "file",
      ORDERER_GENERAL_BOOTSTRAPFILE: file,
      ORDERER_KAFKA_TOPIC_REPLICATIONFACTOR: "1",
      ORDERER_KAFKA_RETRY_SHORTINTERVAL: "1s",
      ORDERER_KAFKA_TLS_ENABLED: "true",
      ORDERER_KAFKA_TLS_CERTIFICATE_FILE: tls("server.crt"),
      ORDERER_KAFKA_TLS_PRIVATEKEY_FILE: tls("server.key"),
      ORDERER_KAFKA_TLS_ROOTCAS_FILE: tls("ca.crt"),
    };
  }

  const endpoints = () => network.orderers.map(({ port }) => `127.0.0.1:${port}`);

  function description(): SystemChannelDescription {
    const organization = (name: string) => ({ name, msp: network.msp(name) });
    return {
      orderer: {
        consensus: { type: "kafka", brokers: [kafka.address] },
        batch: {
          timeout: "200ms",
          maxMessages: 500,
          absoluteMaxBytes: 10 * 1024 ** 2,
          preferredMaxBytes: 2 * 1024 ** 2,
        },
        organizations: [{ ...organization("orderer"), endpoints: endpoints() }],
      },
      consortiums: [{ name: "Network", organizations: ["org1", "org2"].map(organization) }],
    };
  }

  it("orderers start with the genesis block of the system channel, and have a topic of its name", async () => {
    for (const orderer of orderers) {
      await expect.poll(() => orderer.genesisBlock(system), { timeout: 30_000 }).toEqual(new Uint8Array(genesis));
    }
    await expect.poll(() => kafka.topics(), { timeout: 30_000 }).toContain(system);
    const read = describeSystemChannel((await orderers[1]!.config(system)).config);
    expect(systemChannelGenesisBlock(system, read)).toHaveLength(genesis.length);
  });

  it("no channel is made without the signature of a member, nor with a member that the consortium lacks", async () => {
    await expect(createChannel(orderers, channel, creation, [network.admin("org3")])).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      channel,
    });
    const strange = { ...creation, organizations: ["org1", "org3"] };
    await expect(createChannel(orderers, channel, strange, [network.admin("org1")])).rejects.toMatchObject({
      code: "REJECTED",
      message: expect.stringContaining("org3"),
    });
    const elsewhere = { ...creation, consortium: "Other" };
    await expect(createChannel(orderers, channel, elsewhere, [network.admin("org1")])).rejects.toMatchObject({
      code: "REJECTED",
      message: expect.stringContaining("Other"),
    });
  });

  it("a member's administrator creates a channel, once; peers join with its block 0", async () => {
    const block = await createChannel(orderers, channel, creation, [network.admin("org1")]);
    for (const orderer of orderers) {
      await expect.poll(() => orderer.genesisBlock(channel), { timeout: 30_000 }).toEqual(block);
    }
    await expect.poll(() => kafka.topics(), { timeout: 30_000 }).toContain(channel);
    expect(await createChannel(orderers, channel, creation, [network.admin("org2")])).toEqual(block);
    for (const peer of peers) expect(await peer.join(block)).toBe(true);
    const read = describeChannel((await peers[0]!.config(channel)).config);
    expect(read.orderer.consensus).toEqual({ type: "kafka", brokers: [kafka.address] });
    expect(read.application).toMatchObject({
      capabilities: ["V2_5"],
      organizations: [{ name: "org1" }, { name: "org2" }],
    });
  });

  it("orderers tell of their channels through the participation API, but join none there", async () => {
    for (const participation of participations) {
      expect(await participation.info(channel)).toMatchObject({
        name: channel,
        status: "active",
        consensusRelation: "other",
        height: 1,
      });
      expect(await participation.info("nowhere")).toBeUndefined();
    }
    await expect(participations[0]!.join(systemChannelGenesisBlock("other", description()))).rejects.toMatchObject({
      code: "REJECTED",
    });
  });

  it("the orderers' administrator changes when blocks are cut, and where orderers are", async () => {
    const edits = [
      setBatch({ timeout: "1s", maxMessages: 7 }),
      setOrdererEndpoints("orderer", endpoints().slice(0, 1)),
    ];
    expect(await updateChannel(orderers, channel, edits, [ordererAdmin()])).toMatchObject({ sequence: 2 });
    expect(await updateChannel(orderers, channel, edits, [ordererAdmin()])).toBeUndefined();
    // An orderer may be a moment behind the other.
    const read = async () => describeChannel((await orderers[1]!.config(channel)).config).orderer;
    await expect.poll(read, { timeout: 30_000 }).toMatchObject({
      batch: { timeout: "1s", maxMessages: 7 },
      organizations: [{ endpoints: [endpoints()[0]] }],
    });
  });

  it("members agree on a chaincode by transactions", async () => {
    const definition = { name: "asset", version: "1.0" };
    for (const member of members) await approve(member, orderers, channel, definition, 1, undefined);
    await commit(members, orderers, channel, definition, 1);
    expect(await queryCommitted(peers[1]!, channel, "asset")).toMatchObject({ ...definition, sequence: 1 });
  });

  it("an organization joins the consortium, then a channel that is there, and one that is made afterwards", async () => {
    const third = { name: "org3", msp: network.msp("org3") };
    const edits = [addToConsortium("Network", third)];
    await expect(updateChannel(orderers, system, edits, [network.admin("org1")])).rejects.toMatchObject({
      code: "ACCESS_DENIED",
    });
    expect(await updateChannel(orderers, system, edits, [ordererAdmin()])).toMatchObject({ sequence: 1 });
    expect(await updateChannel(orderers, system, edits, [ordererAdmin()])).toBeUndefined();
    const names = async () => {
      const { consortiums } = describeSystemChannel((await orderers[1]!.config(system)).config);
      return consortiums[0]!.organizations.map(({ name }) => name);
    };
    await expect.poll(names, { timeout: 30_000 }).toEqual(["org1", "org2", "org3"]);

    await updateChannel(orderers, channel, [addOrganization(third)], [network.admin("org1"), network.admin("org2")]);
    const wider = { ...creation, organizations: ["org1", "org3"] };
    const block = await createChannel(orderers, "wider", wider, [network.admin("org3")]);
    expect(await peers[0]!.join(block)).toBe(true);
  });

  it("one orderer orders while the other is down, and the other has all blocks when it is back", async () => {
    await network.stopNode(network.orderers[1]!);
    await approve(members[0]!, orderers, channel, { name: "later", version: "1" }, 1, undefined);
    await network.restartOrderer(network.orderers[1]!);
    const newest = async (orderer: Orderer) => blockHeaderHash((await orderer.block(channel, "newest")).getHeader()!);
    await expect.poll(() => newest(orderers[1]!), { timeout: 60_000 }).toEqual(await newest(orderers[0]!));
  });

  it("transactions wait for the broker, and go on when it is back", async () => {
    await kafka.stopBroker();
    const one = approve(members[1]!, orderers, channel, { name: "later", version: "1" }, 1, undefined);
    const first = await Promise.race([
      one.then(() => "ordered"),
      new Promise((done) => setTimeout(done, 3000, "waits")),
    ]);
    expect(first).toBe("waits");
    await kafka.startBroker();
    await one;
    await commit(members, orderers, channel, { name: "later", version: "1" }, 1);
  });
});
