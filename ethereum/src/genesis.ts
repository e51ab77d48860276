/** Genesis files: for Besu with QBFT, and for geth with clique. */
import * as Hex from "ox/Hex";

import { normalAddress } from "./addresses";
import { EthereumError } from "./errors";
import { cliqueExtraData, qbftExtraData } from "./extraData";

/** A file that Besu and geth read as the genesis of a network. */
export interface Genesis {
  config: Record<string, unknown>;
  nonce: `0x${string}`;
  timestamp: `0x${string}`;
  extraData: `0x${string}`;
  gasLimit: `0x${string}`;
  difficulty: `0x${string}`;
  mixHash: `0x${string}`;
  coinbase: `0x${string}`;
  /** Only for geth: Besu takes it from `zeroBaseFee`. */
  baseFeePerGas?: `0x${string}`;
  alloc: Record<string, { balance: `0x${string}` }>;
}

/** What every network has. */
export interface GenesisOptions {
  chainId: number;
  /** Addresses of the first validators, in any order. */
  validators: readonly string[];
  /** Seconds between blocks. */
  blockPeriodSeconds: number;
  /** Blocks after which open votes on validators are dropped. Default: 30000. */
  epochLength?: number;
  gasLimit: number;
  /** Balances in wei that accounts begin with, by address. */
  allocations?: Readonly<Record<string, bigint>>;
}

/** For {@link qbftGenesis}. */
export interface QbftGenesisOptions extends GenesisOptions {
  /** Seconds until validators give up a round. Default: twice the time between blocks. */
  requestTimeoutSeconds?: number;
  /**
   * Forks after London with the Unix time at which each begins, in seconds; 0 for the first block. One that is left out before another
   * begins with it. Default: all up to Cancun, from the first block on.
   */
  forks?: Readonly<Partial<Record<LaterFork, number>>>;
  /** Whether gas costs nothing. Default: true. */
  freeGas?: boolean;
}

/** Forks by time that a network may come to have. */
export type LaterFork = (typeof laterForks)[number];

/** Forks after London, in their order. */
export const laterForks = ["shanghai", "cancun", "prague", "osaka"] as const;

const usualEpoch = 30_000;

/** By which a block says that it is one of QBFT or IBFT. */
const qbftMixHash = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365";

const blocksToBerlin = [
  ...["homestead", "eip150", "eip155", "eip158", "byzantium"],
  ...["constantinople", "petersburg", "istanbul", "berlin"],
];

/**
 * The genesis of a Besu network with QBFT, with all forks up to London from its first block on.
 *
 * @throws {@link EthereumError} when something cannot be in a genesis
 */
export function qbftGenesis(options: QbftGenesisOptions): Genesis {
  const { blockPeriodSeconds, epochLength = usualEpoch, forks = { cancun: 0 }, freeGas = true } = options;
  const { requestTimeoutSeconds = 2 * blockPeriodSeconds } = options;
  return {
    ...common(options),
    config: {
      chainId: options.chainId,
      ...fromTheStart([...blocksToBerlin, "london"]),
      ...forkTimes(forks),
      // No blobSchedule: with a maximum of 0 no block is ever made after Osaka.
      ...(freeGas && { zeroBaseFee: true }),
      qbft: {
        blockperiodseconds: blockPeriodSeconds,
        epochlength: epochLength,
        requesttimeoutseconds: requestTimeoutSeconds,
      },
    },
    extraData: qbftExtraData(options.validators),
    mixHash: qbftMixHash,
  };
}

/**
 * A genesis file with later forks: for a chain that lives, or is about to. The block that it makes stays the same.
 *
 * @param file - text of the genesis file
 * @param forks - with the Unix time at which each begins, in seconds
 * @throws {@link EthereumError} when the file has one of them at another time
 */
export function genesisWithForks(file: string, forks: Readonly<Partial<Record<LaterFork, number>>>): string {
  if (Object.keys(forks).length === 0) return file;
  const genesis = JSON.parse(file) as Genesis;
  const there = genesis.config as Record<string, number | undefined>;
  for (const fork of laterForks) {
    const [old, time] = [there[`${fork}Time`], forks[fork]];
    if (old !== undefined && time !== undefined && old !== time) {
      throw new EthereumError(
        `the genesis has ${fork}Time ${old}, which cannot become ${time}: blocks may stand on it`,
      );
    }
  }
  const times = Object.entries(forkTimes(forks)).filter(([key]) => there[key] === undefined);
  if (times.length === 0) return file;
  return `${JSON.stringify({ ...genesis, config: { ...genesis.config, ...Object.fromEntries(times) } }, undefined, 2)}\n`;
}

/**
 * The genesis of a geth network with clique, with all forks up to London from its first block on. The base fee begins at 0 and stays
 * there while blocks are at most half full.
 *
 * @throws {@link EthereumError} when something cannot be in a genesis
 */
export function cliqueGenesis(options: GenesisOptions): Genesis {
  const { blockPeriodSeconds, epochLength = usualEpoch } = options;
  return {
    ...common(options),
    config: {
      chainId: options.chainId,
      ...fromTheStart([...blocksToBerlin, "london"]),
      clique: { period: blockPeriodSeconds, epoch: epochLength },
    },
    extraData: cliqueExtraData(options.validators),
    mixHash: Hex.padLeft("0x", 32),
    baseFeePerGas: "0x0",
  };
}

function common({ chainId, validators, gasLimit, allocations = {} }: GenesisOptions) {
  if (!Number.isSafeInteger(chainId) || chainId < 1)
    throw new EthereumError(`${chainId} is no chain ID: a whole number from 1 on`);
  if (validators.length === 0) throw new EthereumError("a network begins with at least one validator");
  return {
    nonce: "0x0",
    timestamp: "0x0",
    gasLimit: Hex.fromNumber(gasLimit),
    difficulty: "0x1",
    coinbase: Hex.padLeft("0x", 20),
    alloc: Object.fromEntries(
      Object.entries(allocations).map(([address, balance]) => [
        normalAddress(address).slice(2),
        { balance: Hex.fromNumber(balance) },
      ]),
    ),
  } satisfies Partial<Genesis>;
}

/** Forks as `config` has them; one that is left out begins with the next one. */
function forkTimes(forks: Readonly<Partial<Record<LaterFork, number>>>): Record<string, number> {
  const times = laterForks.map((_, i) => laterForks.slice(i).flatMap((fork) => forks[fork] ?? [])[0]);
  return Object.fromEntries(
    laterForks.flatMap((fork, i): [string, number][] => (times[i] === undefined ? [] : [[`${fork}Time`, times[i]]])),
  );
}

function fromTheStart(forks: readonly string[]): Record<string, number> {
  return Object.fromEntries(forks.map((fork) => [`${fork}Block`, 0]));
}
