/** What of a picture is particular to a network of Fabric: its organizations and channels. */
import { organizationLabel } from "../../model/contracts/labels";
import { allOrganizations, apiHosts, type NetworkPlan } from "../../model/network/networkPlan";
import type { DrawnNetwork, Member } from "./networkGraph";
import type { Workload } from "./reachability";

/** A network of Fabric, as pictures show it. */
export function fabricNetwork(plan: NetworkPlan): DrawnNetwork {
  const { name, namespace, domain, environment, fabricVersion, channels, ordering } = plan;
  const kindOf = (organization: string) =>
    organization === ordering.organization.name ? ("ordering" as const) : ("organization" as const);
  return {
    ...{ name, namespace, domain, gatewayPort: plan.gateway?.port },
    furtherNamespaces: plan.studio === undefined ? {} : { [plan.studio.namespace]: "sessions" },
    facts: [`Fabric ${fabricVersion}`, `namespace ${namespace}`, `environment ${environment}`],
    channels: channels.map((channel) => ({
      name: channel.name,
      organizations: channel.organizations.map(({ name }) => name),
      chaincodes: plan.chaincodes
        .filter((chaincode) => chaincode.channel === channel.name)
        .map(({ name, version }) => `${name} ${version}`),
    })),
    boxes: allOrganizations(plan).map((organization) => ({
      kind: kindOf(organization.name),
      title: organization.name,
      subtitle: organization.mspId,
      channels: channels.flatMap((channel, i) => (channel.organizations.includes(organization) ? [i] : [])),
    })),
    boxOf: ({ labels }) => {
      const organization = labels[organizationLabel];
      return organization === undefined ? undefined : { kind: kindOf(organization), title: organization };
    },
    member: (workload) => member(plan, workload),
    describe: (role, workloads) => {
      const lines = role === "gateway" ? gatewayNames(plan) : [];
      return { lines, detail: lines.length > 0 ? `under ${domain}` : databaseOf(plan, workloads[0]!) };
    },
  };
}

/** The state database of a peer; nothing for others. */
function databaseOf(plan: NetworkPlan, workload: Workload): string {
  const organization = allOrganizations(plan).find(({ peers }) => peers.some(({ name }) => name === workload.name));
  const databases = { couchdb: "CouchDB", leveldb: "LevelDB" };
  return organization === undefined ? "" : databases[organization.stateDatabase];
}

function member(plan: NetworkPlan, { name }: Workload): Member {
  const organizations = allOrganizations(plan);
  const node = organizations
    .flatMap(({ peers, orderers, certificateAuthority }) => [...peers, ...orderers, certificateAuthority])
    .find((candidate) => candidate.name === name);
  if (node !== undefined) return { name: node.id, title: node.fqdn };
  for (const chaincode of plan.chaincodes) {
    const isServer = chaincode.servers.some((server) => server.name === name);
    if (!isServer && chaincode.smokeTest?.name !== name) continue;
    const channel = plan.channels.findIndex((candidate) => candidate.name === chaincode.channel);
    return { name: `${chaincode.name} ${chaincode.version}`, title: name, channel };
  }
  return { name, title: name };
}

/** Names of the gateway without the network's domain; names of nodes with the same ending share a line. */
function gatewayNames({ gateway, api, domain }: NetworkPlan): string[] {
  if (gateway === undefined) return [];
  const within = gateway.routes.flatMap(({ names }) => names.filter((name) => name.endsWith(`.${domain}`)));
  const names = [...apiHosts(gateway.apiHost, api), ...within].map((name) => name.slice(0, -domain.length - 1));
  const numbered = new Map<string, string[]>();
  for (const name of names) {
    const key = name.replace(/^([a-z]+)[0-9]+(?=\.|$)/, "$1#");
    numbered.set(key, [...(numbered.get(key) ?? []), name]);
  }
  return [...numbered.values()].map((alike) =>
    alike.length < 3 ? alike.join(", ") : `${alike[0]!.split(".")[0]} … ${alike[alike.length - 1]}`,
  );
}
