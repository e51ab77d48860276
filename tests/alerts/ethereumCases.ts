/** Cases of the alerts on Ethereum networks. */
import type { AlertCase, Series } from "./alertCase";

const chain = 'namespace="bank",network="bank"';
const ofChain = { namespace: "bank", network: "bank" };
const validators = (values: Series): Series =>
  Object.fromEntries(
    Object.entries({ wanted: "4x60", agreed: "4x60", answering: "4x60", quorum: "3x60", ...values }).map(
      ([state, value]) => [`baas_ethereum_validators{${chain},state="${state}"}`, value],
    ),
  );
const ofNode = (name: string, node: string, values: string): Series => ({
  [`baas_ethereum_${name}{${chain},node="${node}"}`]: values,
});
const target = (role: string, node: string): string => `job="ethereum",${chain},role="${role}",node="${node}"`;
const targetOf = (role: string, node: string) => ({ ...{ job: "ethereum", role, node }, ...ofChain });
/** Times of blocks, which are made each minute, up to some minute. */
const blocks = (values: string, period = "2x60"): Series => ({
  ...ofNode("block_timestamp_seconds", "validator0", values),
  [`baas_ethereum_block_period_seconds{${chain}}`]: period,
});
/** Time between blocks, and how many validators take turns. */
const inTurn = (period: string, agreed: string): Series => ({
  [`baas_ethereum_block_period_seconds{${chain}}`]: period,
  [`baas_ethereum_validators{${chain},state="agreed"}`]: agreed,
});
const rpc0 = target("rpc-node", "rpc0");
const rpc1 = target("rpc-node", "rpc1");

function both(
  alert: string,
  at: number,
  loud: [when: string, series: Series, labels: Record<string, string>],
  quiet: [when: string, series: Series],
): AlertCase[] {
  return [
    { alert, when: loud[0], series: loud[1], at, fires: [loud[2]] },
    { alert, when: quiet[0], series: quiet[1], at, fires: [] },
  ];
}

export const ethereumCases: AlertCase[] = [
  ...both(
    "StalledChain",
    10,
    ["no block is made any more", blocks("0+60x3 180x60"), ofChain],
    ["blocks are made", blocks("0+60x60")],
  ),
  {
    alert: "StalledChain",
    when: "blocks are made every five minutes",
    series: blocks("0x4 300x4 600x4 900x4", "300x60"),
    at: 10,
    fires: [],
  },
  {
    alert: "StalledChain",
    when: "all validators are silent, and their last blocks are known",
    series: { ...blocks("0+60x3 180x60"), ...validators({ answering: "4 0x60" }) },
    at: 10,
    fires: [ofChain],
  },
  ...both(
    "QuorumAtRisk",
    10,
    ["one of four is away", validators({ answering: "4 3x60" }), ofChain],
    ["one restarts", validators({ answering: "4 3 3 4x60" })],
  ),
  {
    alert: "QuorumAtRisk",
    when: "a network of one validator has no other to lose",
    series: validators({ wanted: "1x60", agreed: "1x60", answering: "1x60", quorum: "1x60" }),
    at: 10,
    fires: [],
  },
  ...both(
    "SilentValidator",
    15,
    ["it does not answer", ofNode("validator_answers", "validator1", "1 0x60"), { ...ofChain, node: "validator1" }],
    ["it restarts", ofNode("validator_answers", "validator1", "1 0 0 0 1x60")],
  ),
  ...both(
    "SilentValidator",
    15,
    [
      "it answers, and makes no blocks",
      {
        ...ofNode("validator_answers", "validator1", "1x60"),
        ...ofNode("proposed_blocks", "validator1", "25 12 0x60"),
        ...inTurn("2x60", "4x60"),
      },
      { ...ofChain, node: "validator1" },
    ],
    ["it makes some", { ...ofNode("proposed_blocks", "validator1", "1x60"), ...inTurn("2x60", "4x60") }],
  ),
  {
    alert: "SilentValidator",
    when: "it has joined a chain of few blocks, and its turn has not come",
    series: { ...ofNode("proposed_blocks", "validator4", "_x370 0x60"), ...inTurn("300x450", "4x370 5x60") },
    at: 395,
    fires: [],
  },
  {
    alert: "SilentValidator",
    when: "it makes no blocks of a chain that has few",
    series: { ...ofNode("proposed_blocks", "validator1", "0x450"), ...inTurn("300x450", "4x450") },
    at: 395,
    fires: [{ ...ofChain, node: "validator1" }],
  },
  ...both(
    "EthereumNodeDown",
    8,
    ["it stays away", { [`up{${rpc0}}`]: "1 0x60" }, targetOf("rpc-node", "rpc0")],
    ["it restarts", { [`up{${rpc0}}`]: "1 0 0 1x60" }],
  ),
  ...both(
    "OutOfSync",
    30,
    [
      "it stops, and others go on",
      { [`ethereum_blockchain_height{${rpc0}}`]: "0+30x60", [`ethereum_blockchain_height{${rpc1}}`]: "0+30x5 150x60" },
      targetOf("rpc-node", "rpc1"),
    ],
    [
      "it was read before the other, which had a few blocks more by then",
      { [`ethereum_blockchain_height{${rpc0}}`]: "28+30x60", [`ethereum_blockchain_height{${rpc1}}`]: "0+30x60" },
    ],
  ),
  ...both(
    "PoolFull",
    10,
    [
      "more comes than blocks take",
      { [`besu_transaction_pool_transactions{${rpc0}}`]: "0 4000x60" },
      { ...ofChain, role: "rpc-node", node: "rpc0" },
    ],
    ["much comes for a while", { [`besu_transaction_pool_transactions{${rpc0}}`]: "0 4000 4000 900x60" }],
  ),
];
