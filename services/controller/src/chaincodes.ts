/** The reconciler of Chaincode, from its package to its commit. */
import {
  approve,
  canEndorse,
  type ChaincodeDefinition,
  type ChaincodePackage,
  commit,
  committedDefinition,
  install,
  type Member,
  mspIdsOf,
  type Orderer,
  packageChaincode,
  parseEndorsementPolicy,
  type Peer,
  sequenceOf,
  templatedConnection,
} from "@baas/fabric";

import type { ChannelOrganization } from "../../../model/customResources/channel";
import type { Administrator, Administrators } from "./administrators";
import type { ChaincodeServers } from "./chaincodeServers";
import { Connections } from "./connections";
import { gravest, resulting, settled } from "./failures";
import { channels, pods } from "./kinds";
import type { SeenObjects } from "./objects";
import { troubleAt } from "./pods";
import { Halt, ready, type Reconciler, type Result, soon, waiting } from "./reconciler";
import type { Chaincode, Channel } from "./resources";

/** Longest wait for one transaction to be ordered, and again to be committed; in milliseconds. */
const commitTimeout = 20_000;

/** Time until kube-proxy and the NetworkPolicies let a ready pod be reached through its Service; in milliseconds. */
const settlingTime = 5_000;

/** An organization on the channel. Its peers are those that have joined the channel and have the package. */
interface Installed extends Member {
  /** Why other peers of the organization are left out. */
  failures: unknown[];
}

/**
 * Reconciles Chaincode: installs its package on every member's peers, has every member approve the definition, and commits
 * it. The committed definition gives the sequence. Until the commit, the former definition and its server stay in use.
 */
export class Chaincodes implements Reconciler<Chaincode> {
  constructor(
    private readonly administrators: Administrators,
    private readonly servers: ChaincodeServers,
    private readonly objects: SeenObjects,
  ) {}

  reconcile(chaincode: Chaincode): Promise<Result> {
    return resulting(
      () => Connections.during((connections) => this.define(chaincode, connections)),
      (node) => troubleAt(this.objects.list(pods), `${chaincode.metadata.namespace}/${node}`),
    );
  }

  forget(): void {}

  private async define(chaincode: Chaincode, connections: Connections): Promise<Result> {
    const { name, version, endorsementPolicy, initRequired } = chaincode.spec;
    const channel = this.channelOf(chaincode);
    const pkg = packageOf(chaincode);
    checkPolicy(endorsementPolicy, channel);
    const { namespace } = chaincode.metadata;
    const { ordering, organizations } = channel.spec;
    const orderersAdministrator = await this.administrators.of(namespace, ordering.organization);
    const orderers = ordering.consenters.map((one) => connections.orderer(one, orderersAdministrator));
    const administrators = await Promise.all(organizations.map((one) => this.administrators.of(namespace, one)));
    const members = await Promise.all(
      organizations.map((member, index) => installOn(member, administrators[index]!, channel, pkg, connections)),
    );

    const definition: ChaincodeDefinition = { name, version, endorsementPolicy, initRequired };
    const usable = members.filter(({ peers }) => peers.length > 0);
    const failures = members.flatMap((member) => member.failures);
    // After the commit, peers call the new servers at once. So an upgrade waits until every node can reach them.
    const beforeCommit = (isUpgrade: boolean) =>
      this.servers.require(chaincode, administrators, isUpgrade ? settlingTime : 0);
    const { sequence, collections } = await agree({
      ...{ channel, definition, orderers, usable, failures, beforeCommit },
      packageId: pkg.id,
    });
    if (failures.length > 0) throw gravest(failures);
    await this.servers.require(chaincode, administrators, 0);
    const done = `${name} ${version} is committed with sequence ${sequence} on channel ${channel.spec.name}, and installed on all peers`;
    return ready("Committed", collections.length === 0 ? done : `${done}. ${keptCollections(collections)}`);
  }

  private channelOf({ metadata, spec }: Chaincode): Channel {
    const channel = this.objects.get(channels, `${metadata.namespace}/${spec.channel}`);
    if (!channel) {
      const message = `There is no Channel ${spec.channel} in namespace ${metadata.namespace} yet. If none comes, correct spec.channel.`;
      throw new Halt(waiting("ChannelNotFound", message));
    }
    const known = channel.spec.organizations.flatMap(({ peers }) => peers.map(({ name }) => name));
    const unknown = spec.organizations.flatMap(({ peers }) => peers).filter((name) => !known.includes(name));
    if (unknown.length === 0) return channel;
    // One change of the stack file updates the Channel and the Chaincode, in either order.
    const message = `Channel ${spec.channel} does not name ${unknown.join(", ")} yet. Add it there, or take it out of spec.organizations.`;
    throw new Halt(waiting("PeerNotOnChannel", message));
  }
}

