/** Rules of a network's API server that span fields. Pure functions over plain data. */
import { certificateCaller, tokenCaller } from "../contracts/api";
import { didYouMean } from "../didYouMean";
import { listed } from "../messageText";
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
  return [
    ...networkFindings(root, config, plan),
    ...databaseFindings(root, api),
    ...callerFindings(root, config, plan),
    ...roleFindings(root, config),
    ...identityFindings(root, config, plan),
  ];
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
  { replicas, autoscaling, database, databaseSecret }: NonNullable<NetworkConfig["api"]>,
): Finding[] {
  const isPostgres = database === "postgresql";
  const found: Finding[] = [];
  if (replicas > 1 && !isPostgres) {
    const message = `${replicas} replicas cannot share SQLite, which is on the volume of one: write 1, or database: postgresql`;
    found.push({ path: `${root}.replicas`, message });
  }
  if (autoscaling !== undefined && !isPostgres) {
    const message =
      "SQLite is on the volume of one server, so none can be added: leave it out, or write database: postgresql";
    found.push({ path: `${root}.autoscaling`, message });
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

/** Who may call, and by which certificates. */
function callerFindings(root: string, { api, organizations, gateway }: NetworkConfig, plan: NetworkPlan): Finding[] {
  const { tokens, certificates, roles } = api!;
  const found: Finding[] = [];
  if (tokens === undefined && certificates === undefined)
    found.push({ path: root, message: "nobody can say who they are: give it tokens, certificates, or both" });
  const known = organizations.map(({ name }) => name);
  certificates?.organizations?.forEach((name, i) => {
    if (!known.includes(name))
      found.push(unknownName(`${root}.certificates.organizations[${i}]`, "organization", name, known));
  });
  for (const name of Object.keys(certificates?.authorities ?? {})) {
    if (!known.includes(name)) continue;
    const message = `"${name}" is an organization of the network, and members of roles could not tell them apart: choose another name`;
    found.push({ path: `${root}.certificates.authorities.${name}`, message });
  }
  const authorities = plan.api?.certificates?.authorities.map(({ name }) => name) ?? [];
  if (certificates !== undefined && gateway !== undefined && authorities.length === 0)
    found.push({ path: `${root}.certificates`, message: "no CA counts: name organizations, or authorities" });
  for (const [role, { members = [] }] of Object.entries(roles))
    found.push(
      ...members.flatMap((member, i) =>
        memberFindings(`${root}.roles.${role}.members[${i}]`, member, certificates && authorities),
      ),
    );
  return found;
}

/** @param authorities - names of the CAs; undefined if callers show no certificates */
function memberFindings(path: string, member: string, authorities: readonly string[] | undefined): Finding[] {
  if (member.startsWith(tokenCaller)) return [];
  const parts = /^([^/]+)\/.*[^/]=/.exec(member.slice(certificateCaller.length));
  if (!member.startsWith(certificateCaller) || parts === null) {
    const message = `"${member}" is no caller: write token:SUBJECT, or certificate:ORGANIZATION/SUBJECT such as certificate:org1/CN=alice,OU=client`;
    return [{ path, message }];
  }
  if (authorities === undefined)
    return [{ path, message: "callers show no certificates here: give the API server certificates, or leave it out" }];
  const [, authority] = parts;
  return authorities.includes(authority!)
    ? []
    : [unknownName(path, "organization or authority", authority!, authorities)];
}

/** As whom calls act. */
function identityFindings(root: string, { api, gateway }: NetworkConfig, plan: NetworkPlan): Finding[] {
  const { identities, roles } = api!;
  if (gateway === undefined) return [];
  const { name: own, organization } = plan.api!;
  const clients = organization.clients.map(({ id }) => id);
  const found = identities.flatMap((identity, i) => {
    const path = `${root}.identities[${i}]`;
    const earlier = identities.indexOf(identity);
    if (earlier < i) return [{ path, message: `"${identity}" is taken by ${root}.identities[${earlier}]` }];
    if (clients.includes(identity)) return [];
    const hint = didYouMean(identity, clients);
    const message = `organization "${organization.name}", for which the API server acts, has no client "${identity}".${hint}`;
    return [{ path, message, choices: `Its clients are: ${listed(clients) || "none"}` }];
  });
  const known = [own, ...identities];
  return [
    ...found,
    ...Object.entries(roles).flatMap(([role, { identities: its = [] }]) =>
      its.flatMap((identity, i) => {
        const path = `${root}.roles.${role}.identities[${i}]`;
        return known.includes(identity) ? [] : [unknownName(path, "client identity", identity, known)];
      }),
    ),
  ];
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
