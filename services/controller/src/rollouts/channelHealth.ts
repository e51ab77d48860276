/** The gate before each restart of a network's nodes: every channel has a leader, and all its orderers and peers have caught up. */
import { setTimeout as sleep } from "node:timers/promises";

import type { ChannelConsenter } from "../../../../model/customResources/channel";
import type { Administrator, Administrators } from "../administrators";
import { Connections } from "../connections";
import { resulting } from "../failures";
import { channels, pods } from "../kinds";
import type { SeenObjects } from "../objects";
import { troubleAt } from "../pods";
import { Halt, ready, soon } from "../reconciler";
import type { Channel, Organization, Rollout } from "../resources";
import type { Gate, Health } from "./gate";
import { type Leadership, leadershipOf } from "./leadership";

/** How long a look waits for nodes that are behind, and between two questions; in milliseconds. */
const catchUpTime = 1_500;
const catchUpPause = 150;

/** How far a node has got with a channel. */
interface Progress {
  name: string;
  height(): Promise<number>;
}

/** All that a look works with. */
interface Look {
  channel: Channel;
  connections: Connections;
  administrators: ReadonlyMap<string, Administrator>;
  leaderships: readonly Leadership[];
}

/** Asks orderers and peers themselves, as the administrators of their organizations. */
export class ChannelHealth implements Gate {
  constructor(
    private readonly administrators: Administrators,
    private readonly objects: SeenObjects,
  ) {}

  async look(rollout: Rollout): Promise<Health> {
    const { namespace } = rollout.metadata;
    const own = this.objects.list(channels).filter(({ metadata }) => metadata.namespace === namespace);
    const administratorOf = this.remembering(namespace);
    const leaderships: Leadership[] = [];
    const result = await resulting(
      async () => {
        leaderships.push(...(await leadershipsOf(rollout, own, administratorOf)));
        await Connections.during(async (connections) => {
          await Promise.all(own.map((channel) => check(channel, connections, leaderships, administratorOf)));
        });
        return ready("CaughtUp", "all channels have a leader, and all nodes have caught up");
      },
      (node) => troubleAt(this.objects.list(pods), `${namespace}/${node}`),
    );
    const leads = (orderer: string) => leaderships.find((one) => one.orderer === orderer)?.channels.size ?? 0;
    return { leads, ...(!result.ready && { problem: result.message }) };
  }

  /** Looks up each administrator once. */
  private remembering(namespace: string): AdministratorOf {
    const found = new Map<string, Promise<Administrator>>();
    return (organization) => {
      const known = found.get(organization.name) ?? this.administrators.of(namespace, organization);
      found.set(organization.name, known);
      return known;
    };
  }
}

type AdministratorOf = (organization: Organization) => Promise<Administrator>;

/** What all orderers say, once for all channels. */
async function leadershipsOf(
  { spec }: Rollout,
  own: readonly Channel[],
  administratorOf: AdministratorOf,
): Promise<Leadership[]> {
  const organizations = own.map(({ spec: { ordering } }) => ordering.organization);
  const asked = spec.nodes.map(async ({ name, organization, operations }) => {
    const ordering = organizations.find((one) => one.name === organization);
    if (operations === undefined || ordering === undefined) return [];
    return [await leadershipOf(name, operations, await administratorOf(ordering))];
  });
  return (await Promise.all(asked)).flat();
}

/** @throws {@link Halt} with what is missing, and what {@link resulting} knows */
async function check(
  channel: Channel,
  connections: Connections,
  leaderships: readonly Leadership[],
  administratorOf: AdministratorOf,
): Promise<void> {
  const { ordering, organizations } = channel.spec;
  const all: Organization[] = [ordering.organization, ...organizations];
  const found = await Promise.all(all.map(administratorOf));
  const administrators = new Map(found.map((one) => [one.organization.name, one]));
  const look: Look = { channel, connections, administrators, leaderships };
  const newest = await checkOrderers(look);
  if (newest === undefined) return;
  // Orderers on Kafka have no leader among them.
  if (ordering.type === "etcdraft") checkLeader(look);
  await caughtUp(channel, newest, peersOf(look));
}

/**
 * Checks that every orderer takes part, and has the blocks that any had at the beginning.
 *
 * @returns the height of the channel; undefined if nobody has joined it yet, so that there is nothing to lose
 */
async function checkOrderers({ channel, connections, administrators }: Look): Promise<number | undefined> {
  const { name, ordering } = channel.spec;
  const administrator = administrators.get(ordering.organization.name)!;
  const states = await Promise.all(
    ordering.consenters.map(async (consenter) => {
      const participation = connections.participation(consenter, administrator);
      return { consenter, participation, info: await participation.info(name) };
    }),
  );
  if (states.every(({ info }) => info === undefined)) return undefined;
  for (const { consenter, info } of states) {
    if (info === undefined) throw behind(`Orderer ${consenter.name} has not joined channel ${name} yet.`);
    if (info.status !== "active") throw behind(`Orderer ${consenter.name} is ${info.status} in channel ${name}.`);
  }
  const newest = Math.max(...states.map(({ info }) => info!.height));
  const late = states.filter(({ info }) => info!.height < newest);
  const progress = late.map(({ consenter, participation }): Progress => {
    return { name: consenter.name, height: async () => (await participation.info(name))?.height ?? 0 };
  });
  await caughtUp(channel, newest, progress);
  return newest;
}

/** Checks that an orderer leads the channel, and hears from all the others: one that has just started may not be in touch yet. */
function checkLeader({ channel, leaderships }: Look): void {
  const { name, ordering } = channel.spec;
  const consenters = ordering.consenters.map((consenter: ChannelConsenter) => consenter.name);
  const led = leaderships.filter(({ orderer, channels }) => consenters.includes(orderer) && channels.has(name));
  if (led.length === 0) throw behind(`No orderer leads channel ${name} yet.`);
  const heard = led.map(({ channels }) => channels.get(name) ?? consenters.length);
  if (Math.max(...heard) >= consenters.length) return;
  throw behind(
    `Orderer ${led[0]!.orderer}, which leads channel ${name}, hears from ${Math.max(...heard)} of ${consenters.length} orderers.`,
  );
}

function peersOf({ channel, connections, administrators }: Look): Progress[] {
  return channel.spec.organizations.flatMap(({ name, peers }) =>
    peers.map((peer): Progress => {
      const client = connections.peer(peer, administrators.get(name)!);
      return { name: peer.name, height: async () => (await client.ledgerInfo(channel.spec.name)).height };
    }),
  );
}

/** Waits for a moment until all of these nodes have that many blocks. While transactions go on, there are always newer ones. */
async function caughtUp({ spec }: Channel, wanted: number, nodes: readonly Progress[]): Promise<void> {
  const deadline = Date.now() + catchUpTime;
  for (;;) {
    const heights = await Promise.all(nodes.map(async ({ name, height }) => ({ name, height: await height() })));
    const late = heights.filter(({ height }) => height < wanted);
    if (late.length === 0) return;
    if (Date.now() > deadline) {
      const which = late.map(({ name, height }) => `${name} has ${height}`).join(", ");
      throw behind(`Not all nodes have the ${wanted} blocks of channel ${spec.name} yet: ${which}.`);
    }
    await sleep(catchUpPause);
  }
}

const behind = (message: string): Halt => new Halt(soon("Rolling", message));
