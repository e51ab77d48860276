/**
 * Rules that span several fields of a network, which the schema alone cannot express. Pure functions over plain data.
 */
import { canEndorse, mspIdsOf, parseEndorsementPolicy } from "../../fabric/src/endorsementPolicy";
import { isSystemNamespace, registrarId } from "../contracts/names";
import { type Finding, unknownName } from "../stackFile/findings";
import type { NetworkConfig } from "../stackFile/schema";
import { allOrganizations, type NetworkPlan } from "./networkPlan";

/** What the checks found: errors refuse the network, warnings are shown. */
export interface Findings {
  errors: Finding[];
  warnings: Finding[];
}

/**
 * Checks a network as a whole.
 *
 * @param root - path of the network in its file, such as `baas:network`
 * @param config - what the user wrote, for the paths in the messages
 * @param plan - what was derived from it, for the composed names
 */
export function checkNetwork(root: string, config: NetworkConfig, plan: NetworkPlan): Findings {
  return {
    errors: [
      ...namespaceOf(root, config, plan),
      ...duplicates(root, config, plan),
      ...channelMembers(root, config),
      ...chaincodes(root, config, plan),
      ...composedNames(root, plan),
      ...enrolmentIds(root, config, plan),
    ],
    warnings: consenters(root, config),
  };
}

function consenters(root: string, config: NetworkConfig): Finding[] {
  const nodes = config.ordering.nodes;
  if (nodes % 2 === 1) return [];
  const survives = Math.floor((nodes - 1) / 2);
  return [
    {
      path: `${root}.ordering.nodes`,
      message: `${nodes} Raft consenters survive the loss of ${survives}, no more than ${nodes - 1} do: use an odd number`,
    },
  ];
}

/** The schema checks a given namespace. */
function namespaceOf(root: string, { namespace }: NetworkConfig, plan: NetworkPlan): Finding[] {
  if (namespace !== undefined || !isSystemNamespace(plan.namespace)) return [];
  const message = `is missing: without it the namespace is "${plan.namespace}", which is Kubernetes' own`;
  return [{ path: `${root}.namespace`, message }];
}

function duplicates(root: string, config: NetworkConfig, plan: NetworkPlan): Finding[] {
  const orderer = plan.ordering.organization;
  const organizations = plan.organizations.map((o, i) => ({ ...o, path: `${root}.organizations[${i}]` }));
  const all = [{ ...orderer, path: `${root}.ordering.organization` }, ...organizations];
  return [
    ...repeated(
      all.map((o) => ({ key: o.name, path: `${o.path}.name` })),
      "organization",
    ),
    ...repeated(
      all.map((o) => ({ key: o.mspId, path: `${o.path}.mspId` })),
      "MSP ID",
    ),
    ...repeated(
      config.channels.map((c, i) => ({ key: c.name, path: `${root}.channels[${i}].name` })),
      "channel",
    ),
    ...repeated(
      config.chaincodes.map((c, i) => ({ key: `${c.channel}/${c.name}`, path: `${root}.chaincodes[${i}].name` })),
      "chaincode",
    ),
    ...config.organizations.flatMap(({ clients }, i) =>
      repeated(
        clients.map((key, j) => ({ key, path: `${root}.organizations[${i}].clients[${j}]` })),
        "client",
      ),
    ),
    ...config.channels.flatMap((channel, i) =>
      repeated(
        (channel.organizations ?? []).map((name, j) => ({
          key: name,
          path: `${root}.channels[${i}].organizations[${j}]`,
        })),
        "member",
      ),
    ),
  ];
}

function repeated(entries: { key: string; path: string }[], what: string): Finding[] {
  const first = new Map<string, string>();
  return entries.flatMap(({ key, path }) => {
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, path);
      return [];
    }
    return [{ path, message: `${what} "${key}" is taken by ${earlier}` }];
  });
}

/** Refuses a client whose name its CA knows already. Clashes of object names are reported elsewhere, and once. */
function enrolmentIds(root: string, config: NetworkConfig, plan: NetworkPlan): Finding[] {
  return config.organizations.flatMap(({ name: organization, clients }, i) => {
    const taken = new Map([[registrarId, "the registrar of its CA"]]);
    for (const { name, servers, smokeTest } of plan.chaincodes) {
      for (const server of servers) {
        if (server.organization === organization) taken.set(server.name, `chaincode "${name}"`);
      }
      if (smokeTest?.organization === organization) taken.set(smokeTest.name, `the smoke test of chaincode "${name}"`);
    }
    return clients.flatMap((client, j) => {
      const owner = taken.get(client);
      const path = `${root}.organizations[${i}].clients[${j}]`;
      return owner === undefined
        ? []
        : [{ path, message: `"${client}" is the name with which ${owner} enrols: choose another one` }];
    });
  });
}

function channelMembers(root: string, config: NetworkConfig): Finding[] {
  const names = config.organizations.map((organization) => organization.name);
  return config.channels.flatMap((channel, i) =>
    (channel.organizations ?? []).flatMap((name, j) =>
      names.includes(name)
        ? []
        : [unknownName(`${root}.channels[${i}].organizations[${j}]`, "organization", name, names)],
    ),
  );
}

