import {
  approve,
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

import type { Administrators } from "./administrators";
import { isReady } from "./conditions";
import { Connections } from "./connections";
import { resulting, settled } from "./failures";
import { Halt, ready, type Reconciler, type Result, waiting } from "./reconciler";
import type { Chaincode, Channel, ChannelMember } from "./resources";

/** Longest wait for one transaction to be ordered, and again to be committed; in milliseconds. */
const COMMIT_TIMEOUT = 20_000;

/** What a chaincode's reconciliation looks at beside the chaincode. */
export interface ChaincodeSources {
  channel(key: string): Channel | undefined;
}

/** An organization on the channel; its peers are those that have the package. */
interface Installed extends Member {
  /** Why others of its peers do not have it. */
  readonly failures: readonly unknown[];
}

/**
 * Reconciles Chaincode: installs its package on every member's peers, has every member approve the definition, and commits
 * it. What is committed tells the sequence. Until then the former definition stays in force, and its server is left alone.
 */
export class Chaincodes implements Reconciler<Chaincode> {
  readonly kind = "Chaincode";

  constructor(
    private readonly administrators: Administrators,
    private readonly sources: ChaincodeSources,
  ) {}

  reconcile(chaincode: Chaincode): Promise<Result> {
    return resulting(() => Connections.during((connections) => this.define(chaincode, connections)));
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
    const members = await Promise.all(
      organizations.map((member) => this.installOn(member, namespace, pkg, connections)),
    );

    const definition: ChaincodeDefinition = { name, version, endorsementPolicy, initRequired };
    const usable = members.filter(({ peers }) => peers.length > 0);
    const failures = members.flatMap((member) => member.failures);
    const sequence = await agree({ channel, definition, orderers, usable, failures, packageId: pkg.id });
    if (failures.length > 0) throw failures[0];
    return ready(
      "Committed",
      `${name} ${version} is committed with sequence ${sequence} on channel ${channel.spec.name}, and installed on all peers`,
    );
  }

  private channelOf({ metadata, spec }: Chaincode): Channel {
    const channel = this.sources.channel(`${metadata.namespace}/${spec.channel}`);
    if (!channel) {
      const message = `There is no Channel ${spec.channel} in namespace ${metadata.namespace}. Create it, or correct spec.channel.`;
      throw new Halt(waiting("ChannelNotFound", message));
    }
    if (isReady(channel)) return channel;
    throw new Halt(waiting("ChannelNotReady", `Channel ${spec.channel} is not ready yet; see its condition Ready.`));
  }

  private async installOn(
    member: ChannelMember,
    namespace: string,
    pkg: ChaincodePackage,
    connections: Connections,
  ): Promise<Installed> {
    const administrator = await this.administrators.of(namespace, member);
    const results = await Promise.allSettled(
      member.peers.map(async (address) => {
        const peer = connections.peer(address, administrator);
        await install(peer, pkg);
        return peer;
      }),
    );
    const { values, failures } = settled<Peer>(results);
    return { organization: member.name, signer: administrator.signer, peers: values, failures };
  }
}

interface Agreement {
  readonly channel: Channel;
  readonly definition: ChaincodeDefinition;
  readonly packageId: string;
  readonly orderers: Orderer[];
  /** Members with a peer that has the package. */
  readonly usable: readonly Member[];
  /** Failures so far; those of members that do not approve are added. */
  readonly failures: unknown[];
}

/** Has members approve and commit a definition; a majority is enough. Returns its sequence. */
async function agree(agreement: Agreement): Promise<number> {
  const { channel, definition, packageId, orderers, usable, failures } = agreement;
  const { name } = channel.spec;
  const options = { timeoutMs: COMMIT_TIMEOUT };
  const committed = (
    await Promise.all(usable.map((member) => committedDefinition(member, name, definition.name)))
  ).sort((a, b) => (b?.sequence ?? 0) - (a?.sequence ?? 0))[0];
  const sequence = sequenceOf(definition, committed);
  const approvals = settled(
    await Promise.allSettled(
      usable.map(async (member) => {
        await approve(member, orderers, name, definition, sequence, packageId, options);
        return member;
      }),
    ),
  );
  failures.push(...approvals.failures);
  // A channel's policy LifecycleEndorsement asks for a majority of its members.
  if (approvals.values.length * 2 <= channel.spec.organizations.length) throw failures[0];
  await commit(approvals.values, orderers, name, definition, sequence, options);
  return sequence;
}

/** The package, which must be the one that the spec was written for: its servers run under that ID. */
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
  if (strangers.length === 0) return;
  throw new Halt(
    waiting(
      "EndorsementPolicyInvalid",
      `spec.endorsementPolicy names ${strangers.join(", ")}, which is not on channel ${spec.name} (${known.join(", ")} are). ` +
        "Correct the policy, or add the organization to the channel.",
    ),
  );
}
