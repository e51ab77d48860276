/** The reconciler of Channel, from its genesis block to later changes of its configuration. */
import { X509Certificate } from "node:crypto";

import {
  addOrganization,
  type ChannelInfo,
  type ChannelParticipation,
  type ConfigBlock,
  type ConfigEdit,
  type Consenter,
  consentersOf,
  describeChannel,
  FabricError,
  genesisBlock,
  isFabricError,
  type Orderer,
  parseConfigBlock,
  setAnchorPeers,
  setBatch,
  setConsenters,
  setOrdererEndpoints,
  updateChannel,
} from "@baas/fabric";

import { genesisConfigMapName } from "../../../model/contracts/names";
import type { ChannelConsenter } from "../../../model/customResources/channel";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import type { Administrator, Administrators } from "./administrators";
import { raiseCapabilities, requireVersions } from "./channelCapabilities";
import { applicationOrganization, batch, channelDescription, consenter } from "./channelDescription";
import { batchRefused, checkStrangers, keyChanged } from "./channelRefusals";
import { Connections } from "./connections";
import { certificateKeyHash, consenterKeys, replaceConsenter } from "./consenterKeys";
import { createdChannel } from "./createdChannels";
import { gravest, resulting, settled } from "./failures";
import { GenesisStore } from "./genesisStore";
import { hostPort } from "./hostPort";
import type { KafkaTenants } from "./kafka/kafkaTenants";
import { identities, pods } from "./kinds";
import type { SeenObjects } from "./objects";
import { becomeConsenters, servingEndpoints } from "./ordererEndpoints";
import { troubleAt } from "./pods";
import { failing, Halt, ready, type Reconciler, type Result, soon, waiting } from "./reconciler";
import { type Channel, type Organization } from "./resources";
import { servedCertificate } from "./servedCertificate";

/** Longest wait for an orderer that has just joined, and for a configuration update; in milliseconds. */
const activeTimeout = 10_000;
const updateTimeout = 20_000;

/** An orderer of a channel, and how far it has joined. */
interface OrdererState {
  consenter: ChannelConsenter;
  client: Orderer;
  participation: ChannelParticipation;
  /** Absent if it has not joined, or does not answer. */
  info?: ChannelInfo | undefined;
  /** Why it does not answer. */
  failure?: unknown;
}

/** All that one reconciliation of a channel works with. */
interface Work {
  channel: Channel;
  connections: Connections;
  administrators: ReadonlyMap<string, Administrator>;
  orderers: OrdererState[];
}

/**
 * Reconciles Channel: makes its genesis block once, has its orderers and peers join, and brings later changes of the spec into
 * its configuration. It reads first and does what is missing, so that it can be interrupted anywhere.
 */
export class Channels implements Reconciler<Channel> {
  private readonly genesis: GenesisStore;

  constructor(
    private readonly api: KubernetesApi,
    private readonly administrators: Administrators,
    private readonly objects: SeenObjects,
    private readonly tenants: Pick<KafkaTenants, "requireTopic">,
  ) {
    this.genesis = new GenesisStore(api);
  }

  reconcile(channel: Channel): Promise<Result> {
    return resulting(
      () => Connections.during((connections) => this.bringUp(channel, connections)),
      (node) => troubleAt(this.objects.list(pods), `${channel.metadata.namespace}/${node}`),
    );
  }

  forget(): void {}

  private async bringUp(channel: Channel, connections: Connections): Promise<Result> {
    const { name, ordering, organizations } = channel.spec;
    const work = await this.prepare(channel, connections);
    const block = await this.genesisOf(work);
    await (ordering.type === "kafka" ? checkOrderers(work) : joinOrderers(work, block));
    // A configuration that cannot be had keeps no peer from joining.
    const failures = await this.configure(work);
    failures.push(...(await joinPeers(work, block)));
    failures.push(...work.orderers.flatMap(({ failure }) => failure ?? []));
    if (failures.length > 0) throw gravest(failures);
    const peers = organizations.reduce((sum, { peers }) => sum + peers.length, 0);
    const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
    return ready(
      "Joined",
      `${count(ordering.consenters.length, "orderer")} and ${count(peers, "peer")} have joined channel ${name}`,
    );
  }

