/** The schema of `baas:ethereum` in stack files. Rules across several fields are in ethereum/ethereumChecks.ts. */
import { z } from "zod";

import { ethereumClients, ethereumForks, timedForks } from "../contracts/ethereum";
import { durationSeconds } from "../duration";
import { ethereumGatewaySchema } from "./ethereumGatewaySchema";
import { dnsLabel, duration, quoted, storage, text } from "./fields";
import { networkDomain } from "./kubernetesFields";
import { ethereumPodsSchema } from "./podSchema";
import { namespaceName, overriddenPolicies, sizeSchema } from "./sharedSchema";

const balance = quoted("a balance")
  .max(50, { error: "at most 50 characters", abort: true })
  .regex(/^(0|[1-9][0-9]{0,40})( (wei|gwei|ether))?$/, {
    error: 'a balance is a whole number in quotes, of wei or with its unit, such as "100 ether"',
  });

/** As many as the custom resource has room for. */
const mostAllocations = 1000;

/** Longest time between blocks, in seconds, as the custom resource has it. */
const longestPeriod = 3600;

const forkTime = text(
  /^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/,
  "a time is in UTC, to the second, such as 2027-01-01T00:00:00Z",
  20,
).refine(isDay, { error: "there is no such day" });

/** One Ethereum network: `baas:ethereum` of a stack file. */
export const ethereumSchema = z.strictObject({
  environment: dnsLabel("an environment's name", 40).describe(
    "Environment that the network runs in; stacks/environments/<environment>.yaml describes it.",
  ),
  namespace: namespaceName.optional().describe("Kubernetes namespace of the network. Default: the name of the stack."),
  domain: networkDomain
    .optional()
    .describe("Domain of the network; clients outside the cluster call rpc.<domain>. Unique within the cluster."),
  client: z
    .enum(ethereumClients)
    .default("besu")
    .describe(
      "What the nodes run: besu with QBFT, or geth with clique, which is for testing and where Besu's image cannot be had. It never changes.",
    ),
  chainId: z
    .int()
    .min(1)
    .max(4_503_599_627_370_476)
    .describe("Chain ID, which wallets sign for. Unique among all stacks; it never changes."),
  validators: z
    .int()
    .min(1)
    .max(40)
    .default(4)
    .describe("Nodes that make blocks. With QBFT a third of them, less one, may fail: 4 tolerate 1. Default: 4."),
  rpcNodes: z.int().min(1).max(20).default(1).describe("Nodes that clients call. Default: 1."),
  bootnodes: z
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe(
      "Nodes between RPC nodes and validators: with them, RPC nodes reach no validator, and get blocks from bootnodes. They sign nothing " +
        "and serve no clients. Default: 0.",
    ),
  blockPeriod: duration
    .default("2s")
    .refine((time) => /s$/.test(time) && !/ms$/.test(time), {
      error: "blocks come in whole seconds, such as 2s",
      abort: true,
    })
    .refine((time) => durationSeconds(time) <= longestPeriod, {
      error: `blocks come within an hour, ${longestPeriod}s`,
    })
    .describe("Time between blocks, an hour at most. It never changes."),
  gasLimit: z
    .int()
    .min(1_000_000)
    .max(2_000_000_000)
    .default(30_000_000)
    .describe("Most gas in a block. It never changes."),
  freeGas: z
    .boolean()
    .default(true)
    .describe(
      "Whether gas costs nothing, so that senders need no balance. With geth they need one all the same, as a transaction costs 1 wei " +
        "for each gas at least. It never changes.",
    ),
  latestFork: z
    .enum(ethereumForks)
    .optional()
    .describe(
      "The latest fork that the chain has from its first block on, with all before it. It never changes. Default: cancun, with geth london.",
    ),
  forks: z
    .partialRecord(z.enum(timedForks), forkTime)
    .default({})
    .describe(
      "Later forks with the times at which they begin, such as `prague: 2027-01-01T00:00:00Z`. Each comes with all before it. One may be " +
        "added to a chain that lives: every node restarts before it begins. One that has begun never changes. Not with geth.",
    ),
  allowedAccounts: z
    .array(quoted("an address"))
    .min(1, { error: "an empty list would let nobody send transactions: leave it out to let everybody" })
    .max(1000)
    .optional()
    .describe(
      "Addresses of the accounts that may send transactions. Default: all may. A change restarts the nodes, one after another. Not with geth.",
    ),
  allocations: z
    .record(z.string(), balance)
    .refine((accounts) => Object.keys(accounts).length <= mostAllocations, {
      error: `at most ${mostAllocations} accounts`,
    })
    .default({})
    .describe("Balances that accounts begin with, by their addresses in quotes, 1000 at most. They never change."),
  storage: storage.default("20Gi").describe("Volume of each node: chain, state and key."),
  size: sizeSchema.optional().describe("Resource profile. Default: that of the environment."),
  smokeTest: z
    .boolean()
    .default(false)
    .describe(
      "Whether a Job deploys a contract, calls it, and reads it back from every node, once the chain lives. Not in production.",
    ),
  gateway: ethereumGatewaySchema
    .optional()
    .describe(
      "How clients outside the cluster reach JSON-RPC. Without one, nothing of the network has a port outside.",
    ),
  pods: ethereumPodsSchema
    .optional()
    .describe(
      "Where pods run, and what they carry, by role; added to `pods` of the environment. See docs/platforms.md.",
    ),
  policies: overriddenPolicies,
});

/** Whether a day is in the calendar: Node reads February 30 as March 2. */
function isDay(time: string): boolean {
  const read = new Date(time);
  return !Number.isNaN(read.getTime()) && read.toISOString().slice(0, 10) === time.slice(0, 10);
}

/** `baas:ethereum` with all defaults filled in. */
export type EthereumConfig = z.output<typeof ethereumSchema>;
