/** What a node needs before its client can start: its key, which others know of, the genesis, and the nodes that it dials. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import {
  EthereumError,
  genesisWithForks,
  gethConfigFile,
  newNodeKey,
  type NodeIdentity,
  nodeIdentity,
  staticNodesFile,
} from "@baas/ethereum";
import * as Keystore from "ox/Keystore";

import {
  type EthereumClient,
  ethereumFiles,
  ethereumForksKeys,
  ethereumForksName,
  ethereumGenesisKeys,
  ethereumGenesisName,
  ethereumIdentityName,
  ethereumPorts,
  forksText,
  type ForkTime,
  type KnownValidator,
  laterValidatorsName,
  presentValidatorsKey,
} from "../../../model/contracts/ethereum";
import { Failure, TryAgain } from "../../common/failure";
import { retry } from "../../common/retry";
import { readIfThere, writeIfChanged, writeWhole } from "../../common/wholeFiles";
import type { ConfigMaps } from "./cluster";

/** A node, as its pod is told of it. */
export interface NodeSettings {
  /** Such as `validator0`. */
  name: string;
  client: EthereumClient;
  /** Whether it signs blocks. */
  signs: boolean;
  /** Forks that the network is to have after its first block, as text. */
  forks?: string;
  /** Nodes that it dials instead of validators. */
  bootnodes?: { name: string; host: string }[];
  /** Path of the file with the accounts that may send transactions, if not all may. */
  allowedAccounts?: string;
  /** Folder of its volume. */
  dataDir: string;
}

/** A node that this one dials. */
type Dialled = Pick<KnownValidator, "enodeId" | "host">;

type Log = (line: string) => void;

/**
 * Prepares a node. Everything is done once and found again at the next start, so that it can be stopped between any two steps.
 *
 * @throws {@link Failure} when the node's key is not the one that it has published
 */
export async function prepareNode(settings: NodeSettings, configMaps: ConfigMaps, log: Log): Promise<void> {
  const patience = { timeout: 0, shortest: 250, longest: 1000 };
  const waiting = (cause: string, waited: number): void =>
    log(`waiting (${Math.round(waited / 1000)} s so far): ${cause}`);
  const key = await retry(() => keyOnVolume(settings, configMaps, log), patience, waiting);
  const identity = nodeIdentity(key);
  await retry(() => publish(settings, identity, configMaps, log), patience, waiting);
  if (settings.client === "geth" && settings.signs) writeKeystore(settings, key, identity);
  const chain = await retry(() => genesis(configMaps), patience, waiting);
  const forks = await retry(() => acceptedForks(settings, configMaps), patience, waiting);
  const validators = await retry(() => withLater(settings, identity, chain.validators, configMaps), patience, waiting);
  const bootnodes = await retry(() => published(settings.bootnodes ?? [], configMaps), patience, waiting);
  const file = genesisWithForks(chain.file, Object.fromEntries(forks.map(({ name, time }) => [name, time])));
  writeChain(settings, identity, { file, dialled: bootnodes.length > 0 ? bootnodes : validators });
  if (settings.allowedAccounts !== undefined) copyAccounts(settings.allowedAccounts, settings.dataDir);
  log(`${settings.name} is ${identity.address}; genesis and static nodes are written`);
}

/** The key on the volume. A new one is made for a node that has never published any. */
async function keyOnVolume({ name, dataDir }: NodeSettings, configMaps: ConfigMaps, log: Log): Promise<`0x${string}`> {
  const path = join(dataDir, ethereumFiles.key);
  const text = readIfThere(path);
  if (text !== undefined) {
    try {
      nodeIdentity(`0x${text}`);
      return `0x${text}`;
    } catch (error) {
      if (!(error instanceof EthereumError)) throw error;
      throw new Failure(`${path} holds no key: ${error.message}`, "Restore the node's volume from a backup");
    }
  }
  const published = await configMaps.read(ethereumIdentityName(name));
  if (published !== undefined) {
    throw new Failure(
      `${name} has lost its volume: it has no key, and has published before that it is ${published.address}`,
      "Restore its volume from a backup; with another key it would be another node, which nobody waits for",
    );
  }
  const key = newNodeKey();
  writeWhole(path, key.slice(2), 0o400);
  log(`made the key of ${name}`);
  return key;
}

/** Publishes who the node is, once. */
async function publish(
  { name }: NodeSettings,
  identity: NodeIdentity,
  configMaps: ConfigMaps,
  log: Log,
): Promise<void> {
  const configMap = ethereumIdentityName(name);
  if (await configMaps.create(configMap, { ...identity })) {
    log(`ConfigMap ${configMap}: made`);
    return;
  }
  const published = await configMaps.read(configMap);
  if (published === undefined) throw new TryAgain(`ConfigMap ${configMap} is being deleted`);
  if (published.enodeId === identity.enodeId && published.address === identity.address) return;
  throw new Failure(
    `The key on the volume of ${name} is that of ${identity.address}, and it has published that it is ${published.address}`,
    "Restore its volume from a backup: a second key would be another node, and two keys of one validator halt a chain",
  );
}

