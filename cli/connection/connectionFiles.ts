/**
 * The files of a connection: one profile for each organization, settings of each client, host names, and root certificates. All
 * of them are public.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";

import { baas } from "../../model/baasCommand";
import { compareText } from "../../model/plainData";
import { UserError } from "../../model/userError";
import { writeAtomically } from "../common/atomicFiles";
import {
  clientConfiguration,
  clientFile,
  configuredClients,
  debugClientConfiguration,
  debugClientFile,
  debuggingClients,
} from "./clientConfiguration";
import { connectionProfile, type NetworkWithGateway, profiledOrganizations, type TlsRoots } from "./connectionProfile";
import { hostsFile, hostsHeading } from "./hostsFile";

const hosts = "hosts";

/** Path in the folder of the root of an organization's TLS certificates. */
export const rootFile = (organization: string): string => `tls/${organization}.pem`;

/** Path in the folder of an organization's profile. */
export const profileFile = (organization: string): string => `connection-${organization}.json`;

/** Contents of the files, by their paths in the folder. */
export function connectionFiles(
  network: NetworkWithGateway,
  addresses: readonly string[],
  tlsRoots: TlsRoots,
): Map<string, string> {
  const profiles = profiledOrganizations(network).map((organization): [string, string] => {
    const profile = connectionProfile(network, organization, tlsRoots);
    return [profileFile(organization.name), `${JSON.stringify(profile, undefined, 2)}\n`];
  });
  const clients = configuredClients(network).map((configured): [string, string] => [
    clientFile(configured.client),
    clientConfiguration(network, configured, addresses, rootFile(configured.organization.name)),
  ]);
  const debuggers = debuggingClients(network).map((configured): [string, string] => [
    debugClientFile(configured.client),
    debugClientConfiguration(network, configured, addresses, rootFile(configured.organization.name)),
  ]);
  const roots = [...tlsRoots].map(([organization, pem]): [string, string] => [rootFile(organization), pem]);
  return new Map([[hosts, hostsFile(network, addresses)], ...profiles, ...clients, ...debuggers, ...roots]);
}

/**
 * Refuses a folder that holds other files: one of the files written is called `hosts`, as a file of the system is.
 *
 * @throws {@link UserError} if the folder exists, has files, and does not come from an earlier run
 */
export function requireOwnFolder(folder: string, stack: string): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) throw new UserError(`${folder} is a file; --out names a folder`);
  const found = readdirSync(folder).sort(compareText);
  if (found.length === 0) return;
  const [head] = found.includes(hosts) ? readFileSync(join(folder, hosts), "utf8").split("\n") : [];
  if (head === hostsHeading(stack)) return;
  const shown = found.slice(0, 3).join(", ") + (found.length > 3 ? ` and ${found.length - 3} more` : "");
  throw new UserError(
    `${folder} holds files that "${baas("connection", stack)}" did not write: ${shown}. Name an empty or a new folder`,
  );
}

/** Writes the files into a folder of their own, and removes outdated files of an earlier run. */
export function writeConnection(folder: string, files: ReadonlyMap<string, string>): void {
  // The hosts file comes first: it marks the folder as ours even if this run is interrupted.
  for (const [file, content] of files) writeAtomically(join(folder, file), content);
  const clients = entries(folder, "clients/").flatMap((client) =>
    [clientFile, debugClientFile].map((fileOf) => fileOf({ name: basename(client) })),
  );
  const there = [...entries(folder, ""), ...entries(folder, "tls/"), ...clients];
  const own = /^(connection-.+\.json|tls\/.+\.pem|clients\/.+\/(blockchain|debug)_client\.yaml)$/;
  // A client's identity stays.
  for (const file of there.filter((file) => own.test(file) && !files.has(file)))
    rmSync(join(folder, file), { force: true });
}

function entries(folder: string, within: string): string[] {
  const path = join(folder, within);
  return existsSync(path) ? readdirSync(path).map((name) => within + name) : [];
}
