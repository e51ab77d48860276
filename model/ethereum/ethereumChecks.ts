/** Rules of an Ethereum network that span several fields, or that its environment makes. */
import { normalAddress } from "../../ethereum/src/addresses";
import { type EthereumFork, ethereumForks, quorumOf, timedForks } from "../contracts/ethereum";
import { parseImage } from "../contracts/images";
import { inQuotes, listed } from "../messageText";
import type { EthereumConfig } from "../stackFile/ethereumSchema";
import type { Finding } from "../stackFile/findings";
import type { EnvironmentConfig } from "../stackFile/schema";
import { defaultFork } from "./ethereumPlan";
import { forkTimes, timeText } from "./forks";

/** Public networks. With the chain ID of one of them, a transaction that is signed here could be sent there. */
const publicNetworks: Record<number, string> = {
  1: "Ethereum",
  10: "OP Mainnet",
  25: "Cronos",
  50: "XDC Network",
  56: "BNB Smart Chain",
  61: "Ethereum Classic",
  97: "BNB Smart Chain Testnet",
  100: "Gnosis",
  130: "Unichain",
  137: "Polygon",
  146: "Sonic",
  250: "Fantom",
  324: "ZKsync Era",
  480: "World Chain",
  1101: "Polygon zkEVM",
  1284: "Moonbeam",
  5000: "Mantle",
  8217: "Kaia",
  8453: "Base",
  10200: "Gnosis Chiado",
  17000: "Holesky",
  42161: "Arbitrum One",
  42220: "Celo",
  43113: "Avalanche Fuji",
  43114: "Avalanche",
  59144: "Linea",
  80002: "Polygon Amoy",
  81457: "Blast",
  84532: "Base Sepolia",
  421614: "Arbitrum Sepolia",
  534352: "Scroll",
  560048: "Hoodi",
  11155111: "Sepolia",
  11155420: "OP Sepolia",
};

/**
 * Checks a network by itself and against its environment.
 *
 * @param root - path of the network in its file, such as `baas:ethereum`
 */
export function checkEthereum(root: string, config: EthereumConfig, environment: EnvironmentConfig): Finding[] {
  const at = (key: string, message: string): Finding => ({ path: `${root}.${key}`, message });
  return [
    ...publicChainId(config).map((message) => at("chainId", message)),
    ...forks(config).map((message) => at("latestFork", message)),
    ...laterForks(config).map(([key, message]) => at(key, message)),
    ...addresses(`${root}.allocations`, Object.keys(config.allocations)),
    ...addresses(`${root}.allowedAccounts`, config.allowedAccounts ?? []),
    ...allowedAccounts(config).map(([key, message]) => at(key, message)),
    ...unpaidSmokeTest(config).map((message) => at("smokeTest", message)),
    ...gethImage(config, environment).map((message) => at("client", message)),
    ...purpose(config, environment).map(([key, message]) => at(key, message)),
  ];
}

/** What a reader of the file should know, without being a mistake. */
export function ethereumWarnings(root: string, config: EthereumConfig): Finding[] {
  return [...stops(root, config), ...unpaid(root, config)];
}

/** Gas that nobody can ever pay for. With geth, the account for tests can. */
function unpaid(root: string, { client, freeGas, allocations }: EthereumConfig): Finding[] {
  const isPaid = Object.values(allocations).some((balance) => !/^0( |$)/.test(balance));
  if (client === "geth" || freeGas || isPaid) return [];
  const message =
    "is false, and no account has a balance: nobody can ever send a transaction, as neither changes later. Give accounts allocations, or leave it out";
  return [{ path: `${root}.freeGas`, message }];
}

function stops(root: string, { client, validators }: EthereumConfig): Finding[] {
  if (validators === 1) return [];
  const tolerated = validators - quorumOf(client, validators);
  if (tolerated > 0) return [];
  const message = `${validators} validators go on without none of them: the chain stops while one is away. Write validators: 4, which tolerate 1`;
  return [{ path: `${root}.validators`, message }];
}

function publicChainId({ chainId }: EthereumConfig): string[] {
  const name = publicNetworks[chainId];
  if (name === undefined) return [];
  return [
    `${chainId} is the chain ID of the public network ${name}: what is signed for one could be sent to the other. Choose another number`,
  ];
}

function forks({ client, latestFork = defaultFork(client) }: EthereumConfig): string[] {
  if (client === "besu" || latestFork === "london") return [];
  const later = ethereumForks.filter((fork) => fork !== "london");
  return [
    `is ${latestFork}, and client is geth: with clique it makes no blocks of ${listed(later)}. Leave it out, or write client: besu`,
  ];
}

