/** `baas chaincode debug` and `dev`: the contract runs on this machine, and the debug peer of an organization calls it here. */
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { packageChaincode, templatedConnection } from "../../fabric/src/chaincodePackage";
import { baas } from "../../model/baasCommand";
import { chaincodeServerName } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import { didYouMean } from "../../model/didYouMean";
import type { ChaincodePlan, OrganizationPlan } from "../../model/network/networkPlan";
import { UserError } from "../../model/userError";
import { type OpenSession, openSession, type SessionTarget } from "../../services/common/chaincodeSession";
import { watchProject } from "../../services/common/contract/changes";
import { ContractProcess } from "../../services/common/contract/contractProcess";
import {
  launchConfiguration,
  launchName,
  writeLaunchConfiguration,
} from "../../services/common/contract/launchConfiguration";
import { type ChaincodeProject, contractCommand } from "../../services/common/contract/project";
import { Failure } from "../../services/common/failure";
import { clientFile, debugClientFile } from "../connection/clientConfiguration";
import type { NetworkWithGateway } from "../connection/connectionProfile";
import { developerOf } from "../connection/developer";

/** What is debugged, and how. */
export interface DebugSettings {
  network: NetworkWithGateway;
  chaincode: ChaincodePlan;
  organization: OrganizationPlan;
  project: ChaincodeProject;
  /** Port of the debugger; none to run without one. */
  debugPort: number | undefined;
  /** Folder that `baas connection` has written. */
  connection: string;
  /** Who opens the session; by default the only one who has enrolled. */
  client?: string | undefined;
}

/** Runs a contract for the debug peer until the signal ends it. */
export async function debugSession(
  settings: DebugSettings,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  const { project, debugPort } = settings;
  const { target, developer } = sessionTarget(settings);
  const port = await freePort();
  const command = contractCommand(project, { packageId: packageIdOf(settings.chaincode), port, debugPort });
  const contract = new ContractProcess(command, port, say);
  const first = await openSession(target, contract.answer).catch((error: unknown) => {
    throw error instanceof Failure ? new UserError(error.message) : error;
  });
  let runs = 0;
  const restart = async (): Promise<void> => {
    await contract.restart();
    await contract.listening();
    say(runs++ === 0 ? "the contract runs" : "the changed contract runs");
  };
  const watching = watchProject(project, () => void restart().catch((error: Error) => say(error.message)), say);
  try {
    say(introduction(settings, developer, target));
    await hold(first, target, contract, signal, say);
  } finally {
    watching.stop();
    await contract.stop();
  }
}

/** Keeps the session open, whatever the way there does. */
async function hold(
  first: OpenSession,
  target: SessionTarget,
  contract: ContractProcess,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  for (let session = first; ;) {
    await Promise.race([session.ended, aborted]);
    session.close();
    if (signal.aborted) return;
    say("the session was lost; the peer calls the server in the cluster until it is open again");
    const again = await reopened(target, contract, signal, say);
    if (again === undefined) return;
    session = again;
    say("the session is open again");
  }
}

async function reopened(
  target: SessionTarget,
  contract: ContractProcess,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<OpenSession | undefined> {
  let last = "";
  for (let pause = 500; !signal.aborted; pause = Math.min(2 * pause, 10_000)) {
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return undefined;
    try {
      return await openSession(target, contract.answer);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== last) say(reason);
      last = reason;
    }
  }
  return undefined;
}

/** @throws {@link UserError} that says what is missing */
export function findDebugged(
  network: NetworkWithGateway,
  names: { chaincode: string; organization: string; channel?: string },
  file: string,
): { chaincode: ChaincodePlan; organization: OrganizationPlan } {
  const all = network.organizations.map(({ name }) => name);
  const organization = network.organizations.find(({ name }) => name === names.organization);
  if (organization === undefined) throw unknown("organization", names.organization, all);
  if (organization.debugging === undefined) {
    const remedy = `Give it one in ${file}, and apply it: debug: { developers: [app] }, with app among its clients`;
    throw new UserError(`organization "${organization.name}" has no debug peer\n  -> ${remedy}`);
  }
  const own = network.chaincodes.filter(({ servers }) =>
    servers.some((each) => each.organization === organization.name),
  );
  const called = own.filter(({ name }) => name === names.chaincode);
  if (called.length === 0) throw unknown("chaincode", names.chaincode, [...new Set(own.map(({ name }) => name))]);
  const chosen = called.filter(({ channel }) => names.channel === undefined || channel === names.channel);
  if (chosen.length === 0)
    throw unknown(
      "channel",
      names.channel!,
      called.map(({ channel }) => channel),
    );
  const versions = new Set(chosen.map(({ version }) => version));
  if (versions.size === 1) return { chaincode: chosen[0]!, organization };
  const channels = chosen.map(({ channel }) => channel).join(", or ");
  throw new UserError(
    `chaincode "${names.chaincode}" has other versions on other channels\n  -> Name one: --channel ${channels}`,
  );
}

function unknown(what: string, name: string, known: readonly string[]): UserError {
  const listed = `\n  -> There are: ${known.join(", ") || "none"}`;
  return new UserError(`there is no ${what} "${name}".${didYouMean(name, known)}${listed}`);
}

/** As the component Chaincode makes it. */
function packageIdOf({ prefix, label }: ChaincodePlan): string {
  const address = `${chaincodeServerName(prefix, "{{.organization}}")}:${ports.chaincode}`;
  return packageChaincode(label, templatedConnection(address)).id;
}

function sessionTarget({ network, chaincode, organization, connection, client }: DebugSettings) {
  const { client: developer, ...identity } = developerOf(network, connection, organization, client);
  const { address, port, tlsRoot, certificate, privateKey } = identity;
  const target: SessionTarget = {
    ...{ address, port, tlsRoot, certificate, privateKey },
    host: organization.debugging!.relayHost,
    server: chaincodeServerName(chaincode.prefix, organization.name),
  };
  return { target, developer };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

function introduction(
  { network, chaincode, organization, project, debugPort, connection }: DebugSettings,
  developer: { id: string; name: string },
  { server }: SessionTarget,
): string {
  const { name } = organization;
  const launch = debugPort === undefined ? [] : launchLines(project, debugPort);
  return [
    `Session of ${developer.id}: the debug peer of ${name} calls ${server} here, in ${project.folder}.`,
    "A changed file runs at the next call. Other peers call the server in the cluster.",
    ...launch,
    `Call it:        ${baas("call", network.name, "FUNCTION", "ARGS...", "--debug", "--client", developer.name, "--chaincode", chaincode.name)}`,
    `From programs:  ${join(connection, debugClientFile(developer))}, in place of ${clientFile(developer)}`,
    `While a call stands at a breakpoint, the debug peer of ${name} holds its lock: its other calls and its commits on channel ` +
      `${chaincode.channel} wait. Nobody else's do.`,
    "End the session with Ctrl-C.",
  ].join("\n");
}

function launchLines(project: ChaincodeProject, debugPort: number): string[] {
  const configuration = launchConfiguration(project, debugPort);
  const file = writeLaunchConfiguration(project.folder, configuration);
  if (file !== undefined) return [`Debugger:       127.0.0.1:${debugPort}; "${launchName}" in ${file}`];
  const where = `.vscode/launch.json has comments, so add this yourself: ${JSON.stringify(configuration)}`;
  return [`Debugger:       127.0.0.1:${debugPort}; ${where}`];
}
