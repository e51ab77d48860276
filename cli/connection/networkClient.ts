/** A client of a network, by what `baas connection` has written and an enrolment has added. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { type BlockchainClient, connect, isClientError } from "../../client/src/index";
import { baas } from "../../model/baasCommand";
import { didYouMean } from "../../model/didYouMean";
import { UserError } from "../../model/userError";
import {
  clientFile,
  type ConfiguredClient,
  configuredClients,
  debugClientFile,
  debuggingClients,
} from "./clientConfiguration";
import type { NetworkWithGateway } from "./connectionProfile";

/** What the user says about a call, beside its function. */
export interface CallGiven {
  client?: string;
  channel?: string;
  chaincode?: string;
  /** Folder that `baas connection` has written. */
  connection?: string;
  /** Whether the debug peer of the client's organization is called. */
  debug?: boolean;
}

/** A connected client, and what it calls. */
export interface NetworkClient {
  client: BlockchainClient;
  channel: string;
}

/**
 * Connects. Nothing is sent yet.
 *
 * @throws {@link UserError} that says what is missing, and where it comes from
 */
export async function networkClient(
  projectDir: string,
  network: NetworkWithGateway,
  given: CallGiven,
): Promise<NetworkClient> {
  const folder = connectionFolder(projectDir, network, given.connection);
  const candidates = given.debug ? debuggers(network) : clients(network);
  const chosen = chooseClient(network, folder, candidates, given.client);
  const channel = chooseChannel(network, chosen, given);
  try {
    return { client: await connect(join(folder, candidates.fileOf(chosen.client))), channel };
  } catch (error) {
    throw isClientError(error) ? new UserError(error.message) : error;
  }
}

/** The folder that `baas connection` has written. */
export function connectionFolder(projectDir: string, { name }: NetworkWithGateway, given: string | undefined): string {
  return resolve(given ?? join(projectDir, ".baas", "connection", name));
}

/** Clients of a network with their files, and what the network needs to have one. */
interface Candidates {
  candidates: ConfiguredClient[];
  fileOf: typeof clientFile;
  lacking: { what: string; remedy: string };
}

const clients = (network: NetworkWithGateway): Candidates => ({
  candidates: configuredClients(network),
  fileOf: clientFile,
  lacking: {
    what: "has no organization whose clients reach a peer on a channel",
    remedy:
      "Give one clients, such as clients: [app], and let the gateway pass its peers through: gateway.passthrough.peers",
  },
});

/** Those who may debug. */
export const debuggers = (network: NetworkWithGateway): Candidates => ({
  candidates: debuggingClients(network),
  fileOf: debugClientFile,
  lacking: {
    what: "has no organization with a debug peer on a channel",
    remedy: "Give one such a peer: debug: { developers: [app] }, with app among its clients",
  },
});

/**
 * The chaincode of a call: the one that is named, or the only one of the channel.
 *
 * @throws {@link UserError}
 */
export function chooseChaincode(network: NetworkWithGateway, channel: string, wanted: string | undefined): string {
  const names = network.chaincodes.filter((each) => each.channel === channel).map(({ name }) => name);
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted;
    throw new UserError(
      `channel "${channel}" has no chaincode "${wanted}".${didYouMean(wanted, names)}${listed(names)}`,
    );
  }
  const [only, ...others] = names;
  if (only === undefined) throw new UserError(`channel "${channel}" has no chaincode to call`);
  if (others.length === 0) return only;
  throw new UserError(`channel "${channel}" has several chaincodes\n  -> Name one: --chaincode ${names.join(", or ")}`);
}

/**
 * The client that is named, or the only one that has enrolled.
 *
 * @throws {@link UserError}
 */
export function chooseClient(
  network: NetworkWithGateway,
  folder: string,
  { candidates: all, fileOf, lacking }: Candidates,
  wanted: string | undefined,
): ConfiguredClient {
  const names = all.map(({ client }) => client.name);
  if (all.length === 0) {
    throw new UserError(`network "${network.name}" ${lacking.what}\n  -> ${lacking.remedy}`);
  }
  if (wanted !== undefined) {
    const found = all.find(({ client }) => client.name === wanted);
    if (found === undefined)
      throw new UserError(
        `network "${network.name}" has no client "${wanted}".${didYouMean(wanted, names)}${listed(names)}`,
      );
    requireEnrolled(network, join(folder, fileOf(found.client)), found);
    return found;
  }
  const enrolled = all.filter((each) => isEnrolled(join(folder, fileOf(each.client))));
  if (enrolled.length === 1) return enrolled[0]!;
  if (enrolled.length > 1) {
    const own = enrolled.map(({ client }) => client.name).join(", or ");
    throw new UserError(`several clients of network "${network.name}" have enrolled\n  -> Name one: --client ${own}`);
  }
  requireEnrolled(network, join(folder, fileOf(all[0]!.client)), all[0]!);
  return all[0]!;
}

function requireEnrolled({ name }: NetworkWithGateway, file: string, chosen: ConfiguredClient): void {
  if (!existsSync(file))
    throw new UserError(
      `${file} is not there\n  -> ${baas("connection", name)} writes it, and says how the client enrols`,
    );
  if (isEnrolled(file)) return;
  throw new UserError(
    `client "${chosen.client.name}" has not enrolled: ${join(dirname(file), "msp")} has no certificate\n` +
      `  -> ${baas("connection", name)} prints the commands that enrol it`,
  );
}

function isEnrolled(file: string): boolean {
  const signcerts = join(dirname(file), "msp", "signcerts");
  return existsSync(file) && existsSync(signcerts) && readdirSync(signcerts).length > 0;
}

function chooseChannel(network: NetworkWithGateway, { organization }: ConfiguredClient, given: CallGiven): string {
  const { channel: wanted, chaincode } = given;
  const own = network.channels.filter(({ organizations }) => organizations.includes(organization));
  const names = own.map(({ name }) => name);
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted;
    const what = `${organization.name} is on no channel "${wanted}"`;
    throw new UserError(`${what}.${didYouMean(wanted, names)}${listed(names)}`);
  }
  const having = names.filter((channel) =>
    network.chaincodes.some((each) => each.channel === channel && each.name === chaincode),
  );
  const candidates = having.length > 0 ? having : names;
  if (candidates.length === 1) return candidates[0]!;
  throw new UserError(
    `${organization.name} is on several channels\n  -> Name one: --channel ${candidates.join(", or ")}`,
  );
}

const listed = (names: readonly string[]): string => `\n  -> There are: ${names.join(", ") || "none"}`;
