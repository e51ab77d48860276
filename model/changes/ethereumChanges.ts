/** What changes between two states of an Ethereum network in its own terms, each with its consequences. */
import { isOlderBesu } from "../contracts/besuVersion";
import { type ForkTime, quorumText } from "../contracts/ethereum";
import type { EthereumDescription } from "../ethereum/ethereumDescription";
import type { Allocation } from "../ethereum/ethereumPlan";
import { refusedForks, timeText } from "../ethereum/forks";
import { added, changed, count, matched, nameOf, type NetworkChange, removed } from "./change";

const inOrder =
  "RPC nodes first, then bootnodes, then validators, one after the other, each when all validators are in sync";

/**
 * Compares two states of a network that is there before and after.
 *
 * @param now - in seconds since 1970
 */
export function ethereumChanges(
  before: EthereumDescription,
  after: EthereumDescription,
  now = Math.floor(Date.now() / 1000),
): NetworkChange[] {
  const subject = `chain ${after.chainId}`;
  return [
    ...placeChanges(subject, before, after),
    ...changed(subject, "client", before.client, after.client, refused),
    ...changed(subject, "chain ID", before.chainId, after.chainId, refused),
    ...genesisChanges(subject, before.genesis, after.genesis),
    ...versionChanges(subject, before.besuVersion, after.besuVersion),
    ...changed(subject, "validators", before.validators, after.validators, {
      consequences: [...joining(before, after), ...leaving(before, after)],
      loud: after.validators < before.validators,
    }),
    ...forkChanges(subject, before.forks ?? [], after.forks ?? [], now),
    ...accountChanges(subject, before.allowedAccounts, after.allowedAccounts),
    ...changed(subject, "bootnodes", before.bootnodes ?? 0, after.bootnodes ?? 0, {
      consequences: bootnodeConsequences(after.bootnodes ?? 0),
    }),
  ];
}

const refused = {
  consequences: ["the cluster refuses it: it is in the genesis, which all blocks stand on"],
  loud: true,
};

/** Other fields of the genesis, each as the stack file names it. */
function genesisChanges(
  chain: string,
  before: EthereumDescription["genesis"],
  after: EthereumDescription["genesis"],
): NetworkChange[] {
  if (before === undefined || after === undefined) return [];
  const period = ({ blockPeriodSeconds }: NonNullable<EthereumDescription["genesis"]>) => `${blockPeriodSeconds}s`;
  const { come, gone, kept } = matched(before.allocations, after.allocations, ({ address }) => address);
  const others = kept.flatMap(([old, now]) => (old.balance === now.balance ? [] : [now]));
  return [
    ...changed(chain, "blockPeriod", period(before), period(after), refused),
    ...changed(chain, "gasLimit", before.gasLimit, after.gasLimit, refused),
    ...changed(chain, "freeGas", before.freeGas, after.freeGas, refused),
    ...changed(chain, "latestFork", before.latestFork, after.latestFork, refused),
    ...[...come, ...gone, ...others].map(({ address }) => {
      const balanceOf = (all: readonly Allocation[]): string => {
        const found = all.find((one) => one.address === address);
        return found === undefined ? "none" : `${found.balance} wei`;
      };
      const text = `allocations.${address} ${balanceOf(before.allocations)} -> ${balanceOf(after.allocations)}`;
      return { action: "change" as const, subject: chain, text, ...refused };
    }),
  ];
}

/** Where the network is. */
function placeChanges(chain: string, before: EthereumDescription, after: EthereumDescription): NetworkChange[] {
  const { environment = after.environment, namespace = after.namespace } = before;
  return [
    ...changed(chain, "environment", environment ?? "", after.environment ?? "", {
      consequences: ["where the new one has another cluster, a new chain begins there: nothing is moved"],
      loud: true,
    }),
    ...changed(chain, "namespace", namespace ?? "", after.namespace ?? "", {
      consequences: [
        "a new chain begins in the new namespace, with other validators' keys; the old namespace, its chain and its volumes stay",
      ],
      loud: true,
    }),
  ];
}

function versionChanges(chain: string, before: string | undefined, after: string | undefined): NetworkChange[] {
  if (before === undefined || after === undefined) return [];
  const consequences = isOlderBesu(after, before)
    ? ["the first node does not start: none does on the volume of a newer release. The others wait for it, and run on"]
    : [`every node restarts with the new release, ${inOrder}`, "there is no way back to the older release"];
  return changed(chain, "Besu", before, after, { consequences, loud: true });
}