/** Forks at a time: after those of the first block, and in their order. */
function laterForks({
  client,
  latestFork = defaultFork(client),
  forks,
}: EthereumConfig): [key: string, message: string][] {
  const named = timedForks.filter((fork) => forks[fork] !== undefined);
  if (named.length === 0) return [];
  if (client === "geth") {
    const why = `with clique it makes no blocks of ${listed(timedForks)}`;
    return [["forks", `names ${listed(named)}, and client is geth: ${why}. Leave it out, or write client: besu`]];
  }
  const placeOf = (fork: EthereumFork): number => ethereumForks.indexOf(fork);
  const first = named.filter((fork) => placeOf(fork) <= placeOf(latestFork));
  const times = forkTimes(latestFork, forks);
  return [
    ...first.map((fork): [string, string] => [
      `forks.${fork}`,
      `the chain has ${fork} from its first block on, as latestFork is ${latestFork}. Leave it out`,
    ]),
    ...times.flatMap(({ name, time }, i): [string, string][] => {
      const later = times.slice(i + 1).find((one) => one.time < time);
      if (later === undefined) return [];
      const when = `begins at ${timeText(later.time)}, before ${name} at ${timeText(time)}`;
      return [
        [`forks.${later.name}`, `${when}: forks begin in their order, ${listed(timedForks)}. Write a later time`],
      ];
    }),
  ];
}

function allowedAccounts({ client, allowedAccounts, smokeTest }: EthereumConfig): [key: string, message: string][] {
  if (allowedAccounts === undefined) return [];
  const isGeth: [string, string][] =
    client === "geth"
      ? [["allowedAccounts", "client is geth, which takes transactions of all. Leave it out, or write client: besu"]]
      : [];
  const why = "it sends from a new account, which is not among allowedAccounts";
  return [
    ...isGeth,
    ...(smokeTest ? [["smokeTest", `is true: ${why}. Leave one of them out`] as [string, string]] : []),
  ];
}

function unpaidSmokeTest({ client, freeGas, smokeTest }: EthereumConfig): string[] {
  if (!smokeTest || freeGas || client === "geth") return [];
  return ["is true, and freeGas is false: it sends from a new account, which has no balance. Leave one of them out"];
}

/** An image that an environment names for geth must be one that seals. A digest alone does not say what it is. */
function gethImage({ client, environment: name }: EthereumConfig, { images }: EnvironmentConfig): string[] {
  const { tag } = parseImage(images.overrides?.geth ?? "");
  if (client !== "geth" || tag === undefined || /(^|\D)1\.13(\D|$)/.test(tag)) return [];
  return [
    `is geth, and environment "${name}" names ${tag} of it in images.overrides: v1.13 is the last that seals with clique. Name one of v1.13`,
  ];
}

/** Addresses, each once. */
function addresses(path: string, given: readonly string[]): Finding[] {
  const seen = new Map<string, string>();
  return given.flatMap((text): Finding[] => {
    try {
      const address = normalAddress(text);
      const earlier = seen.get(address);
      seen.set(address, text);
      if (earlier === undefined) return [];
      return [{ path, message: `${inQuotes(text)} is the account ${inQuotes(earlier)} again: leave one out` }];
    } catch {
      if (/^\d(\.\d+)?e\+\d+$/.test(text)) {
        const message = `${text} is an address without quotes, which YAML reads as a number: put it in quotes`;
        return [{ path, message }];
      }
      const message = `${inQuotes(text)} is no address: 0x and 40 hexadecimal digits, whose checksum holds if some letters are capitals`;
      return [{ path, message }];
    }
  });
}

/** What the purpose of the environment demands. */
function purpose(
  { client, validators, bootnodes, rpcNodes, smokeTest, environment: name }: EthereumConfig,
  { purpose }: EnvironmentConfig,
): [key: string, message: string][] {
  const found: [string, string][] = [];
  if (client === "geth" && purpose !== "testing") {
    const what = purpose === undefined ? "does not say that it is for testing" : "is for production";
    const remedy = purpose === undefined ? ", or purpose: testing in the environment's file" : "";
    const why = "the last geth that seals with clique gets no more fixes";
    found.push(["client", `is geth, and environment "${name}" ${what}: ${why}. Write client: besu${remedy}`]);
  }
  if (purpose !== "production") return found;
  const because = `environment "${name}" is for production`;
  if (validators < 4) {
    const why = "of fewer than 4 validators none may fail, in whatever way";
    found.push(["validators", `is ${validators}, and ${because}: ${why}. Write validators: 4, or more`]);
  }
  if (bootnodes === 1) {
    const why = "with the only bootnode all RPC nodes lose the chain";
    found.push(["bootnodes", `is 1, and ${because}: ${why}. Write bootnodes: 2, or more, or leave it out`]);
  }
  if (rpcNodes < 2) {
    const why = "with the only RPC node all clients stop";
    found.push(["rpcNodes", `is ${rpcNodes}, and ${because}: ${why}. Write rpcNodes: 2, or more`]);
  }
  if (smokeTest) {
    const why = "it deploys a contract to a chain that keeps it for ever";
    found.push(["smokeTest", `is true, and ${because}: ${why}. Leave it out, and test in another environment`]);
  }
  return found;
}
