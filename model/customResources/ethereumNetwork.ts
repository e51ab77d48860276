/** EthereumNetwork: the genesis of a chain, and its validators. */
import { ethereumClients, ethereumForks } from "../contracts/ethereum";
import type { Definition, SpecOf } from "./definition";
import { boolean, immutable, integer, keyedList, object, string, type Validation } from "./schema";

/** A field of the genesis: the chain is another one with another value. */
function ofGenesis(field: string): Validation {
  const { rule } = immutable(field);
  return { rule, message: `${field} cannot be changed: it is in the genesis, which all blocks stand on` };
}

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
  columns: [{ name: "Client", jsonPath: ".spec.client" }],
} satisfies Definition;

/** `spec` of an EthereumNetwork. */
export type EthereumNetworkSpec = SpecOf<typeof ethereumNetworkDefinition>;
