/** Tells channels of the new TLS keys of their consenters. */
import { X509Certificate } from "node:crypto";

import {
  type ConfigEdit,
  consentersOf,
  describeChannel,
  type Orderer,
  setConsenters,
  updateChannel,
} from "@baas/fabric";

import { type KeyReport, newKeysKeys } from "../../../model/contracts/enrolment";
import { enrolmentSecretName, serviceAddress } from "../../../model/contracts/names";
import { ports } from "../../../model/contracts/ports";
import type { ChannelConsenter } from "../../../model/customResources/channel";
import { commonName, publicKeyHash } from "../../common/certificates";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import type { Administrator, Administrators } from "./administrators";
import type { CertificateAuthorities } from "./certificateAuthorities";
import { consenter } from "./channelDescription";
import { Connections } from "./connections";
import { resulting, settled } from "./failures";
import { GenesisStore } from "./genesisStore";
import { hostPort } from "./hostPort";
import { certificateAuthorities, channels, pods } from "./kinds";
import type { SeenObjects } from "./objects";
import { instanceOf, troubleAt } from "./pods";
import { failing, Halt, ready, soon } from "./reconciler";
import type { Channel, Identity, Organization } from "./resources";
import { findSecret, valueOf } from "./secrets";

/** Longest wait for a configuration update, in milliseconds. */
const updateTimeout = 20_000;

/** Keys of a node of which some are prepared. */
export type PreparedKeys = KeyReport & { next: string };

/** A consenter's place in a channel, and the orderers to ask: others first, as it may lose touch in the middle of it. */
interface Place {
  channel: Channel;
  address: string;
  clients: Orderer[];
  /** Hash of the key that the channel knows. */
  known: string;
}

/** The hash of a certificate's public key; see {@link publicKeyHash}. */
export const certificateKeyHash = (pem: string): string => publicKeyHash(new X509Certificate(pem).publicKey);

/** Replaces both TLS certificates of the consenter at an address, whatever else the configuration says by now. */
export function replaceConsenter(address: string, certificate: string): ConfigEdit {
  const { host, port } = hostPort(address);
  return (config) => {
    const wanted = consentersOf(describeChannel(config).orderer).map((one) =>
      one.host === host && one.port === port ? consenter(address, certificate) : one,
    );
    setConsenters(wanted)(config);
  };
}

/** What is known of the TLS keys of an orderer. */
export interface KnownKeys {
  /** The key that is prepared on its volume. */
  next?: string | undefined;
  /** The prepared key that its channels are being told, or have been told. */
  announced: string;
  /** The key that it was told to use, after its channels. */
  use: string;
}

/** What an orderer's pod and its Secret say of its TLS keys. */
export async function consenterKeys(
  api: KubernetesApi,
  objects: SeenObjects,
  namespace: string,
  name: string,
): Promise<KnownKeys> {
  const pod = objects.list(pods).find((one) => !one.ended && instanceOf(one) === `${namespace}/${name}`);
  const secret = await findSecret(api, namespace, enrolmentSecretName(name));
  const value = (key: string) => (secret ? valueOf(secret, key) : "");
  return { next: pod?.keys?.next, announced: value(newKeysKeys.announced), use: value(newKeysKeys.use) };
}

/** Replaces the key of an orderer in the channels of its network, one after another. */
export class ConsenterKeys {
  private readonly genesis: GenesisStore;

  constructor(
    api: KubernetesApi,
    private readonly authorities: CertificateAuthorities,
    private readonly administrators: Administrators,
    private readonly objects: SeenObjects,
  ) {
    this.genesis = new GenesisStore(api);
  }

  /**
   * Has every channel that an orderer is a consenter of know its prepared key. Can be called again after it was cut short.
   *
   * The key must be the node's own: its pod has named it, and the CA has issued a certificate of the node's name for it. The channels
   * must know the key that the node has: a node that has lost its volume, and with it its Raft log, must not come back under a new key.
   * All its channels must be declared: one that is not told would go without the node for ever.
   *
   * @param announce - called when all is well, before the first channel is changed
   * @returns what is in the way, in a sentence
   */
  async replace(
    { name, namespace }: { name: string; namespace: string },
    identity: Identity,
    keys: PreparedKeys,
    announce: () => Promise<void>,
  ): Promise<string | undefined> {
    const result = await resulting(
      async () => {
        const certificate = await this.certificateOf(identity, keys.next);
        await Connections.during(async (connections) => {
          const places = await this.placesOf(namespace, name, connections);
          const stranger = places.find(({ known }) => known !== keys.tls && known !== keys.next);
          if (stranger) throw strangeKey(name, stranger.channel);
          await this.checkUndeclared(identity, places, connections);
          await announce();
          for (const { channel, address, clients, known } of places) {
            if (known === keys.next) continue;
            // Only its own organization's administrators decide about consenters.
            const { signer } = await this.administrators.of(namespace, channel.spec.ordering.organization);
            const edits = [replaceConsenter(address, certificate)];
            await updateChannel(clients, channel.spec.name, edits, [signer], { timeoutMs: updateTimeout });
          }
        });
        return ready("Replaced", "");
      },
      (node) => troubleAt(this.objects.list(pods), `${namespace}/${node}`),
    );
    return result.ready ? undefined : result.message;
  }

  /** Whether a channel knows the prepared key of an orderer. False if nobody can say. */
  async isTold({ name, namespace }: { name: string; namespace: string }, keys: PreparedKeys): Promise<boolean> {
    const result = await resulting(async () => {
      const places = await Connections.during((connections) => this.placesOf(namespace, name, connections));
      return places.some(({ known }) => known === keys.next) ? ready("Told", "") : failing("NotTold", "");
    });
    return result.ready;
  }

