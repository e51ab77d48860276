/** EthereumNetwork: the genesis of a chain, and its validators. */
import { ethereumClients, ethereumForks, type ForkTime, timedForks } from "../contracts/ethereum";
import type { Definition, SpecOf } from "./definition";
import { boolean, immutable, integer, keyedList, object, string, type Validation } from "./schema";

/** A field of the genesis: the chain is another one with another value. */
function ofGenesis(field: string): Validation {
  const { rule } = immutable(field);
  return { rule, message: `${field} cannot be changed: it is in the genesis, which all blocks stand on` };
}

/** Forks that begin after the first block. */
function forks(description: string) {
  const fork = object("A fork.", {
    name: string("Its name.", { enum: [...timedForks], maxLength: 20 }),
    time: integer("When it begins, in seconds since 1970.", 1, 9_999_999_999),
  });
  return keyedList(description, "name", fork, timedForks.length, 0);
}

/** A rule for forks, which holds when they change, once the controller has seen the chain. */
function ofForks(rule: string, message: string): Validation {
  const same =
    "has(self.spec.forks) == has(oldSelf.spec.forks) && (!has(self.spec.forks) || self.spec.forks == oldSelf.spec.forks)";
  const unseen = "!has(self.status) || !has(self.status.chainTime) || !has(self.status.forks)";
  return { rule: `(${same}) || ${unseen} || (${rule})`, message };
}

const isSame = "(a.name == b.name && a.time == b.time)";

/** What a chain has passed stays. What passed is not what was written last, but what the controller has accepted, and nodes have used. */
const forksStay: Validation[] = [
  ofForks(
    `self.status.forks.all(a, a.time > self.status.chainTime || (has(self.spec.forks) && self.spec.forks.exists(b, ${isSame})))`,
    "spec.forks: a fork that has begun cannot be changed or removed, as blocks stand on it: write it as status.forks has it",
  ),
  ofForks(
    `!has(self.spec.forks) || self.spec.forks.all(a, a.time > self.status.chainTime || self.status.forks.exists(b, ${isSame}))`,
    "spec.forks: a fork cannot begin in the past, when blocks were made without it: write a time to come",
  ),
];

/** The custom resource for an Ethereum network. Deleting it only ends its management; chains stay. */
export const ethereumNetworkDefinition = {
  kind: "EthereumNetwork",
  plural: "ethereumnetworks",
  shortNames: ["eth"],
  description: "An Ethereum network. Ready: its genesis is kept, and its validators make blocks.",
  spec: object(
    "The network.",
    {
      client: string("What its nodes run: besu with QBFT, or geth with clique.", { enum: [...ethereumClients] }),
      chainId: integer("Chain ID.", 1, 4_503_599_627_370_476),
      blockPeriodSeconds: integer("Seconds between blocks.", 1, 3600),
      gasLimit: integer("Most gas in a block.", 1_000_000, 2_000_000_000),
      freeGas: boolean("Whether gas costs nothing."),
      latestFork: string("The latest fork that it has from the first block on.", { enum: [...ethereumForks] }),
      forks: forks("Forks that begin later, the earliest first. All nodes must have restarted before."),
      allocations: keyedList(
        "Accounts with a balance from the beginning.",
        "address",
        object("An account.", {
          address: string("Its address, in lower case.", { pattern: "^0x[0-9a-f]{40}$", maxLength: 42 }),
          balance: string("Its balance in wei.", { pattern: "^[0-9]{1,60}$", maxLength: 60 }),
        }),
        1000,
        0,
      ),
      validators: keyedList(
        "Nodes that make blocks.",
        "name",
        object("A validator.", {
          name: string("Name of its StatefulSet.", { maxLength: 63 }),
          host: string("Name by which the other nodes reach it; it never changes."),
        }),
        64,
      ),
    },
    {
      optional: ["forks"],
      validations: [
        ...["client", "chainId", "gasLimit", "freeGas", "latestFork", "allocations", "blockPeriodSeconds"].map(
          ofGenesis,
        ),
        {
          rule: "self.validators.exists(one, oldSelf.validators.exists(old, old.name == one.name))",
          message: "validators cannot all be exchanged: those that stay vote for the others",
        },
      ],
    },
  ),
  observed: {
    chainTime: integer(
      "When the chain's last block was made that was looked at, in seconds since 1970.",
      0,
      9_999_999_999,
    ),
    forks: forks("Forks that nodes have, or are to have."),
  },
  validations: forksStay,
  columns: [{ name: "Client", jsonPath: ".spec.client" }],
} satisfies Definition;

/** What the controller writes into `status` beside the conditions. */
export interface EthereumObservations {
  /** When the last block was made that was looked at, in seconds since 1970. */
  chainTime?: number;
  /** Forks that nodes have, or are to have. */
  forks?: ForkTime[];
}

/** `spec` of an EthereumNetwork. */
export type EthereumNetworkSpec = SpecOf<typeof ethereumNetworkDefinition>;