function chaincodes(root: string, config: NetworkConfig, plan: NetworkPlan): Finding[] {
  const channels = config.channels.map((channel) => channel.name);
  return config.chaincodes.flatMap((chaincode, i) => {
    const path = `${root}.chaincodes[${i}]`;
    const found: Finding[] = [];
    if ((chaincode.source === undefined) === (chaincode.image === undefined)) {
      found.push({ path, message: 'needs either "source", a folder with a Dockerfile, or "image"' });
    }
    if (
      chaincode.image !== undefined &&
      !/(:(?!latest$)[A-Za-z0-9_][A-Za-z0-9._-]*|@sha256:[0-9a-f]{64})$/.test(chaincode.image)
    ) {
      found.push({
        path: `${path}.image`,
        message: `"${chaincode.image}" needs a tag other than latest, or a digest: what runs must not change by itself`,
      });
    }
    if (chaincode.smokeTest !== undefined && chaincode.initRequired) {
      found.push({
        path: `${path}.smokeTest`,
        message: "cannot call Init, as no Gateway client can: leave out smokeTest or initRequired",
      });
    }
    if (!channels.includes(chaincode.channel)) {
      found.push(unknownName(`${path}.channel`, "channel", chaincode.channel, channels));
      return found;
    }
    const members = plan.channels.find((channel) => channel.name === chaincode.channel)!.organizations;
    const mspIds = members.map((organization) => organization.mspId);
    const others = allOrganizations(plan).map((organization) => organization.mspId);
    const policy = parseEndorsementPolicy(chaincode.endorsementPolicy ?? "/");
    if (!("error" in policy)) {
      const place = `${path}.endorsementPolicy`;
      for (const mspId of mspIdsOf(policy).filter((id) => !mspIds.includes(id))) {
        if (!others.includes(mspId)) found.push(unknownName(place, "MSP ID", mspId, mspIds));
        // If the members themselves are wrong, only that mistake is reported.
        else if (channelMembers(root, config).length === 0) {
          found.push({
            path: place,
            message: `"${mspId}" is not a member of channel "${chaincode.channel}": ${mspIds.join(", ")}`,
          });
        }
      }
      const peers = new Map(members.map(({ mspId, peers }) => [mspId, peers.length]));
      if (mspIdsOf(policy).every((id) => mspIds.includes(id)) && !canEndorse(policy, peers)) {
        const have = [...peers].map(([mspId, count]) => `${mspId} has ${count}`).join(", ");
        found.push({
          path: place,
          message:
            `"${chaincode.endorsementPolicy}" cannot hold, even if all peers of channel "${chaincode.channel}" endorse ` +
            `(${have}): ask for fewer endorsements, for the role peer or member, or add peers`,
        });
      }
    }
    return found;
  });
}

// A StatefulSet's pods carry the label controller-revision-hash: its name, a dash and ten characters, 63 at most.
const longestStatefulSet = 52;
// A Service's name is a DNS label; the headless one of a node adds "-headless".
const longestService = 63;
// The name of a Job is a label of its pods.
const longestJob = 63;

/** Checks composed names: each part may be valid by itself, and the whole too long or not unique. */
function composedNames(root: string, plan: NetworkPlan): Finding[] {
  const nodes = allOrganizations(plan).flatMap((organization) => [
    {
      name: organization.certificateAuthority.name,
      limit: longestStatefulSet,
      of: `organization "${organization.name}"`,
    },
    ...[...organization.peers, ...organization.orderers].map((node) => ({
      name: node.name,
      limit: longestStatefulSet,
      of: `organization "${organization.name}"`,
    })),
  ]);
  const servers = plan.chaincodes.flatMap((chaincode) =>
    chaincode.servers.map((server) => ({
      name: server.name,
      limit: longestService,
      of: `chaincode "${chaincode.name}" of organization "${server.organization}"`,
    })),
  );
  const smokeTests = plan.chaincodes.flatMap(({ name, smokeTest }) =>
    smokeTest === undefined
      ? []
      : [{ name: smokeTest.name, limit: longestJob, of: `the smoke test of chaincode "${name}"` }],
  );
  const identities = allOrganizations(plan).flatMap(({ name: organization, administrator, clients }) => [
    { name: administrator, limit: longestService, of: `the administrator of organization "${organization}"` },
    ...clients.map(({ name, id }) => ({
      name,
      limit: longestService,
      of: `client "${id}" of organization "${organization}"`,
    })),
  ]);
  if (plan.gateway !== undefined) {
    identities.push({ name: plan.gateway.identity, limit: longestService, of: "the gateway" });
  }
  const objects = [...nodes, ...servers, ...smokeTests, ...identities];
  const tooLong = objects
    .filter(({ name, limit }) => name.length > limit)
    .map(({ name, limit, of }) => ({
      path: root,
      message: `${of} would get the Kubernetes name "${name}", ${name.length} characters; at most ${limit} fit: use a shorter name`,
    }));
  const first = new Map<string, string>();
  const clashes = objects.flatMap(({ name, of }) => {
    const other = first.get(name);
    first.set(name, of);
    return other === undefined || other === of
      ? []
      : [{ path: root, message: `${of} and ${other} would both be called "${name}" in Kubernetes: rename one` }];
  });
  const fqdns = allOrganizations(plan)
    .flatMap((organization) => [...organization.peers, ...organization.orderers])
    .filter((node) => node.fqdn.length > 253)
    .map((node) => ({ path: `${root}.domain`, message: `"${node.fqdn}" is longer than 253 characters` }));
  return [...tooLong, ...clashes, ...fqdns];
}
