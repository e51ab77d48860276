/**
 * For tests: a network of orderers and peers that speak Fabric's real interfaces over TLS (channel participation, broadcast,
 * deliver, endorser, filtered events) and keep channels, configurations and chaincode definitions as Fabric does. Raft,
 * policies and signatures are left out.
 */
import { X509Certificate } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

import * as grpc from "@grpc/grpc-js";
import { common, msp, orderer, peer } from "@hyperledger/fabric-protos";

import { packageId } from "../chaincodePackage";
import { consentersOf, describeChannel, describeSystemChannel } from "../config/describe";
import type { ChannelDescription } from "../config/description";
import type { ConfigEdit } from "../config/edits";
import { keys } from "../config/group";
import { editedConfig } from "../config/update";
import { type ChaincodeDefinition, fill } from "../lifecycle/definition";
import { blockHeaderHash, newBlock, parseConfigBlock, readConfigBlock } from "../wire/block";
import { channelHeader, openEnvelope, payload } from "../wire/envelope";
import { applyUpdate } from "./applyUpdate";
import type { KeyPair } from "./testCertificates";

const { lifecycle } = peer;

/** A node's TLS certificate and key, and the root of its organization. */
export interface NodeTls extends KeyPair {
  root: string;
}

/** A definition as the lifecycle's messages carry it. */
interface Definition {
  getSequence(): number;
  getVersion(): string;
  getValidationParameter_asU8(): Uint8Array;
  getInitRequired(): boolean;
  getCollections(): peer.CollectionConfigPackage | undefined;
}

interface Channel {
  blocks: common.Block[];
  configNumber: number;
  /** Approvals by name, sequence and MSP ID. */
  approved: Map<string, { definition: Definition; packageId: string | undefined }>;
  committed: Map<string, Definition>;
}

/** Looks at a call such as `orderer0 join main`, before its effect and after it. */
export type OnCall = (call: string, moment: "before" | "after") => "drop" | void;

type Services = [object, grpc.UntypedServiceImplementation][];

type Answer = { status: number; message?: string; payload?: Uint8Array };
const ok = (bytes: Uint8Array = new Uint8Array()): Answer => ({ status: 200, payload: bytes });
const refused = (message: string, status = 500): Answer => ({ status, message });

const withoutPrivateData =
  "could not query metadata: GET_STATE failed: private data matching public hash version is not available. " +
  "Public hash version = {BlockNum: 5, TxNum: 0}, Private data version = <nil>";

/** What a peer has on its volume. */
interface PeerState {
  name: string;
  joined: Set<string>;
  installed: Map<string, string>;
  /** Approvals that were there before it lost its volume, as in {@link Channel.approved}. */
  lost: Set<string>;
  /** Whether it has not got the channel's blocks yet. */
  isBehind?: boolean;
}

/** Orderers and peers that share one ordering service. */
export class NetworkDouble {
  /** What was asked for, such as `orderer0 join main` or `peer0-org1 InstallChaincode`. */
  readonly calls: string[] = [];
  /** A call for which this says so is answered as by a node that is not there. */
  isAway: (call: string) => boolean = () => false;
  /** Sees a call before it has its effect and again before it is answered; what it says "drop" of goes no further. */
  onCall: OnCall = () => {};
  /** Why orderers refuse a configuration that an update leads to; nothing if they take it. */
  refusal: (channel: ChannelDescription) => string | undefined = () => undefined;
  /** The orderer that leads a channel; by default the first that has joined it. */
  leaderOf: (channel: string) => string | undefined = (channel) =>
    [...this.orderers].find(([, joined]) => joined.has(channel))?.[0];
  /** From how many consenters the leader of a channel hears; by default from all that have joined it. */
  heardBy: (channel: string) => number = (channel) =>
    [...this.orderers.values()].filter((joined) => joined.has(channel)).length;
  /** How many blocks fewer than the others a node has. */
  readonly behind = new Map<string, number>();
  /** What each peer has joined and installed. */
  readonly peers = new Map<string, PeerState>();
  /** Whether nodes have ever joined one channel with different blocks 0. */
  forked = false;
  private readonly orderers = new Map<string, Set<string>>();
  private readonly rekeyings = new Map<string, (tls: NodeTls) => Promise<void>>();
  private readonly channels = new Map<string, Channel>();
  /** The system channel, of orderers on Kafka. */
  private system?: string;
  private readonly effects = new Map<string, (channel: Channel) => void>();
  private readonly listeners = new Set<(channel: string, block: common.Block, transactionId: string) => void>();
  private readonly closers: (() => void)[] = [];