  /** @throws {@link Halt} if the node is a consenter of a channel that is not among its places */
  private async checkUndeclared(identity: Identity, places: readonly Place[], connections: Connections): Promise<void> {
    const { name, namespace } = identity.metadata;
    const declared = this.channelsOf(namespace).flatMap(({ spec }) => spec.ordering.consenters);
    const { adminAddress } = declared.find((one) => one.name === name) ?? {
      adminAddress: serviceAddress(name, namespace, ports.ordererAdmin),
    };
    const administrator = await this.administrators.of(namespace, this.organizationOf(identity));
    const participation = connections.participation({ name, adminAddress }, administrator);
    const { systemChannel, channels: all } = await participation.list();
    const told = places.map(({ channel }) => channel.spec.name);
    const others = [...(systemChannel === undefined ? [] : [systemChannel]), ...all].filter(
      (one) => !told.includes(one),
    );
    const infos = await Promise.all(others.map((one) => participation.info(one)));
    const lost = infos.find((info) => info?.consensusRelation === "consenter");
    if (lost !== undefined) throw undeclared(name, lost.name);
  }

  private organizationOf({ metadata: { namespace }, spec: { certificateAuthority } }: Identity): Organization {
    const ordering = this.channelsOf(namespace).map(({ spec }) => spec.ordering.organization);
    const known = ordering.find((one) => one.certificateAuthority === certificateAuthority);
    const authority = this.objects.get(certificateAuthorities, `${namespace}/${certificateAuthority}`);
    return (
      known ?? { name: authority?.spec.organization ?? "", mspId: authority?.spec.mspId ?? "", certificateAuthority }
    );
  }

  private channelsOf(namespace: string): Channel[] {
    return this.objects.list(channels).filter(({ metadata }) => metadata.namespace === namespace);
  }

  /** The certificate (PEM) that the node's TLS CA has issued for a key. */
  private async certificateOf({ metadata, spec }: Identity, key: string): Promise<string> {
    const authority = this.objects.get(certificateAuthorities, `${metadata.namespace}/${spec.certificateAuthority}`);
    const found = authority && (await this.authorities.client(authority));
    const issued = (await found?.client.tlsca.certificates()) ?? [];
    const own = issued.filter(
      (pem) => commonName(new X509Certificate(pem)) === spec.enrolmentId && certificateKeyHash(pem) === key,
    );
    const [newest] = own.sort((a, b) => validFrom(b) - validFrom(a));
    if (newest !== undefined) return newest;
    const message = `${spec.certificateAuthority} lists no TLS certificate for the new key of ${metadata.name}.`;
    throw new Halt(failing("CertificateNotFound", message));
  }

  /** The channels that know a node as a consenter. */
  private async placesOf(namespace: string, name: string, connections: Connections): Promise<Place[]> {
    const found = await Promise.all(
      this.channelsOf(namespace).map((channel) => this.placeIn(channel, name, connections)),
    );
    return found.flatMap((place) => place ?? []);
  }

  private async placeIn(channel: Channel, name: string, connections: Connections): Promise<Place | undefined> {
    const { ordering } = channel.spec;
    const self = ordering.consenters.find((one) => one.name === name);
    if (self === undefined) return undefined;
    const administrator = await this.administrators.of(channel.metadata.namespace, ordering.organization);
    const joined = await joinedOf(channel, administrator, connections);
    if (joined.length === 0) {
      // A channel that nobody has made yet begins with the key that the node has then.
      if ((await this.genesis.read(channel)) === undefined) return undefined;
      throw new Halt(soon("NewKeys", `Channel ${channel.spec.name} is being made, with the key that ${name} has.`));
    }
    const inOrder = joined.sort((a, b) => Number(a === self) - Number(b === self));
    const clients = inOrder.map((one) => connections.orderer(one, administrator));
    const { config } = await clients[0]!.config(channel.spec.name);
    const { host, port } = hostPort(self.address);
    const known = consentersOf(describeChannel(config).orderer).find((one) => one.host === host && one.port === port);
    if (known === undefined) return undefined;
    return { channel, address: self.address, clients, known: certificateKeyHash(known.serverTlsCertificate) };
  }
}

/** The consenters that have joined a channel, of those that answer. One that is away must not keep another from its new key. */
async function joinedOf(
  { spec: { name, ordering } }: Channel,
  administrator: Administrator,
  connections: Connections,
): Promise<ChannelConsenter[]> {
  const answers = await Promise.allSettled(
    ordering.consenters.map(async (one): Promise<ChannelConsenter[]> => {
      const info = await connections.participation(one, administrator).info(name);
      return info === undefined ? [] : [one];
    }),
  );
  const { values, failures } = settled(answers);
  const joined = values.flat();
  if (joined.length === 0 && failures.length > 0) throw failures[0];
  return joined;
}

const validFrom = (pem: string): number => Date.parse(new X509Certificate(pem).validFrom);

function strangeKey(name: string, { spec }: Channel): Halt {
  const message =
    `Channel ${spec.name} knows orderer ${name} by a TLS key that is not on its volume. Restore the volume from a backup that is ` +
    "younger than its last new keys, or ask for no new keys.";
  return new Halt(failing("ConsenterKeyChanged", message));
}

function undeclared(name: string, channel: string): Halt {
  const message =
    `Orderer ${name} is a consenter of channel ${channel}, which no Channel declares with it. With a new key it would leave that channel ` +
    `for ever. Put the channel into the stack file again, or have the orderer leave it: osnadmin channel remove --channelID ${channel}.`;
  return new Halt(failing("ChannelNotDeclared", message));
}