  private async prepare(channel: Channel, connections: Connections): Promise<Work> {
    const { name, ordering, organizations } = channel.spec;
    const all: Organization[] = [ordering.organization, ...organizations];
    const found = await Promise.all(all.map((one) => this.administrators.of(channel.metadata.namespace, one)));
    const administrators = new Map(found.map((one) => [one.organization.name, one]));
    const orderers = await Promise.all(
      ordering.consenters.map(async (consenter): Promise<OrdererState> => {
        const administrator = administrators.get(ordering.organization.name)!;
        const client = connections.orderer(consenter, administrator);
        const participation = connections.participation(consenter, administrator);
        const state = { consenter, client, participation };
        try {
          return { ...state, info: await participation.info(name) };
        } catch (failure) {
          return { ...state, failure };
        }
      }),
    );
    return { channel, connections, administrators, orderers };
  }

  /** Block 0: from the ConfigMap, else from an orderer that has the channel, else of a new channel. */
  private async genesisOf(work: Work): Promise<Buffer> {
    const { channel, orderers, administrators } = work;
    const kept = await this.genesis.read(channel);
    const joined = orderers.filter(({ info }) => info !== undefined);
    const actual = await blockZero(joined, channel.spec.name);
    if (kept && actual && !kept.equals(actual)) {
      throw new Halt(
        failing(
          "GenesisBlockChanged",
          `ConfigMap ${genesisConfigMapName(channel.spec.name)} holds another genesis block than the orderers have. Delete it: the ` +
            "block is taken from an orderer again. Until then, no orderer or peer joins.",
        ),
      );
    }
    if (kept) return kept;
    if (actual) return this.genesis.keep(channel, actual);
    if (channel.spec.ordering.type === "kafka") return this.genesis.keep(channel, await this.create(work));
    // An orderer that does not answer may have joined already. One that has joined without a block gets it soon.
    const away = orderers.find(({ failure }) => failure !== undefined);
    if (away) throw away.failure;
    if (joined.length > 0) throw unavailable(channel, joined[0]!, "it has joined but does not give block 0 yet");
    requireVersions(channel, this.objects.list(pods));
    const certificates = await Promise.all(
      orderers.map(
        async ({ consenter }) => [consenter.name, await this.lastingCertificateOf(work, consenter)] as const,
      ),
    );
    const description = channelDescription(channel, administrators, new Map(certificates));
    return this.genesis.keep(channel, genesisBlock(channel.spec.name, description));
  }

  /** Block 0 of a new channel that orderers on Kafka make from their system channel. */
  private create({ channel, orderers, administrators }: Work): Promise<Buffer> {
    requireVersions(channel, this.objects.list(pods));
    const answering = orderers.filter(({ failure }) => failure === undefined);
    if (answering.length === 0) throw orderers[0]!.failure;
    const clients = answering.map(({ client }) => client);
    return createdChannel(channel, clients, administrators, this.objects, this.tenants);
  }

  /** The TLS certificate (PEM) of an orderer, which must be that of its Identity. */
  private async certificateOf({ channel, administrators }: Work, { name, address }: ChannelConsenter): Promise<string> {
    const organization = channel.spec.ordering.organization.name;
    const identity = this.objects.get(identities, `${channel.metadata.namespace}/${name}`);
    if (!identity) {
      throw new Halt(waiting("IdentityNotFound", `Consenter ${name} has no Identity ${name}. Create it.`));
    }
    const { tlsRoot } = administrators.get(organization)!;
    const { enrolmentId } = identity.spec;
    return (await servedCertificate({ name, organization, address, tlsRoot, enrolmentId })).toString();
  }

