/** Validators voted in and out, one after another, until the chain has those that its EthereumNetwork names. */
import { type KnownValidator, quorumText } from "../../../../model/contracts/ethereum";
import { messageOf } from "../../../common/failure";
import { type Result, soon } from "../reconciler";
import type { EthereumNetwork } from "../resources";
import type { NodeState } from "./jsonRpc";
import type { Voting } from "./voting";

/** How many blocks a node may be behind the others when it becomes a validator. */
const mostBehind = 2;

/** A node, and what it said. */
export interface Heard {
  name: string;
  url: string;
  state?: NodeState;
  silence?: string;
}

/** The validators of a chain, as seen. */
export interface Membership {
  /** Everyone who has been named, and has published who it is. */
  known: readonly KnownValidator[];
  /** Addresses of those that make blocks now. */
  current: readonly string[];
  /** Nodes that are or become validators. */
  heard: readonly Heard[];
}

/** The next validator that comes or goes. */
interface Change {
  validator: KnownValidator;
  joins: boolean;
}

/**
 * Has the validators vote for the next change, if there is any. They vote on one at a time. A vote travels in a block of its voter, and
 * is dropped at the end of an epoch or with the voter's process, so this is called again and again until the change holds.
 *
 * @returns what is in progress; undefined if the chain has the validators that it should have
 */
export async function voteOn(
  { spec }: EthereumNetwork,
  membership: Membership,
  voting: Voting,
): Promise<Result | undefined> {
  const { known, current, heard } = membership;
  const unknown = spec.validators.filter(({ name }) => !known.some((one) => one.name === name));
  const change = nextChange(spec.validators, membership, unknown.length > 0);
  const obstacle = change?.joins === true ? obstacleOf(change.validator, heard) : undefined;
  const votes = await settleVotes(membership, voting, obstacle === undefined ? change : undefined);
  if (change !== undefined) {
    const { validator, joins } = change;
    const reason = joins ? "AddingValidator" : "RemovingValidator";
    if (obstacle !== undefined) return soon(reason, `Adds ${validator.name} when it is in sync: ${obstacle}.`);
    const then = current.length + (joins ? 1 : -1);
    const whole = quorumText(spec.client, current.length, then);
    const needed = Math.floor(current.length / 2) + 1;
    const text = `${joins ? "Adds" : "Removes"} ${validator.name}, ${validator.address}: ${whole}.`;
    const silent = votes.problems.length === 0 ? "" : ` Not voting: ${votes.problems.join(", ")}.`;
    return soon(reason, `${text} ${votes.cast} of ${current.length} vote for that, and ${needed} must.${silent}`);
  }
  if (unknown.length === 0) return undefined;
  const names = unknown.map(({ name }) => name).join(", ");
  return soon("AddingValidator", `Waits for ${names} to publish who they are, to be validators.`);
}

function nextChange(
  wanted: EthereumNetwork["spec"]["validators"],
  { known, current }: Membership,
  someAreUnknown: boolean,
): Change | undefined {
  const isWanted = ({ name }: { name: string }): boolean => wanted.some((one) => one.name === name);
  const joining = known.find((one) => isWanted(one) && !current.includes(one.address));
  if (joining !== undefined) return { validator: joining, joins: true };
  // Who is not known yet could be one of those that would be voted out.
  if (someAreUnknown) return undefined;
  const leaving = known.findLast((one) => !isWanted(one) && current.includes(one.address));
  return leaving && { validator: leaving, joins: false };
}

/** Why a node cannot become a validator yet. */
function obstacleOf({ name }: KnownValidator, heard: readonly Heard[]): string | undefined {
  const candidate = heard.find((one) => one.name === name);
  if (candidate?.state === undefined) return `it does not answer (${candidate?.silence ?? "not asked"})`;
  const head = Math.max(...heard.flatMap(({ state }) => state?.block ?? []));
  const { block } = candidate.state;
  return block < head - mostBehind ? `it is at block ${block}, and others at ${head}` : undefined;
}

/** Has each validator vote for the change, and for nothing else. */
async function settleVotes(
  { known, current, heard }: Membership,
  voting: Voting,
  change: Change | undefined,
): Promise<{ cast: number; problems: string[] }> {
  const members = known.filter(({ address }) => current.includes(address));
  const voters = heard.filter(({ name, state }) => state !== undefined && members.some((one) => one.name === name));
  const problems = heard
    .filter(({ name, state }) => state === undefined && members.some((one) => one.name === name))
    .map(({ name, silence }) => `${name} (${silence})`);
  let cast = 0;
  for (const { name, url } of voters) {
    try {
      const pending = await voting.pending(url);
      for (const address of Object.keys(pending)) {
        if (address !== change?.validator.address) await voting.discard(url, address);
      }
      if (change === undefined) continue;
      const { validator, joins } = change;
      if (pending[validator.address] !== joins) await voting.propose(url, validator.address, joins);
      cast++;
    } catch (error) {
      problems.push(`${name} (${messageOf(error)})`);
    }
  }
  return { cast, problems };
}