/** Installs on all peers that answer. A peer that has not joined the channel yet is then ready sooner. */
async function installOn(
  member: ChannelOrganization,
  administrator: Administrator,
  { metadata, spec }: Channel,
  pkg: ChaincodePackage,
  connections: Connections,
): Promise<Installed> {
  const results = await Promise.allSettled(
    member.peers.map(async (address) => {
      const peer = connections.peer(address, administrator);
      await install(peer, pkg);
      if ((await peer.channels()).includes(spec.name)) return peer;
      const message = `${address.name} has not joined channel ${spec.name} yet; see the condition Ready of Channel ${metadata.name}.`;
      // The Channel's condition may stay as it is while the peer joins.
      throw new Halt(soon("ChannelNotReady", message));
    }),
  );
  const { values, failures } = settled<Peer>(results);
  return { organization: member.name, signer: administrator.signer, peers: values, failures };
}

interface Agreement {
  channel: Channel;
  definition: ChaincodeDefinition;
  packageId: string;
  orderers: Orderer[];
  /** Members with a peer that has the package. */
  usable: Member[];
  /** Failures so far; those of members that do not approve are added. */
  failures: unknown[];
  /** Called when only the commit is left. */
  beforeCommit: (isUpgrade: boolean) => Promise<void>;
}

/** What is agreed upon. */
interface Agreed {
  sequence: number;
  /** Names of private data collections that somebody else has committed. */
  collections: string[];
}

/** Has members approve and commit a definition; a majority is enough. */
async function agree(agreement: Agreement): Promise<Agreed> {
  const { channel, packageId, orderers, usable, failures, beforeCommit } = agreement;
  const { name } = channel.spec;
  const options = { timeoutMs: commitTimeout };
  const known = await Promise.all(
    usable.map(async (member) => ({
      member,
      committed: await committedDefinition(member, name, agreement.definition.name),
    })),
  );
  const committed = known.map((one) => one.committed).sort((a, b) => (b?.sequence ?? 0) - (a?.sequence ?? 0))[0];
  // What a member approved on an old state of the channel would not count.
  const current = known.filter((one) => one.committed?.sequence === committed?.sequence);
  const behind = known.filter((one) => !current.includes(one));
  failures.push(...behind.map(({ member }) => new Halt(soon("ChannelNotReady", catchingUp(member, name)))));
  // The spec has no collections. Fabric refuses to take any away that were ever committed.
  const collections = committed?.collections ?? [];
  const definition = { ...agreement.definition, collections };
  const sequence = sequenceOf(definition, committed);
  const approvals = settled(
    await Promise.allSettled(
      current.map(async ({ member }) => {
        await approve(member, orderers, name, definition, sequence, packageId, options);
        return member;
      }),
    ),
  );
  failures.push(...approvals.failures);
  // A channel's policy LifecycleEndorsement asks for a majority of its members.
  if (approvals.values.length * 2 <= channel.spec.organizations.length) throw gravest(failures);
  if (committed?.sequence !== sequence) await beforeCommit(committed !== undefined);
  await commit(approvals.values, orderers, name, definition, sequence, options);
  return { sequence, collections: collections.map((collection) => collection.name) };
}

function catchingUp({ organization }: Member, channel: string): string {
  return (
    `The peers of ${organization} are still catching up with the blocks of channel ${channel}. For each block with private data that ` +
    "no peer has any more, Fabric waits one minute."
  );
}

function keptCollections(names: readonly string[]): string {
  return (
    `Its private data collections ${names.join(", ")} were committed by other means. They are kept, because Fabric lets nobody take ` +
    "collections away. To change them, commit a definition with Fabric's own tools."
  );
}

/** The package. Its ID must be the one in the spec, because the servers run under that ID. */
function packageOf({ spec }: Chaincode): ChaincodePackage {
  const { id, label, address } = spec.package;
  let made: ChaincodePackage;
  try {
    made = packageChaincode(label, templatedConnection(address));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Halt(waiting("PackageInvalid", `${error.message}. Correct spec.package.label.`));
  }
  if (made.id === id) return made;
  throw new Halt(
    waiting(
      "PackageMismatch",
      `The package of this label and address has the ID ${made.id}, but spec.package.id is ${id}. Apply the platform and the ` +
        "network with the same version of baas.",
    ),
  );
}

function checkPolicy(source: string, { spec }: Channel): void {
  const policy = parseEndorsementPolicy(source);
  if ("error" in policy) {
    throw new Halt(waiting("EndorsementPolicyInvalid", `spec.endorsementPolicy: ${policy.error}. Correct it.`));
  }
  const known = spec.organizations.map(({ mspId }) => mspId);
  const strangers = mspIdsOf(policy).filter((mspId) => !known.includes(mspId));
  if (strangers.length > 0) {
    throw new Halt(
      waiting(
        "EndorsementPolicyInvalid",
        `spec.endorsementPolicy names ${strangers.join(", ")}, which is not on channel ${spec.name} (${known.join(", ")} are). ` +
          "Correct the policy, or add the organization to the channel.",
      ),
    );
  }
  const peers = new Map(spec.organizations.map((member) => [member.mspId, member.peers.length]));
  if (canEndorse(policy, peers)) return;
  throw new Halt(
    waiting(
      "EndorsementPolicyInvalid",
      `spec.endorsementPolicy cannot be satisfied on channel ${spec.name}, even if all peers endorse ` +
        `(${[...peers].map(([mspId, count]) => `${mspId} has ${count}`).join(", ")}): ${source}. Ask for fewer endorsements, for ` +
        "the role peer or member, or add peers.",
    ),
  );
}