  /** A running orderer. */
  async orderer(
    name: string,
    tls: NodeTls,
  ): Promise<{ address: string; adminAddress: string; operationsAddress: string; joined: Set<string> }> {
    // On Kafka, an orderer has all channels.
    const joined = new Set<string>(this.system === undefined ? [] : this.channels.keys());
    this.orderers.set(name, joined);
    const services: Services = [[orderer.AtomicBroadcastService, this.ordererService(name, joined)]];
    const address = await this.serve(tls, services);
    const mutual = { key: tls.key, cert: tls.certificate, ca: tls.root, requestCert: true, rejectUnauthorized: true };
    const server = createServer(mutual, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const channel = (request.url ?? "").replace(/^\/participation\/v1\/channels\/?/, "");
        const answer = this.participate(name, tls, joined, request.method!, channel, Buffer.concat(chunks));
        if (answer === "drop") return response.destroy();
        response.writeHead(answer.status, { "Content-Type": "application/json" }).end(JSON.stringify(answer.body));
      });
    });
    const operations = createServer(mutual, (_request, response) => {
      const fate = this.note(`${name} metrics`);
      if (fate === "drop") return response.destroy();
      response.writeHead(fate === "away" ? 503 : 200).end(this.metrics(name, joined));
    });
    const [adminAddress, operationsAddress] = [await this.listen(server), await this.listen(operations)];
    let closeLast = this.closers.at(-3)!;
    this.rekeyings.set(name, async (next) => {
      Object.assign(tls, next);
      for (const one of [server, operations]) one.setSecureContext({ ...mutual, key: tls.key, cert: tls.certificate });
      closeLast();
      await this.serve(tls, services, address.split(":")[1]);
      closeLast = this.closers.at(-1)!;
    });
    return { address, adminAddress, operationsAddress, joined };
  }

  /** Has an orderer serve with another key, as after a restart with it. */
  rekey(orderer: string, tls: NodeTls): Promise<void> {
    return this.rekeyings.get(orderer)!(tls);
  }

  /** A running peer. */
  async peer(
    name: string,
    mspId: string,
    tls: NodeTls,
  ): Promise<{ address: string; joined: Set<string>; installed: Map<string, string> }> {
    const joined = new Set<string>();
    const installed = new Map<string, string>();
    const state: PeerState = { name, joined, installed, lost: new Set() };
    this.peers.set(name, state);
    const endorser = {
      processProposal: (
        { request }: grpc.ServerUnaryCall<peer.SignedProposal, peer.ProposalResponse>,
        callback: grpc.sendUnaryData<peer.ProposalResponse>,
      ) => {
        const { channel, transactionId, args, creator } = readProposal(request);
        const call = `${name} ${String(args[0])}`;
        const fate = this.note(call);
        if (fate === "drop") return;
        if (fate === "away") return callback({ code: grpc.status.UNAVAILABLE, details: "away" });
        const administers = creator === mspId;
        const given = administers || channel !== "" ? this.run(args, mspId, channel, transactionId, state) : undefined;
        if (this.onCall(call, "after") === "drop") return;
        const { status, message = "", payload: bytes = new Uint8Array() } = given ?? refused("access denied");
        const response = new peer.Response();
        response.setStatus(status);
        response.setMessage(message);
        response.setPayload(bytes);
        const answer = new peer.ProposalResponse();
        answer.setResponse(response);
        answer.setPayload(Buffer.from(transactionId));
        answer.setEndorsement(new peer.Endorsement());
        callback(null, answer);
      },
    };
    const events = {
      deliver: () => {},
      deliverWithPrivateData: () => {},
      deliverFiltered: (stream: grpc.ServerDuplexStream<common.Envelope, peer.DeliverResponse>) => {
        stream.on("data", (envelope: common.Envelope) => {
          const wanted = openEnvelope(envelope.serializeBinary()).header.getChannelId();
          const send = (channel: string, block: common.Block, transactionId: string) => {
            if (channel !== wanted || !joined.has(channel)) return;
            const filtered = new peer.FilteredBlock();
            filtered.setNumber(block.getHeader()!.getNumber());
            const transaction = new peer.FilteredTransaction();
            transaction.setTxid(transactionId);
            filtered.addFilteredTransactions(transaction);
            const response = new peer.DeliverResponse();
            response.setFilteredBlock(filtered);
            stream.write(response);
          };
          this.listeners.add(send);
          stream.on("cancelled", () => this.listeners.delete(send));
          send(wanted, this.channels.get(wanted)!.blocks.at(-1)!, "");
        });
      },
    };
    const address = await this.serve(tls, [
      [peer.EndorserService, endorser],
      [peer.DeliverService, events],
    ]);
    return { address, joined, installed };
  }

  /** Has all orderers start with the genesis block of a system channel, as on Kafka. */
  bootstrap(genesis: Uint8Array): void {
    this.system = parseConfigBlock(genesis).channel;
    this.begin(this.system, common.Block.deserializeBinary(genesis));
  }

  /** The configuration of the system channel, described. */
  systemDescription() {
    return describeSystemChannel(this.configOf(this.system!));
  }

  private configOf(channelId: string): common.Config {
    const { blocks, configNumber } = this.channels.get(channelId)!;
    return readConfigBlock(blocks[configNumber]!)!.config;
  }

  /** Has all orderers have a channel from its block 0 on. */
  private begin(channelId: string, block: common.Block): void {
    this.channels.set(channelId, { blocks: [block], configNumber: 0, approved: new Map(), committed: new Map() });
    for (const joined of this.orderers.values()) joined.add(channelId);
  }

  /** Makes a channel from the system channel, as orderers on Kafka do. Returns why it is refused. */
  private create(channelId: string, bytes: Uint8Array, envelope: common.Envelope): string | undefined {
    const system = this.configOf(this.system!).getChannelGroup()!;
    const update = common.ConfigUpdate.deserializeBinary(bytes);
    const wanted = update.getWriteSet()!;
    const name = common.Consortium.deserializeBinary(
      wanted.getValuesMap().get("Consortium")!.getValue_asU8(),
    ).getName();
    const consortium = system.getGroupsMap().get("Consortiums")!.getGroupsMap().get(name);
    if (consortium === undefined) return `there is no consortium ${name}`;
    const template = system.clone();
    template.getGroupsMap().del("Consortiums");
    const application = new common.ConfigGroup();
    for (const member of keys(wanted.getGroupsMap().get("Application")!.getGroupsMap())) {
      const known = consortium.getGroupsMap().get(member);
      if (known === undefined) return `Attempted to include member ${member} which is not in the consortium`;
      application.getGroupsMap().set(member, known);
    }
    application.setModPolicy("ChannelCreationPolicy");
    template.getGroupsMap().set("Application", application);
    const named = wanted.getValuesMap().get("Consortium")!.clone();
    named.setModPolicy("Admins");
    template.getValuesMap().set("Consortium", named);
    const config = new common.Config();
    config.setSequence(1);
    config.setChannelGroup(applyUpdate(template, update));
    this.begin(channelId, newBlock(0, new Uint8Array(), [configTransaction(channelId, config, envelope)]));
    return undefined;
  }

  /** Number of blocks of a channel. */
  height(channel: string): number {
    return this.channels.get(channel)?.blocks.length ?? 0;
  }

  /** The configuration of a channel, described. */
  description(channel: string) {
    return describeChannel(this.configOf(channel));
  }

  /** Sequence and version of the committed definition of a chaincode. */
  committed(channel: string, name: string): { sequence: number; version: string } | undefined {
    const found = this.channels.get(channel)?.committed.get(name);
    return found && { sequence: found.getSequence(), version: found.getVersion() };
  }

  /** Changes the configuration of a channel without the controller. */
  configureByHand(channelId: string, ...edits: ConfigEdit[]): void {
    const channel = this.channels.get(channelId)!;
    const { config } = readConfigBlock(channel.blocks[channel.configNumber]!)!;
    const next = editedConfig(config, ...edits);
    next.setSequence(config.getSequence() + 1);
    this.appendConfig(channelId, next, new common.Envelope());
  }

  /** Approves and commits the next definition of a chaincode without the controller, as all members. */
  commitByHand(channelId: string, definition: ChaincodeDefinition): void {
    const channel = this.channels.get(channelId)!;
    const sequence = (channel.committed.get(definition.name)?.getSequence() ?? 0) + 1;
    const committed = fill(new lifecycle.CommitChaincodeDefinitionArgs(), definition, sequence);
    channel.committed.set(definition.name, committed);
    for (const { msp } of this.description(channelId).application.organizations) {
      const key = `${definition.name} ${sequence} ${msp.mspId}`;
      channel.approved.set(key, { definition: committed, packageId: undefined });
    }
  }

  /** Takes away all that a peer has on its volume: approvals too, of which other organizations have hashes only. */
  loseVolume(peerName: string): void {
    const { joined, installed, lost } = this.peers.get(peerName)!;
    joined.clear();
    installed.clear();
    for (const { approved } of this.channels.values()) for (const key of approved.keys()) lost.add(key);
  }

  close(): void {
    for (const close of this.closers) close();
  }

  /** Writes a call down; what is to become of it. */
  private note(call: string): "served" | "away" | "drop" {
    this.calls.push(call);
    return this.onCall(call, "before") ?? (this.isAway(call) ? "away" : "served");
  }

  private participate(
    name: string,
    tls: NodeTls,
    joined: Set<string>,
    method: string,
    channelId: string,
    body: Buffer,
  ): { status: number; body: object } | "drop" {
    const away = { status: 503, body: { error: "away" } };
    if (method === "GET") {
      const fate = this.note(`${name} info ${channelId}`);
      if (fate !== "served") return fate === "drop" ? fate : away;
      if (channelId === "") return { status: 200, body: { systemChannel: null, channels: [...joined].map(named) } };
      if (!joined.has(channelId)) return { status: 404, body: { error: "channel does not exist" } };
      return { status: 200, body: this.info(channelId, tls, name) };
    }
    const start = body.indexOf("\r\n\r\n") + 4;
    const block = body.subarray(start, body.lastIndexOf("\r\n--"));
    const { channel } = parseConfigBlock(block);
    const call = `${name} join ${channel}`;
    const fate = this.note(call);
    if (fate !== "served") return fate === "drop" ? fate : away;
    const parsed = common.Block.deserializeBinary(block);
    const known = this.channels.get(channel);
    if (known === undefined) {
      this.channels.set(channel, { blocks: [parsed], configNumber: 0, approved: new Map(), committed: new Map() });
    } else {
      const own = known.blocks[parsed.getHeader()!.getNumber()];
      this.forked ||= !own || !Buffer.from(own.serializeBinary()).equals(block);
    }
    joined.add(channel);
    return this.onCall(call, "after") ?? { status: 201, body: this.info(channel, tls, name) };
  }

  /** What an orderer's `/metrics` says about channels. */
  private metrics(name: string, joined: ReadonlySet<string>): string {
    const lines = [...joined].flatMap((channel) => {
      const leads = this.leaderOf(channel) === name;
      return [
        `consensus_etcdraft_is_leader{channel="${channel}"} ${leads ? 1 : 0}`,
        `consensus_etcdraft_active_nodes{channel="${channel}"} ${leads ? this.heardBy(channel) : 0}`,
      ];
    });
    return `# TYPE consensus_etcdraft_is_leader gauge\n${lines.join("\n")}\n`;
  }

  private info(channel: string, tls: NodeTls, name: string) {
    const own = new X509Certificate(tls.certificate).publicKey;
    const consenters = this.system === undefined ? consentersOf(this.description(channel).orderer) : [];
    const isConsenter = consenters.some(({ serverTlsCertificate }) =>
      new X509Certificate(serverTlsCertificate).publicKey.equals(own),
    );
    const consensusRelation = this.system !== undefined ? "other" : isConsenter ? "consenter" : "follower";
    return {
      name: channel,
      consensusRelation,
      status: "active",
      height: this.height(channel) - (this.behind.get(name) ?? 0),
    };
  }

  private ordererService(name: string, joined: Set<string>) {
    return {
      broadcast: (stream: grpc.ServerDuplexStream<common.Envelope, orderer.BroadcastResponse>) => {
        stream.on("data", (envelope: common.Envelope) => {
          const { header } = openEnvelope(envelope.serializeBinary());
          const call = `${name} broadcast ${header.getChannelId()}`;
          const fate = this.note(call);
          if (fate === "drop") return;
          const response = new orderer.BroadcastResponse();
          const isCreation = this.system !== undefined && !this.channels.has(header.getChannelId());
          if (fate === "away" || !(isCreation || joined.has(header.getChannelId()))) {
            response.setStatus(common.Status.SERVICE_UNAVAILABLE);
            response.setInfo("no Raft leader");
          } else {
            const refusal = this.order(envelope);
            response.setStatus(refusal === undefined ? common.Status.SUCCESS : common.Status.BAD_REQUEST);
            response.setInfo(refusal ?? "");
          }
          if (this.onCall(call, "after") !== "drop") stream.write(response);
        });
        stream.on("end", () => stream.end());
      },
      deliver: (stream: grpc.ServerDuplexStream<common.Envelope, orderer.DeliverResponse>) => {
        stream.on("data", (envelope: common.Envelope) => {
          const { header, data } = openEnvelope(envelope.serializeBinary());
          const wanted = header.getChannelId();
          const end = (status: common.StatusMap[keyof common.StatusMap]) => {
            const response = new orderer.DeliverResponse();
            response.setStatus(status);
            stream.write(response);
          };
          const fate = this.note(`${name} deliver ${wanted}`);
          if (fate === "drop") return;
          if (fate === "away" || !joined.has(wanted)) return end(common.Status.NOT_FOUND);
          const { blocks } = this.channels.get(wanted)!;
          const seek = orderer.SeekInfo.deserializeBinary(data);
          const position = (at: orderer.SeekPosition) =>
            at.hasNewest() ? blocks.length - 1 : at.hasOldest() ? 0 : at.getSpecified()!.getNumber();
          const [first, last] = [position(seek.getStart()!), position(seek.getStop()!)];
          if (first >= blocks.length) return end(common.Status.NOT_FOUND);
          const send = (block: common.Block) => {
            const response = new orderer.DeliverResponse();
            response.setBlock(block);
            stream.write(response);
          };
          blocks.slice(first, last + 1).forEach(send);
          if (last < blocks.length) return end(common.Status.SUCCESS);
          const listener = (channel: string, block: common.Block) => channel === wanted && send(block);
          this.listeners.add(listener);
          stream.on("cancelled", () => this.listeners.delete(listener));
        });
      },
    };
  }

  /** Puts a message into a block of its own, and has peers and orderers deliver it. Returns why it is refused. */
  private order(envelope: common.Envelope): string | undefined {
    const bytes = envelope.serializeBinary();
    const { header, data } = openEnvelope(bytes);
    const channelId = header.getChannelId();
    if (header.getType() !== common.HeaderType.CONFIG_UPDATE) {
      this.append(channelId, bytes, header.getTxId());
      return undefined;
    }
    const update = common.ConfigUpdateEnvelope.deserializeBinary(data).getConfigUpdate_asU8();
    const channel = this.channels.get(channelId);
    if (channel === undefined) return this.create(channelId, update, envelope);
    const { config } = readConfigBlock(channel.blocks[channel.configNumber]!)!;
    const next = new common.Config();
    next.setSequence(config.getSequence() + 1);
    try {
      next.setChannelGroup(applyUpdate(config.getChannelGroup()!, common.ConfigUpdate.deserializeBinary(update)));
    } catch (error) {
      return (error as Error).message;
    }
    const refusal = channelId === this.system ? undefined : this.refusal(describeChannel(next));
    if (refusal === undefined) this.appendConfig(channelId, next, envelope);
    return refusal;
  }

  private appendConfig(channelId: string, config: common.Config, lastUpdate: common.Envelope): void {
    const channel = this.channels.get(channelId)!;
    channel.configNumber = channel.blocks.length;
    this.append(channelId, configTransaction(channelId, config, lastUpdate), "");
  }

  private append(channelId: string, content: Uint8Array, transactionId: string): void {
    const channel = this.channels.get(channelId)!;
    const previous = blockHeaderHash(channel.blocks.at(-1)!.getHeader()!);
    const block = withLastConfig(newBlock(channel.blocks.length, previous, [content]), channel.configNumber);
    channel.blocks.push(block);
    this.effects.get(transactionId)?.(channel);
    this.effects.delete(transactionId);
    for (const listener of this.listeners) listener(channelId, block, transactionId);
  }

  /** What the system chaincodes of a peer answer. */
  private run(
    [call, argument = new Uint8Array()]: Uint8Array[],
    mspId: string,
    channelId: string,
    transactionId: string,
    { name, joined, installed, lost, isBehind }: PeerState,
  ): Answer {
    const channel = this.channels.get(channelId);
    if (channelId !== "" && !(channel && joined.has(channelId))) return refused(`channel ${channelId} not found`);
    switch (Buffer.from(call!).toString()) {
      case "GetChannels": {
        const answer = new peer.ChannelQueryResponse();
        for (const id of joined) {
          const info = new peer.ChannelInfo();
          info.setChannelId(id);
          answer.addChannels(info);
        }
        return ok(answer.serializeBinary());
      }
      case "JoinChain": {
        const { channel: id } = parseConfigBlock(argument);
        const genesis = this.channels.get(id)?.blocks[0]?.serializeBinary();
        this.forked ||= genesis === undefined || !Buffer.from(genesis).equals(argument);
        joined.add(id);
        return ok();
      }
      case "GetChainInfo": {
        const answer = new common.BlockchainInfo();
        answer.setHeight(this.height(channelId) - (this.behind.get(name) ?? 0));
        return ok(answer.serializeBinary());
      }
      case "QueryInstalledChaincodes": {
        const answer = new lifecycle.QueryInstalledChaincodesResult();
        for (const [id, label] of installed) {
          const one = new lifecycle.QueryInstalledChaincodesResult.InstalledChaincode();
          one.setPackageId(id);
          one.setLabel(label);
          answer.addInstalledChaincodes(one);
        }
        return ok(answer.serializeBinary());
      }
      case "InstallChaincode": {
        const bytes = lifecycle.InstallChaincodeArgs.deserializeBinary(argument).getChaincodeInstallPackage_asU8();
        const label = /"label":"([^"]+)"/.exec(gunzipSync(bytes).toString("latin1"))![1]!;
        installed.set(packageId(label, bytes), label);
        const answer = new lifecycle.InstallChaincodeResult();
        answer.setPackageId(packageId(label, bytes));
        return ok(answer.serializeBinary());
      }
      case "QueryApprovedChaincodeDefinition": {
        const args = lifecycle.QueryApprovedChaincodeDefinitionArgs.deserializeBinary(argument);
        const key = `${args.getName()} ${args.getSequence()} ${mspId}`;
        const found = channel!.approved.get(key);
        if (lost.has(key)) return refused(withoutPrivateData);
        if (!found) return refused("could not fetch approved chaincode definition");
        const answer = new lifecycle.QueryApprovedChaincodeDefinitionResult();
        copy(found.definition, answer);
        const source = new lifecycle.ChaincodeSource();
        const local = new lifecycle.ChaincodeSource.Local();
        local.setPackageId(found.packageId ?? "");
        source.setLocalPackage(local);
        answer.setSource(source);
        return ok(answer.serializeBinary());
      }
      case "ApproveChaincodeDefinitionForMyOrg": {
        const definition = lifecycle.ApproveChaincodeDefinitionForMyOrgArgs.deserializeBinary(argument);
        const id = definition.getSource()?.getLocalPackage()?.getPackageId();
        const now = channel!.committed.get(definition.getName());
        if (now?.getCollections()?.getConfigList().length && !definition.getCollections()) {
          return refused(
            `failed to invoke backing implementation of '${Buffer.from(call!).toString()}': error validating chaincode definition: ` +
              "the proposed collection config does not contain previously defined collections",
          );
        }
        const key = `${definition.getName()} ${definition.getSequence()} ${mspId}`;
        if (lost.has(key)) return refused(withoutPrivateData);
        this.effects.set(transactionId, ({ approved }) => approved.set(key, { definition, packageId: id }));
        return ok();
      }
      case "CheckCommitReadiness": {
        const args = lifecycle.CheckCommitReadinessArgs.deserializeBinary(argument);
        const answer = new lifecycle.CheckCommitReadinessResult();
        this.setApprovals(answer.getApprovalsMap(), channelId, args.getName(), args);
        return ok(answer.serializeBinary());
      }
      case "QueryChaincodeDefinition": {
        const { name } = lifecycle.QueryChaincodeDefinitionArgs.deserializeBinary(argument).toObject();
        const found = isBehind ? undefined : channel!.committed.get(name);
        if (!found) return refused(`namespace ${name} is not defined`, 404);
        const answer = new lifecycle.QueryChaincodeDefinitionResult();
        copy(found, answer);
        this.setApprovals(answer.getApprovalsMap(), channelId, name, found);
        return ok(answer.serializeBinary());
      }
      case "CommitChaincodeDefinition": {
        const definition = lifecycle.CommitChaincodeDefinitionArgs.deserializeBinary(argument);
        const now = channel!.committed.get(definition.getName())?.getSequence() ?? 0;
        if (definition.getSequence() !== now + 1) return refused("requested sequence is not the next one");
        this.effects.set(transactionId, ({ committed }) => committed.set(definition.getName(), definition));
        return ok();
      }
      default:
        return refused("unknown function");
    }
  }

  /** Says which members have approved a definition; any peer knows it by the hashes of their approvals. */
  private setApprovals(
    approvals: { set(mspId: string, is: boolean): unknown },
    id: string,
    name: string,
    definition: Definition,
  ): void {
    const { approved } = this.channels.get(id)!;
    for (const { msp } of this.description(id).application.organizations) {
      const found = approved.get(`${name} ${definition.getSequence()} ${msp.mspId}`);
      approvals.set(msp.mspId, found !== undefined && same(found.definition, definition));
    }
  }

  private async serve(tls: NodeTls, services: Services, wanted = "0"): Promise<string> {
    const server = new grpc.Server();
    for (const [service, implementation] of services) {
      server.addService(service as grpc.ServiceDefinition, implementation);
    }
    const pair = { cert_chain: Buffer.from(tls.certificate), private_key: Buffer.from(tls.key) };
    const port = await new Promise<number>((resolve, reject) => {
      const credentials = grpc.ServerCredentials.createSsl(null, [pair]);
      server.bindAsync(`127.0.0.1:${wanted}`, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    this.closers.push(() => server.forceShutdown());
    return `localhost:${port}`;
  }

  private async listen(server: Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return `localhost:${(server.address() as AddressInfo).port}`;
  }
}

function readProposal(signed: peer.SignedProposal) {
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  const channel = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  const signature = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8());
  const chaincode = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8());
  const invocation = peer.ChaincodeInvocationSpec.deserializeBinary(chaincode.getInput_asU8());
  return {
    channel: channel.getChannelId(),
    transactionId: channel.getTxId(),
    creator: msp.SerializedIdentity.deserializeBinary(signature.getCreator_asU8()).getMspid(),
    args: invocation
      .getChaincodeSpec()!
      .getInput()!
      .getArgsList_asU8()
      .map((arg) => Buffer.from(arg)),
  };
}