/** One after another: each is a step of its own, whose quorum counts until the next. */
function joining({ validators }: EthereumDescription, after: EthereumDescription): string[] {
  return Array.from({ length: Math.max(0, after.validators - validators) }, (_, i) => {
    const now = validators + i;
    const what = `adds validator${now}, when it is in sync and more than half of ${now} vote for it`;
    return `${what}: ${quorumText(after.client, now, now + 1)}`;
  });
}

function leaving({ validators }: EthereumDescription, after: EthereumDescription): string[] {
  return Array.from({ length: Math.max(0, validators - after.validators) }, (_, i) => {
    const now = validators - i;
    const what = `removes validator${now - 1}: more than half of ${now} vote it out before it stops, and its volume stays`;
    return `${what}; ${quorumText(after.client, now, now - 1)}`;
  });
}

/** How long before a fork a reader is told to hurry, in seconds. */
const shortNotice = 3600;

/** A fork is a restart of every node before a time. */
function forkChanges(
  chain: string,
  before: readonly ForkTime[],
  after: readonly ForkTime[],
  now: number,
): NetworkChange[] {
  const refusals = refusedForks(before, after, now);
  const refusal = (fork: string): string[] =>
    refusals.filter((text) => text.startsWith(`${fork} `)).map((text) => `the cluster refuses it: ${text}`);
  const { come, gone, kept } = matched(before, after, nameOf);
  const subject = ({ name }: ForkTime): string => `${chain}, fork ${name}`;
  const loudIf = (change: NetworkChange, isLoud: boolean): NetworkChange => ({ ...change, loud: isLoud });
  return [
    ...come.map((fork) => {
      const refused = refusal(fork.name);
      const isSoon = fork.time - now < shortNotice;
      const consequences = refused.length > 0 ? refused : beforeFork(fork, now);
      return loudIf(added(subject(fork), `begins at ${timeText(fork.time)}`, consequences), isSoon);
    }),
    ...kept.flatMap(([old, fork]) => {
      const refused = refusal(fork.name);
      return changed(subject(fork), "begins at", timeText(old.time), timeText(fork.time), {
        consequences: refused.length > 0 ? refused : beforeFork(fork.time < old.time ? fork : old, now),
        loud: true,
      });
    }),
    ...gone.map((fork) => {
      const refused = refusal(fork.name);
      const text = `would have begun at ${timeText(fork.time)}`;
      return removed(subject(fork), text, refused.length > 0 ? refused : beforeFork(fork, now));
    }),
  ];
}

function beforeFork({ time }: ForkTime, now: number): string[] {
  const restart = `every node restarts, and must have before ${timeText(time)}: ${inOrder}. One that has not by then may lose the chain until it has`;
  const minutes = Math.max(0, Math.floor((time - now) / 60));
  return time - now < shortNotice ? [restart, `that is in ${count(minutes, "minute")}`] : [restart];
}

function accountChanges(
  chain: string,
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
): NetworkChange[] {
  const restart = `the nodes restart, ${inOrder}`;
  const subject = `${chain}, accounts that may send`;
  if (before === undefined && after === undefined) return [];
  if (before === undefined) {
    return [{ ...added(subject, after!.join(", "), [`all others may not any more; ${restart}`]), loud: true }];
  }
  if (after === undefined) return [removed(subject, before.join(", "), [`all may send; ${restart}`])];
  const [come, gone] = [
    after.filter((account) => !before.includes(account)),
    before.filter((account) => !after.includes(account)),
  ];
  return [
    ...(come.length > 0 ? [added(subject, come.join(", "), [restart])] : []),
    ...(gone.length > 0 ? [removed(subject, gone.join(", "), [restart])] : []),
  ];
}

function bootnodeConsequences(bootnodes: number): string[] {
  if (bootnodes === 0) return ["RPC nodes restart, one after another, and dial validators"];
  return [
    "RPC nodes restart, one after another, and dial bootnodes instead of validators",
    ...(bootnodes === 1 ? ["there is one bootnode: RPC nodes get no blocks while it restarts"] : []),
  ];
}
