/** Against a real Fabric: `FABRIC_BIN` is the folder with its binaries; `../config` and `../builders` are beside it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { common } from "@hyperledger/fabric-protos";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  addOrganization,
  approve,
  blockHeaderHash,
  blockNumber,
  type ChaincodeDefinition,
  type ChannelDescription,
  ChannelParticipation,
  checkCommitReadiness,
  commit,
  computeUpdate,
  consentersOf,
  describeChannel,
  editedConfig,
  genesisBlock,
  install,
  type Member,
  Orderer,
  packageChaincode,
  Peer,
  queryApproved,
  queryCommitted,
  queryInstalled,
  removeOrganization,
  sequenceOf,
  setAcls,
  setAnchorPeers,
  setBatch,
  setConsenters,
  setOrdererEndpoints,
  updateChannel,
} from "./index";
import { volatile, withSortedMaps } from "./testing/canonicalBlock";
import { configtx, describeNetwork } from "./testing/configtx";
import { RealNetwork } from "./testing/realNetwork";

const bin = process.env.FABRIC_BIN;
const missing = RealNetwork.missing(bin);
const channel = "trades";
const minutes = 60_000;

describe("on a real Fabric", () => {
  if (missing !== undefined) {
    it("runs", (ctx) => ctx.skip(missing));
    return;
  }
  let network: RealNetwork;
  let description: ChannelDescription;
  let block: Buffer;
  let participations: ChannelParticipation[] = [];
  let orderers: Orderer[] = [];
  let peers: Peer[] = [];
  let members: Member[];
  const times: string[] = [];

  /** Runs something and notes how long it took. */
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await work();
    times.push(`${what}: ${Math.round(performance.now() - start)} ms`);
    return result;
  };
  const open = () => {
    participations = network.orderers.map((node) => new ChannelParticipation(network.participation(node)));
    orderers = network.orderers.map((node, i) => {
      // The last orderer asks for a client certificate, the others do not.
      const { clientTls, ...endpoint } = network.endpoint(node);
      return new Orderer(i === 2 ? { ...endpoint, clientTls } : endpoint, network.admin("orderer"));
    });
    peers = network.peers.map((node) => new Peer(network.endpoint(node), network.admin(node.organization)));
    members = ["org1", "org2"].map((organization) => ({
      organization,
      signer: network.admin(organization),
      peers: peers.filter(({ endpoint }) => endpoint.organization === organization),
    }));
  };
  const close = () => [...participations, ...orderers, ...peers].forEach((node) => node.close());

  beforeAll(async () => {
    network = new RealNetwork(bin!);
    await network.start(3, { org1: 2, org2: 1, org3: 0 });
    open();
    description = describeNetwork(network);
  }, 2 * minutes);
  afterAll(async () => {
    close();
    await network.stop();
    if (process.env.FABRIC_TIMES !== undefined) console.log(times.join("\n"));
  }, 2 * minutes);
  it("makes the genesis block that configtxgen makes, byte for byte but for the order of maps", async () => {
    writeFileSync(join(network.folder, "configtx.yaml"), JSON.stringify(configtx(network, description)));
    const file = join(network.folder, "real.block");
    const args = ["-profile", "Trades", "-channelID", channel, "-outputBlock", file, "-configPath", network.folder];
    await network.tool("configtxgen", args, { FABRIC_CFG_PATH: network.folder });
    const real = readFileSync(file);
    expect(genesisBlock(channel, description, volatile(real)).toString("hex")).toBe(
      withSortedMaps(real).toString("hex"),
    );
  });

  it("joins orderers, once", async () => {
    block = genesisBlock(channel, description);
    await timed("join 3 orderers, until active", async () => {
      for (const participation of participations) {
        expect(await participation.list()).toEqual({ channels: [] });
        expect(await participation.info(channel)).toBeUndefined();
        expect(await participation.join(block)).toMatchObject({ name: channel, consensusRelation: "consenter" });
        expect(await participation.waitUntilActive(channel)).toMatchObject({ status: "active", height: 1 });
      }
    });
    expect(await participations[0]!.join(block)).toMatchObject({ status: "active" });
    expect(await participations[0]!.list()).toEqual({ channels: [channel] });
  });

  it("agrees with osnadmin on it", async () => {
    const tls = (file: string) => network.adminTls("orderer", file);
    const answer = await network.tool("osnadmin", [
      ...["channel", "list", "--channelID", channel, "-o", `127.0.0.1:${network.orderers[1]!.adminPort}`],
      ...["--ca-file", tls("ca.crt"), "--client-cert", tls("client.crt"), "--client-key", tls("client.key")],
    ]);
    expect(answer).toContain("Status: 200");
    expect(JSON.parse(answer.slice(answer.indexOf("{")))).toMatchObject((await participations[1]!.info(channel))!);
  });

  it("is refused by the participation API with a certificate of another CA", async () => {
    const [node] = network.orderers;
    const tls = (file: string) => readFileSync(network.adminTls("org1", file), "utf8");
    const stranger = new ChannelParticipation({
      ...network.participation(node!),
      clientCertificate: tls("client.crt"),
      clientKey: tls("client.key"),
    });
    await expect(stranger.list()).rejects.toMatchObject({ code: "ACCESS_DENIED", node: "orderer0-orderer" });
    stranger.close();
  });

  it("joins peers with block 0 from an orderer, once", async () => {
    await timed(`join ${peers.length} peers`, async () => {
      const genesis = await orderers[0]!.genesisBlock(channel);
      expect(Buffer.from(genesis).equals(block)).toBe(true);
      for (const peer of peers) expect(await peer.join(genesis)).toBe(true);
    });
    for (const peer of peers) {
      expect(await peer.join(block)).toBe(false);
      expect(await peer.channels()).toEqual([channel]);
      const info = await peer.ledgerInfo(channel);
      const header = (await peer.block(channel, 0)).getHeader()!;
      expect(info).toMatchObject({ height: 1, currentBlockHash: Buffer.from(blockHeaderHash(header)).toString("hex") });
      expect(blockNumber(await peer.blockByHash(channel, info.currentBlockHash))).toBe(0);
    }
    expect(await network.peerCli(network.peers[0]!, ["channel", "list"])).toContain(channel);
  });

  it("reads the configuration back as it was described", async () => {
    const fromOrderer = describeChannel((await orderers[1]!.config(channel)).config);
    const fromPeer = describeChannel((await peers[0]!.config(channel)).config);
    expect(fromOrderer).toEqual(fromPeer);
    const rebuilt = genesisBlock(channel, fromOrderer, volatile(block));
    expect(rebuilt.equals(block)).toBe(true);
  });

  it("says what is wrong: unknown channel, no such block, not an administrator, nobody there", async () => {
    await expect(orderers[0]!.block("nowhere", 0)).rejects.toMatchObject({ code: "NOT_FOUND", channel: "nowhere" });
    await expect(orderers[0]!.block(channel, 99)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(peers[0]!.blockByHash(channel, "00".repeat(32))).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(peers[0]!.blockOfTransaction(channel, "00")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(peers[0]!.block(channel, 99)).rejects.toMatchObject({ code: "NOT_FOUND", node: "peer0-org1" });
    const stranger = new Peer(network.endpoint(network.peers[0]!), network.admin("org2"));
    await expect(stranger.channels()).rejects.toMatchObject({ code: "ACCESS_DENIED", node: "peer0-org1" });
    stranger.close();
    const nobody = new Peer({ ...peers[0]!.endpoint, address: "127.0.0.1:1" }, peers[0]!.signer);
    await expect(nobody.channels()).rejects.toMatchObject({ code: "UNAVAILABLE", retryable: true });
    nobody.close();
    const distrusted = new Peer(
      { ...peers[0]!.endpoint, tlsRootCertificates: network.msp("org2").tlsRootCertificates[0]! },
      peers[0]!.signer,
    );
    await expect(distrusted.channels()).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      hint: expect.stringContaining("TLS root"),
    });
    distrusted.close();
    const anonymous = new Peer({ ...peers[0]!.endpoint, clientTls: undefined }, peers[0]!.signer);
    await expect(anonymous.channels()).rejects.toMatchObject({ node: "peer0-org1" });
    anonymous.close();
  });

  describe("chaincode", () => {
    const definition: ChaincodeDefinition = {
      name: "asset",
      version: "1.0",
      endorsementPolicy: "OutOf(1, 'Org1MSP.peer', 'Org2MSP.peer')",
    };
    const chaincode = packageChaincode("asset_1.0", { address: "asset-{{.organization}}:7052", dialTimeout: "10s" });

    it("is installed, once", async () => {
      await timed(`install on ${peers.length} peers`, async () => {
        expect(await Promise.all(peers.map((peer) => install(peer, chaincode)))).toEqual([true, true, true]);
      });
      expect(await install(peers[0]!, chaincode)).toBe(false);
      expect(await queryInstalled(peers[0]!)).toEqual([
        { packageId: chaincode.id, label: "asset_1.0", references: {} },
      ]);
    });

    it("is not installed if the peer's builder cannot fill in its template", async () => {
      const other = packageChaincode("other", { address: "{{.nothing}}:7052", dialTimeout: "10s" });
      await expect(install(peers[0]!, other)).rejects.toMatchObject({ code: "REJECTED", node: "peer0-org1" });
    });

    it("is not committed before those who endorse it approve it", async () => {
      expect(await queryCommitted(peers[0]!, channel, "asset")).toBeUndefined();
      expect(await queryApproved(peers[0]!, channel, "asset", 1)).toBeUndefined();
      await timed("approve for the first organization", () =>
        approve(members[0]!, orderers, channel, definition, 1, chaincode.id),
      );
      expect(await checkCommitReadiness(peers[0]!, channel, definition, 1)).toMatchObject({
        approvals: { Org1MSP: true, Org2MSP: false },
      });
      await expect(commit(members, orderers, channel, definition, 1)).rejects.toMatchObject({
        code: "NOT_APPROVED",
        reason: "not approved by org2",
      });
    });

    it("is approved once for each organization, and committed once", async () => {
      await timed("approve for the second organization", () =>
        approve(members[1]!, orderers, channel, definition, 1, chaincode.id),
      );
      const again = members.map((member) => approve(member, orderers, channel, definition, 1, chaincode.id));
      expect(await Promise.all(again)).toEqual([undefined, undefined]);
      const committed = await timed("commit", () => commit(members, orderers, channel, definition, 1));
      const block = await peers[1]!.blockOfTransaction(channel, committed!.transactionId);
      expect(blockNumber(block)).toBe(committed!.blockNumber);
      expect(await commit(members, orderers, channel, definition, 1)).toBeUndefined();
    });

    it("is defined as the peer command sees it", async () => {
      for (const peer of peers) {
        const found = await queryCommitted(peer, channel, "asset");
        expect(found).toMatchObject({ ...definition, sequence: 1, approvals: { Org1MSP: true, Org2MSP: true } });
        expect(sequenceOf(definition, found)).toBe(1);
      }
      const args = ["lifecycle", "chaincode", "querycommitted", "-C", channel, "-n", "asset", "--output", "json"];
      expect(JSON.parse(await network.peerCli(network.peers[2]!, args))).toMatchObject({
        sequence: 1,
        version: "1.0",
        endorsement_plugin: "escc",
        validation_plugin: "vscc",
        approvals: { Org1MSP: true, Org2MSP: true },
      });
    });

    it("is invalid if too few organizations endorse it, which the error says", async () => {
      const wanted = { name: "lonely", version: "1" };
      await approve(members[0]!, orderers, channel, wanted, 1, undefined);
      await expect(commit(members.slice(0, 1), orderers, channel, wanted, 1)).rejects.toMatchObject({
        code: "INVALID_TRANSACTION",
        validationCode: "ENDORSEMENT_POLICY_FAILURE",
        hint: "It needs endorsements of more organizations.",
        step: "committing chaincode lonely",
        channel,
      });
    });

    it("agrees with the peer command on a definition with collections", async () => {
      const args = ["lifecycle", "chaincode", "checkcommitreadiness", "-C", channel, "-n", "private", "-v", "1"];
      const collections = [
        { name: "secrets", policy: "OutOf(1, 'Org1MSP.member')", requiredPeerCount: 0, maxPeerCount: 3 },
      ];
      const wanted = { name: "private", version: "1", collections, initRequired: true };
      await approve(members[0]!, orderers, channel, wanted, 1, undefined);
      const file = join(network.folder, "collections.json");
      const config = { ...collections[0], blockToLive: 0, memberOnlyRead: true, memberOnlyWrite: true };
      writeFileSync(file, JSON.stringify([config]));
      const more = ["--sequence", "1", "--init-required", "--collections-config", file, "--output", "json"];
      expect(JSON.parse(await network.peerCli(network.peers[0]!, [...args, ...more]))).toMatchObject({
        approvals: { Org1MSP: true, Org2MSP: false },
      });
      expect(await queryApproved(peers[0]!, channel, "private", 1)).toMatchObject({
        version: "1",
        initRequired: true,
        collections: [config],
        endorsementPolicy: "/Channel/Application/Endorsement",
      });
    });

    it("is upgraded with the next sequence, and endorsed by whichever peers are up", async () => {
      const next = { ...definition, version: "2.0", endorsementPolicy: "/Channel/Application/Endorsement" };
      const sequence = sequenceOf(next, await queryCommitted(peers[0]!, channel, "asset"));
      expect(sequence).toBe(2);
      const down = new Peer({ ...peers[0]!.endpoint, name: "gone", address: "127.0.0.1:1" }, peers[0]!.signer);
      const halfDown = [{ ...members[0]!, peers: [down, ...members[0]!.peers] }, members[1]!];
      const gone = new Orderer({ ...orderers[0]!.endpoint, address: "127.0.0.1:1" }, orderers[0]!.signer);
      await timed("upgrade: approve twice and commit", async () => {
        for (const member of halfDown)
          await approve(member, [gone, ...orderers], channel, next, sequence, chaincode.id);
        await commit(halfDown, [gone, ...orderers], channel, next, sequence);
      });
      expect(await queryCommitted(peers[2]!, channel, "asset")).toMatchObject({ ...next, sequence: 2 });
      await expect(commit(members, orderers, channel, definition, 2)).rejects.toMatchObject({ code: "CONFLICT" });
      down.close();
      gone.close();
    });
  });

  describe("the configuration", () => {
    const anchors = () => [{ host: "127.0.0.1", port: network.peers[0]!.port }];

    it("is updated as configtxlator would", async () => {
      const { config } = await orderers[0]!.config(channel);
      const edits = [
        addOrganization({ name: "org3", msp: network.msp("org3") }),
        setAnchorPeers("org1", anchors()),
        setBatch({ timeout: "1s" }),
        setAcls({ "peer/Propose": "/Channel/Application/Writers" }),
      ];
      const wanted = editedConfig(config, ...edits);
      const [original, updated, output] = ["original", "updated", "delta"].map((name) => join(network.folder, name));
      writeFileSync(original!, config.serializeBinary());
      writeFileSync(updated!, wanted.serializeBinary());
      await network.tool("configtxlator", [
        ...["compute_update", "--channel_id", channel, "--original", original!],
        ...["--updated", updated!, "--output", output!],
      ]);
      const theirs = common.ConfigUpdate.deserializeBinary(readFileSync(output!)).serializeBinary();
      const ours = computeUpdate(channel, config, wanted)!.serializeBinary();
      expect(Buffer.from(ours).toString("hex")).toBe(Buffer.from(theirs).toString("hex"));
    });

    it("takes anchor peers from their own organization, once", async () => {
      const edits = [setAnchorPeers("org1", anchors())];
      const applied = await timed("update: anchor peers", () =>
        updateChannel(orderers, channel, edits, [network.admin("org1")]),
      );
      expect(applied).toMatchObject({ sequence: 1 });
      expect(await updateChannel(orderers, channel, edits, [network.admin("org1")])).toBeUndefined();
      const { application } = describeChannel((await orderers[0]!.config(channel)).config);
      expect(application.organizations[0]!.anchorPeers).toEqual(anchors());
    });

    it("takes another member only with the signatures of a majority", async () => {
      const edits = [addOrganization({ name: "org3", msp: network.msp("org3") })];
      const [org1, org2] = ["org1", "org2"].map((name) => network.admin(name));
      await expect(updateChannel(orderers, channel, edits, [org1!])).rejects.toMatchObject({
        code: "ACCESS_DENIED",
        hint: expect.stringContaining("signatures of more organizations"),
      });
      const applied = await timed("update: add an organization", () =>
        updateChannel(orderers, channel, edits, [org1!, org2!]),
      );
      expect(applied).toMatchObject({ sequence: 2 });
      const remove = await updateChannel(orderers, channel, [removeOrganization("org3")], [org1!, org2!]);
      expect(remove).toMatchObject({ sequence: 3 });
    });

    it("takes batch settings and consenters from the orderers' administrator", async () => {
      const signers = [network.admin("orderer")];
      const consenters = consentersOf(description.orderer);
      await updateChannel(orderers, channel, [setBatch({ maxMessages: 10 })], signers);
      await updateChannel(orderers, channel, [setConsenters(consenters.slice(0, 2))], signers);
      await timed("update: add a consenter", () =>
        updateChannel(orderers, channel, [setConsenters(consenters)], signers),
      );
      const read = describeChannel((await orderers[0]!.config(channel)).config).orderer;
      expect(read.batch).toMatchObject({ maxMessages: 10, timeout: "200ms" });
      expect(consentersOf(read)).toHaveLength(3);
    });
  });

  it("keeps two configuration updates that meet", async () => {
    const signers = [network.admin("orderer")];
    const { endpoints } = description.orderer.organizations[0]!;
    await Promise.all([
      updateChannel(orderers, channel, [setBatch({ maxMessages: 20 })], signers),
      updateChannel(orderers, channel, [setOrdererEndpoints("orderer", endpoints.slice(1))], signers),
    ]);
    const read = describeChannel((await orderers[0]!.config(channel)).config).orderer;
    expect(read.batch.maxMessages).toBe(20);
    expect(read.organizations[0]!.endpoints).toEqual(endpoints.slice(1));
  });

  it("ends with the same ledger on all peers and orderers", async () => {
    const ends = async () => {
      const newest = await Promise.all(orderers.map((orderer) => orderer.block(channel, "newest")));
      const hashes = newest.map((block) => Buffer.from(blockHeaderHash(block.getHeader()!)).toString("hex"));
      const infos = await Promise.all(peers.map((peer) => peer.ledgerInfo(channel)));
      return new Set([...hashes, ...infos.map(({ currentBlockHash }) => currentBlockHash)]);
    };
    await expect.poll(ends, { timeout: 20_000 }).toHaveProperty("size", 1);
    const [hash] = await ends();
    const info = await network.peerCli(network.peers[0]!, ["channel", "getinfo", "-c", channel]);
    const { currentBlockHash } = JSON.parse(info.slice(info.indexOf("{")));
    expect(Buffer.from(currentBlockHash, "base64").toString("hex")).toBe(hash);
  });

  it("takes transactions while an orderer is down, and its leader changes", async () => {
    await network.stopNode(network.orderers[0]!);
    const wanted = { name: "later", version: "1" };
    await timed("approve with one orderer of three stopped", () =>
      approve(members[0]!, orderers, channel, wanted, 1, undefined),
    );
  });

  it("leaves a channel, once", async () => {
    expect(await participations[2]!.remove(channel)).toBe(true);
    expect(await participations[2]!.remove(channel)).toBe(false);
    expect(await participations[2]!.list()).toEqual({ channels: [] });
  });
});