  /** {@link certificateOf}, for an orderer that is to be a consenter: not while it is about to begin to use another key. */
  private async lastingCertificateOf(work: Work, one: ChannelConsenter): Promise<string> {
    const certificate = await this.certificateOf(work, one);
    const { next, announced } = await consenterKeys(this.api, this.objects, work.channel.metadata.namespace, one.name);
    if (next === undefined || next !== announced) return certificate;
    throw new Halt(restarting(one.name));
  }

  /**
   * Updates the channel's configuration from the spec: its batch, then members and endpoints, then capability levels, then one
   * consenter at a time, and the endpoints of those. What is refused holds up nothing else.
   *
   * @returns why something could not be done
   */
  private async configure(work: Work): Promise<unknown[]> {
    const { channel, orderers, administrators } = work;
    const { name, ordering, organizations } = channel.spec;
    const clients = orderers.filter(({ failure }) => failure === undefined).map(({ client }) => client);
    const failures: unknown[] = [];
    try {
      const current = describeChannel((await configOf(clients)(name)).config);
      const members = current.application.organizations.map((member) => member.name);
      const consenters = [...consentersOf(current.orderer)];
      checkStrangers(channel, members, consenters);

      // Every update carries the signatures of all administrators, because the controller can sign as each of them.
      const signers = [ordering.organization.name, ...members].map((member) => administrators.get(member)!.signer);
      const update: Update = (edits) => updateChannel(clients, name, edits, signers, { timeoutMs: updateTimeout });
      const named = current.orderer.organizations.flatMap((one) => one.endpoints);
      const nameOrderers = () => setOrdererEndpoints(ordering.organization.name, servingEndpoints(orderers, named));
      const rest = [
        nameOrderers(),
        ...organizations.map((member) => addOrganization(applicationOrganization(member, administrators))),
        ...organizations.map((member) => setAnchorPeers(member.name, member.anchorPeers.map(hostPort))),
      ];
      await update([setBatch(batch(channel.spec.batch))]).catch((error) => failures.push(batchRefused(error)));
      await update(rest).catch((error) => failures.push(error));
      failures.push(...(await raiseCapabilities(channel, current, this.objects.list(pods), update)));
      if (ordering.type === "etcdraft") await this.addConsenters(work, consenters, update);
      if (await becomeConsenters(name, orderers, named)) await update([nameOrderers()]);
    } catch (error) {
      failures.push(error);
    }
    return failures;
  }

  /** Adds to the configuration the orderers that are not among its consenters, one at a time. */
  private async addConsenters(work: Work, consenters: Consenter[], update: Update): Promise<void> {
    for (const state of work.orderers) {
      const wanted = hostPort(state.consenter.address);
      const known = consenters.find(({ host, port }) => host === wanted.host && port === wanted.port);
      if (state.failure !== undefined) continue;
      const certificate = await this.certificateOf(work, state.consenter);
      if (known && sameKey(known.serverTlsCertificate, certificate)) continue;
      if (known) {
        const { address, name } = state.consenter;
        const keys = await consenterKeys(this.api, this.objects, work.channel.metadata.namespace, name);
        if (certificateKeyHash(known.serverTlsCertificate) === keys.next) {
          state.failure = new Halt({ ...restarting(name), isNormal: true });
          continue;
        }
        // The channel was made, or has got the node, while the node was getting its new key.
        if (certificateKeyHash(certificate) === keys.use) await update([replaceConsenter(address, certificate)]);
        else state.failure = keyChanged(state.consenter);
        continue;
      }
      consenters.push(consenter(state.consenter.address, await this.lastingCertificateOf(work, state.consenter)));
      await update([setConsenters(consenters)]);
    }
  }
}

const restarting = (orderer: string): Result =>
  soon("NewKeys", `Orderer ${orderer} restarts in a moment, to use its new key.`);

/** Changes the channel's configuration, as all administrators. */
type Update = (edits: ConfigEdit[]) => Promise<unknown>;

