/** Rules of a network's API server that span fields. Pure functions over plain data. */
import { type Finding, unknownName } from "../stackFile/findings";
import type { NetworkConfig } from "../stackFile/schema";
import type { NetworkPlan } from "./networkPlan";

/**
 * Checks a network's API server.
 *
 * @param networkRoot - path of the network in its file, such as `baas:network`
 */
export function checkApi(networkRoot: string, config: NetworkConfig, plan: NetworkPlan): Finding[] {
  const { api } = config;
  if (api === undefined) return [];
  const root = `${networkRoot}.api`;
  return [...networkFindings(root, config, plan), ...databaseFindings(root, api), ...roleFindings(root, config)];
}

function networkFindings(root: string, config: NetworkConfig, { api, gateway }: NetworkPlan): Finding[] {
  const found: Finding[] = [];
  if (config.gateway === undefined)
    found.push({
      path: root,
      message: "applications reach the API server through the gateway: give the network a gateway",
    });
  if (config.channels.length === 0)
    found.push({
      path: root,
      message: "the network has no channel, so there is nothing to call: give it one, or leave api out",
    });
  if (api !== undefined && gateway !== undefined && api.organization.peers.length === 0) {
    const { name } = api.organization;
    const message = `the API server acts for the organization of the gateway, and "${name}" has no peers: name another one in gateway.organization`;
    found.push({ path: root, message });
  }
  return found;
}

function databaseFindings(
  root: string,
  { replicas, database, databaseSecret }: NonNullable<NetworkConfig["api"]>,
): Finding[] {
  const isPostgres = database === "postgresql";
  const found: Finding[] = [];
  if (replicas > 1 && !isPostgres) {
    const message = `${replicas} replicas cannot share SQLite, which is on the volume of one: write 1, or database: postgresql`;
    found.push({ path: `${root}.replicas`, message });
  }
  if (isPostgres && databaseSecret === undefined)
    found.push({ path: `${root}.databaseSecret`, message: "name the Secret with the url of the PostgreSQL" });
  if (!isPostgres && databaseSecret !== undefined)
    found.push({
      path: `${root}.databaseSecret`,
      message: "is for PostgreSQL: write database: postgresql, or leave it out",
    });
  return found;
}

/** Names that stand for themselves must be there. */
function roleFindings(root: string, { api, channels, chaincodes }: NetworkConfig): Finding[] {
  const known = {
    channels: channels.map(({ name }) => name),
    chaincodes: [...new Set(chaincodes.map(({ name }) => name))],
  };
  const unknown = (role: string, field: "channels" | "chaincodes", what: string, names: readonly string[] = []) =>
    names.flatMap((name, i) =>
      name.endsWith("*") || known[field].includes(name)
        ? []
        : [unknownName(`${root}.roles.${role}.${field}[${i}]`, what, name, known[field])],
    );
  return Object.entries(api!.roles).flatMap(([name, role]) => [
    ...unknown(name, "channels", "channel", role.channels),
    ...unknown(name, "chaincodes", "chaincode", role.chaincodes),
  ]);
}