/** What the controller makes of all validators' identities. */
async function genesis(configMaps: ConfigMaps): Promise<{ file: string; validators: KnownValidator[] }> {
  const data = await configMaps.read(ethereumGenesisName);
  const [file, validators] = [data?.[ethereumGenesisKeys.genesis], data?.[ethereumGenesisKeys.validators]];
  if (file === undefined || validators === undefined) {
    throw new TryAgain("the genesis, which the controller makes when all validators have published who they are");
  }
  return { file, validators: JSON.parse(validators) as KnownValidator[] };
}

/**
 * The forks that the network has after its first block. The controller decides, as a fork whose time has passed would part the node from
 * the others; it has decided when it has considered those that this node is told of.
 */
async function acceptedForks({ forks = forksText([]) }: NodeSettings, configMaps: ConfigMaps): Promise<ForkTime[]> {
  const data = (await configMaps.read(ethereumForksName)) ?? {};
  const { accepted = forksText([]), considered = forksText([]) } = {
    accepted: data[ethereumForksKeys.accepted],
    considered: data[ethereumForksKeys.considered],
  };
  if (considered === forks) return JSON.parse(accepted) as ForkTime[];
  throw new TryAgain(
    `the controller, which looks at the forks ${forks} before nodes have them, and has seen ${considered}`,
  );
}

/** Who nodes are, as they have published. */
function published(nodes: readonly { name: string; host: string }[], configMaps: ConfigMaps): Promise<Dialled[]> {
  return Promise.all(
    nodes.map(async ({ name, host }) => {
      const { enodeId } = (await configMaps.read(ethereumIdentityName(name))) ?? {};
      if (enodeId === undefined) throw new TryAgain(`${name}, to publish who it is`);
      return { enodeId, host };
    }),
  );
}

/**
 * All validators that nodes dial. One that joins later waits until the list has it: of two that start at once, the later one in the list
 * then knows the other.
 */
async function withLater(
  { name, signs }: NodeSettings,
  { enodeId }: NodeIdentity,
  first: readonly KnownValidator[],
  configMaps: ConfigMaps,
): Promise<KnownValidator[]> {
  const data = await configMaps.read(laterValidatorsName);
  const text = data?.[ethereumGenesisKeys.validators];
  const all = [...first, ...(text === undefined ? [] : (JSON.parse(text) as KnownValidator[]))];
  const present = data?.[presentValidatorsKey];
  const names = present === undefined ? undefined : (JSON.parse(present) as string[]);
  const isListed = all.some((validator) => validator.enodeId === enodeId);
  if (!signs || isListed) return all.filter((validator) => names?.includes(validator.name) ?? true);
  throw new TryAgain(`the controller, which lists ${name} among the validators when the network has it`);
}

function writeChain(
  { client, signs, dataDir }: NodeSettings,
  { enodeId, address }: NodeIdentity,
  { file, dialled }: { file: string; dialled: Dialled[] },
): void {
  const others = dialled
    .filter((node) => node.enodeId !== enodeId)
    .map((node) => ({ enodeId: node.enodeId, host: node.host, port: ethereumPorts.p2p }));
  writeIfChanged(join(dataDir, ethereumFiles.genesis), file, 0o644);
  if (client === "besu") {
    writeIfChanged(join(dataDir, ethereumFiles.staticNodes), staticNodesFile(others), 0o644);
    return;
  }
  // Without TLS, geth unlocks no account while it serves JSON-RPC; who reaches that, NetworkPolicies say.
  const miner = signs ? `[Eth.Miner]\nEtherbase = "${address}"\n\n[Node]\nInsecureUnlockAllowed = true\n\n` : "";
  writeIfChanged(join(dataDir, ethereumFiles.gethConfig), `${miner}${gethConfigFile(others)}`, 0o644);
}

/** Besu writes the list anew at each start, and would not start with one that it cannot write. */
function copyAccounts(path: string, dataDir: string): void {
  writeIfChanged(join(dataDir, ethereumFiles.allowedAccounts), readFileSync(path, "utf8"), 0o600);
}

/** Geth signs with an account of a keystore. Its password is beside it: whoever reads the one reads the other. */
function writeKeystore({ dataDir }: NodeSettings, key: `0x${string}`, { address }: NodeIdentity): void {
  const passwordFile = join(dataDir, ethereumFiles.password);
  const account = join(dataDir, ethereumFiles.keystore, "validator.json");
  if (readIfThere(account) !== undefined && readIfThere(passwordFile) !== undefined) return;
  const password = randomUUID();
  writeWhole(passwordFile, password, 0o400);
  const [derive, options] = Keystore.scrypt({ password, n: 4096, p: 6, r: 8 });
  const keystore = { address: address.slice(2), ...Keystore.encrypt(key, derive, options) };
  writeWhole(account, JSON.stringify(keystore), 0o400);
}