/**
 * Joins every orderer that answers and has not joined yet: with the newest configuration block, or with block 0 where there
 * is none. An orderer that fails, or copies blocks for long, does not delay the others.
 *
 * @throws the cause, if no orderer can join
 */
async function joinOrderers({ channel, orderers }: Work, genesis: Buffer): Promise<void> {
  const { name } = channel.spec;
  const block = await joinBlock(orderers, name, genesis);
  await Promise.all(
    orderers.map(async (state) => {
      if (state.failure !== undefined || state.info?.status === "active") return;
      try {
        state.info ??= await state.participation.join(block);
        if (state.info.status !== "active") {
          state.info = await state.participation.waitUntilActive(name, activeTimeout);
        }
      } catch (failure) {
        state.failure = failure;
      }
    }),
  );
  if (orderers.every(({ failure }) => failure !== undefined)) throw orderers[0]!.failure;
}

/** Notes which orderers on Kafka have not read the channel's creation there yet. Nothing else has them make the channel. */
async function checkOrderers({ channel, orderers }: Work): Promise<void> {
  await Promise.all(
    orderers.map(async (state) => {
      if (state.failure !== undefined || state.info !== undefined) return;
      try {
        state.info = await state.participation.info(channel.spec.name);
        if (state.info === undefined) {
          state.failure = unavailable(channel, state, "it has not read the channel's creation from Kafka yet");
        }
      } catch (failure) {
        state.failure = failure;
      }
    }),
  );
  if (orderers.every(({ failure }) => failure !== undefined)) throw orderers[0]!.failure;
}

async function joinBlock(orderers: readonly OrdererState[], channel: string, genesis: Buffer): Promise<Uint8Array> {
  if (orderers.every(({ info }) => info !== undefined)) return genesis;
  for (const { info, client } of orderers) {
    if (info?.status !== "active") continue;
    try {
      return (await client.configBlock(channel)).serializeBinary();
    } catch (error) {
      if (!isFabricError(error, "UNAVAILABLE", "TIMEOUT", "NOT_FOUND")) throw error;
    }
  }
  return genesis;
}

/** Joins every peer that has not joined yet, with the orderers' block 0. Returns why some could not. */
async function joinPeers({ channel, connections, administrators }: Work, genesis: Buffer): Promise<unknown[]> {
  const results = await Promise.allSettled(
    channel.spec.organizations.flatMap(({ name, peers }) =>
      peers.map((peer) => connections.peer(peer, administrators.get(name)!).join(genesis)),
    ),
  );
  return settled(results).failures;
}

/** Block 0 of the first orderer that gives it. */
async function blockZero(joined: readonly OrdererState[], channel: string): Promise<Buffer | undefined> {
  for (const { client } of joined) {
    try {
      const block = Buffer.from(await client.genesisBlock(channel));
      if (parseConfigBlock(block).channel === channel) return block;
    } catch (error) {
      if (!isFabricError(error, "UNAVAILABLE", "TIMEOUT", "NOT_FOUND")) throw error;
    }
  }
  return undefined;
}

/** Reads a channel's configuration from the first orderer that gives it. */
function configOf(clients: readonly Orderer[]): (channel: string) => Promise<ConfigBlock> {
  return async (channel) => {
    let failure: unknown;
    for (const client of clients) {
      try {
        return await client.config(channel);
      } catch (error) {
        failure = error;
      }
    }
    throw (
      failure ??
      new FabricError({ code: "UNAVAILABLE", step: "reading the configuration", channel, reason: "no orderer answers" })
    );
  };
}

function sameKey(a: string, b: string): boolean {
  return new X509Certificate(a).publicKey.equals(new X509Certificate(b).publicKey);
}

function unavailable({ spec }: Channel, { consenter }: OrdererState, reason: string): FabricError {
  return new FabricError({
    code: "UNAVAILABLE",
    step: "reading block 0",
    channel: spec.name,
    node: consenter.name,
    reason,
  });
}
