/** Alerts on Ethereum networks: as the network controller sees their validators, and as nodes of Besu say themselves. */
import { type AlertGroup, type AlertSettings, behind, behindTime, restartTime } from "./alertRule";

const of = "namespace, network";
const figure = (name: string): string => `max by (${of}, node) (baas_ethereum_${name})`;
const validators = (state: string, when = ""): string =>
  `max by (${of}) (baas_ethereum_validators{state="${state}"}${when})`;
const last = `max by (${of}) (baas_ethereum_block_timestamp_seconds)`;
const period = `max by (${of}) (baas_ethereum_block_period_seconds)`;
const height = "ethereum_blockchain_height";

/** Chains on which each validator has had its turn several times: those of many blocks, or whose validators are as many as long before. */
const hadTurns = `${period} * ${validators("agreed")} < 300 or ${validators("agreed")} == ${validators("agreed", " offset 6h")}`;

/** Transactions that a pool of Besu's profile for enterprises has room for. */
const poolSize = 4096;

export const ethereumAlerts = (settings: AlertSettings): AlertGroup => ({
  name: "ethereum",
  rules: [
    {
      alert: "StalledChain",
      expr: `time() - ${last} > 60 + 5 * ${period}`,
      for: "1m",
      severity: "critical",
      summary: "The chain of network {{ $labels.network }} stands still",
      description: "Its last block is {{ $value | humanizeDuration }} old. No transaction is taken into a block.",
    },
    {
      alert: "QuorumAtRisk",
      expr: `${validators("answering")} <= ${validators("quorum")} and ${validators("answering")} < ${validators("agreed")}`,
      for: "5m",
      severity: "critical",
      summary: "Network {{ $labels.network }} survives no further loss of a validator",
      description: "{{ $value }} of its validators answer, no more than must agree on a block.",
    },
    {
      alert: "SilentValidator",
      expr: `${figure("validator_answers")} == 0 or ${figure("proposed_blocks")} == 0 and on (${of}) (${hadTurns})`,
      for: "10m",
      severity: "warning",
      summary: "Validator {{ $labels.node }} of network {{ $labels.network }} does nothing",
      description:
        "It does not answer, or made none of the last blocks. The others wait for it whenever it is its turn.",
    },
    {
      alert: "EthereumNodeDown",
      expr: 'up{role=~"validator|bootnode|rpc-node"} == 0',
      for: restartTime,
      severity: "warning",
      summary: "Node {{ $labels.node }} of network {{ $labels.network }} is down",
      description: `Its metrics could not be read for ${restartTime}. A restart takes less.`,
    },
    {
      alert: "OutOfSync",
      expr: behind(height, of, settings),
      for: behindTime,
      severity: "warning",
      summary: "Node {{ $labels.node }} of network {{ $labels.network }} is behind",
      description: "It lacks {{ $value }} blocks that others have had for a minute. What clients read there is old.",
    },
    {
      alert: "PoolFull",
      expr: `sum by (${of}, role, node) (besu_transaction_pool_transactions) / ${poolSize} > 0.8`,
      for: "5m",
      severity: "warning",
      summary: "The transaction pool of node {{ $labels.node }} of network {{ $labels.network }} is nearly full",
      description: "{{ $value | humanizePercentage }} of its room is taken. When it is full, it drops transactions.",
    },
  ],
});