interface DefinitionTarget {
  setSequence(value: number): void;
  setVersion(value: string): void;
  setEndorsementPlugin(value: string): void;
  setValidationPlugin(value: string): void;
  setValidationParameter(value: Uint8Array): void;
  setInitRequired(value: boolean): void;
  setCollections(value?: peer.CollectionConfigPackage): void;
}

function copy(from: Definition, to: DefinitionTarget): void {
  to.setSequence(from.getSequence());
  to.setVersion(from.getVersion());
  to.setEndorsementPlugin("escc");
  to.setValidationPlugin("vscc");
  to.setValidationParameter(from.getValidationParameter_asU8());
  to.setInitRequired(from.getInitRequired());
  to.setCollections(from.getCollections());
}

function same(a: Definition, b: Definition): boolean {
  const policies = [a, b].map((one) => Buffer.from(one.getValidationParameter_asU8()).toString("hex"));
  return (
    a.getVersion() === b.getVersion() && a.getInitRequired() === b.getInitRequired() && policies[0] === policies[1]
  );
}

function withLastConfig(block: common.Block, number: number): common.Block {
  const lastConfig = new common.LastConfig();
  lastConfig.setIndex(number);
  const ordererMetadata = new common.OrdererBlockMetadata();
  ordererMetadata.setLastConfig(lastConfig);
  const wrapped = new common.Metadata();
  wrapped.setValue(ordererMetadata.serializeBinary());
  const metadata = block.getMetadata()!.getMetadataList_asU8();
  metadata[common.BlockMetadataIndex.SIGNATURES] = wrapped.serializeBinary();
  block.getMetadata()!.setMetadataList(metadata);
  return block;
}

/** The transaction of a configuration block. */
function configTransaction(channel: string, config: common.Config, lastUpdate: common.Envelope): Uint8Array {
  const configEnvelope = new common.ConfigEnvelope();
  configEnvelope.setConfig(config);
  configEnvelope.setLastUpdate(lastUpdate);
  const wrapped = new common.Envelope();
  const header = channelHeader({ type: common.HeaderType.CONFIG, channel });
  wrapped.setPayload(payload(header, new Uint8Array(), configEnvelope.serializeBinary()));
  return wrapped.serializeBinary();
}

const named = (name: string) => ({ name, url: `/participation/v1/channels/${name}` });
