/** A client of a network, by what `baas connection` has written and an enrolment has added. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { type BlockchainClient, connect, isClientError } from "../../client/src/index";
import { baas } from "../../model/baasCommand";
import { didYouMean } from "../../model/didYouMean";
import { UserError } from "../../model/userError";
import { clientFile, type ConfiguredClient, configuredClients } from "./clientConfiguration";
import type { NetworkWithGateway } from "./connectionProfile";

/** What the user says about a call, beside its function. */
export interface CallGiven {
  client?: string;
  channel?: string;
  chaincode?: string;
  /** Folder that `baas connection` has written. */
  connection?: string;
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
  const folder = resolve(given.connection ?? join(projectDir, ".baas", "connection", network.name));
  const chosen = chooseClient(network, folder, given.client);
  const channel = chooseChannel(network, chosen, given);
  try {
    return { client: await connect(join(folder, clientFile(chosen.client))), channel };
  } catch (error) {
    throw isClientError(error) ? new UserError(error.message) : error;
  }
}

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

function chooseClient(network: NetworkWithGateway, folder: string, wanted: string | undefined): ConfiguredClient {
  const all = configuredClients(network);
  const names = all.map(({ client }) => client.name);
  if (all.length === 0) {
    const remedy =
      "Give one clients, such as clients: [app], and let the gateway pass its peers through: gateway.passthrough.peers";
    throw new UserError(
      `network "${network.name}" has no organization whose clients reach a peer on a channel\n  -> ${remedy}`,
    );
  }
  if (wanted !== undefined) {
    const found = all.find(({ client }) => client.name === wanted);
    if (found === undefined)
      throw new UserError(
        `network "${network.name}" has no client "${wanted}".${didYouMean(wanted, names)}${listed(names)}`,
      );
    requireEnrolled(network, folder, found);
    return found;
  }
  const enrolled = all.filter((each) => isEnrolled(folder, each));
  if (enrolled.length === 1) return enrolled[0]!;
  if (enrolled.length > 1) {
    const own = enrolled.map(({ client }) => client.name).join(", or ");
    throw new UserError(`several clients of network "${network.name}" have enrolled\n  -> Name one: --client ${own}`);
  }
  requireEnrolled(network, folder, all[0]!);
  return all[0]!;
}

function requireEnrolled({ name }: NetworkWithGateway, folder: string, chosen: ConfiguredClient): void {
  const file = join(folder, clientFile(chosen.client));
  if (!existsSync(file))
    throw new UserError(
      `${file} is not there\n  -> ${baas("connection", name)} writes it, and says how the client enrols`,
    );
  if (isEnrolled(folder, chosen)) return;
  throw new UserError(
    `client "${chosen.client.name}" has not enrolled: ${join(dirname(file), "msp")} has no certificate\n` +
      `  -> ${baas("connection", name)} prints the commands that enrol it`,
  );
}

function isEnrolled(folder: string, { client }: ConfiguredClient): boolean {
  const signcerts = join(folder, dirname(clientFile(client)), "msp", "signcerts");
  return existsSync(join(folder, clientFile(client))) && existsSync(signcerts) && readdirSync(signcerts).length > 0;
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
