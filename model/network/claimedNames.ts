/**
 * Every name that a network takes: those in the stack file that must be different, and those of its objects in Kubernetes,
 * whoever makes them. components/fabric/claimedNames.test.ts compares the list with what the components declare.
 */
import { kafkaCaName } from "../contracts/certificateAuthority";
import { kafkaTenantName } from "../contracts/kafka";
import {
  administratorId,
  controllerName,
  couchdbSecretName,
  defaultDenyName,
  enrolmentSecretName,
  genesisConfigMapName,
  headlessServiceName,
  linkKeySecretName,
  orderersBudget,
  peersBudget,
  registrarId,
  registrarSecretName,
  revocationsSecretName,
  rolloutName,
  rootsConfigMapName,
  volumeClaimName,
} from "../contracts/names";
import { platformCaName, platformIdentityName } from "../contracts/platformCa";
import {
  allOrganizations,
  type ChaincodePlan,
  joiningPeers,
  mostReplicas,
  type NetworkPlan,
  type NodePlan,
  type OrganizationPlan,
} from "./networkPlan";

/** Kinds of objects in the namespace of a network. */
export type ObjectKind =
  | "CertificateAuthority"
  | "Chaincode"
  | "Channel"
  | "ConfigMap"
  | "Deployment"
  | "HorizontalPodAutoscaler"
  | "Identity"
  | "Job"
  | "KafkaTenant"
  | "NetworkPolicy"
  | "PersistentVolumeClaim"
  | "PodDisruptionBudget"
  | "Role"
  | "RoleBinding"
  | "Rollout"
  | "Secret"
  | "Service"
  | "ServiceAccount"
  | "StatefulSet"
  | "SystemChannel"
  | "TLSRoute";

/**
 * What names are different for: objects of a kind; what the stack file calls so, perhaps within something; the IDs at a
 * certificate authority; and the pods of a workload, of which the Identity with the same name shows the trouble.
 */
export type NamedKind = ObjectKind | { given: string; within?: string } | { enrolmentIdAt: string } | "pods";

/** A name that is taken. */
export interface ClaimedName {
  /** What has the name. */
  kind: NamedKind;
  name: string;
  /** Place in the stack file that the name comes from. */
  path: string;
  /** What has the name: `organization "org1"`. */
  of: string;
}

/** What has names, and where in the stack file it is. */
type Owner = Pick<ClaimedName, "path" | "of">;

/** What every workload has beside its own object. */
const podKinds = ["ServiceAccount", "NetworkPolicy", "pods"] as const;

/**
 * All names of a network. Of two equal names, the one that is easier to change comes later.
 *
 * @param root - path of the network in its file, such as `baas:network`
 */
export function claimedNames(root: string, plan: NetworkPlan): ClaimedName[] {
  const { organizations, chaincodes } = plan;
  const network = { path: root, of: "every network" };
  return [
    ...objects(network, defaultDenyName, "NetworkPolicy"),
    ...objects(network, controllerName, "RoleBinding"),
    ...objects(network, rolloutName, "Rollout"),
    ...objects(network, rootsConfigMapName(platformCaName), "ConfigMap"),
    ...gatewayNames(root, plan),
    ...apiNames(root, plan),
    ...systemChannelNames(root, plan),
    ...tenantNames(root, plan),
    ...organizationNames(`${root}.ordering.organization`, plan.ordering.organization),
    ...organizations.flatMap((organization, i) => organizationNames(`${root}.organizations[${i}]`, organization)),
    ...channelNames(root, plan),
    ...chaincodes.flatMap((chaincode, i) => chaincodeNames(`${root}.chaincodes[${i}].name`, chaincode, plan)),
    ...studioNames(root, plan),
    ...organizations.flatMap((organization, i) => clientNames(`${root}.organizations[${i}].clients`, organization)),
  ];
}

function objects(owner: Owner, name: string, ...kinds: readonly (ObjectKind | "pods")[]): ClaimedName[] {
  return kinds.map((kind) => ({ kind, name, ...owner }));
}

function given(what: string, name: string, owner: Owner, within?: string): ClaimedName {
  return { kind: { given: what, within }, name, ...owner };
}

/** An Identity with its Secret, and its enrolment ID. */
function identity(owner: Owner, { certificateAuthority }: OrganizationPlan, name: string, id: string): ClaimedName[] {
  return [
    ...objects(owner, name, "Identity", "pods"),
    ...objects(owner, enrolmentSecretName(name), "Secret"),
    { kind: { enrolmentIdAt: certificateAuthority.name }, name: id, ...owner },
  ];
}

function apiNames(root: string, { api }: NetworkPlan): ClaimedName[] {
  if (api === undefined) return [];
  const owner = { path: `${root}.api`, of: "the API server" };
  const { name, storage, databaseSecret } = api;
  return [
    ...objects(owner, name, ...podKinds, "ConfigMap", "Service", "StatefulSet"),
    ...objects(owner, headlessServiceName(name), "Service"),
    ...(mostReplicas(api) > 1 ? objects(owner, name, "PodDisruptionBudget") : []),
    ...(api.autoscaling === undefined ? [] : objects(owner, name, "HorizontalPodAutoscaler")),
    ...(storage === undefined ? [] : objects(owner, volumeClaimName(name), "PersistentVolumeClaim")),
    ...identity(owner, api.organization, name, name),
    ...(api.certificates?.authorities ?? []).flatMap((authority) =>
      "organization" in authority
        ? objects(owner, revocationsSecretName(authority.organization.certificateAuthority.name), "Secret")
        : [],
    ),
    ...(databaseSecret === undefined
      ? []
      : objects({ path: `${owner.path}.databaseSecret`, of: "the url of your PostgreSQL" }, databaseSecret, "Secret")),
  ];
}

function gatewayNames(root: string, { gateway }: NetworkPlan): ClaimedName[] {
  if (gateway === undefined) return [];
  const owner = { path: `${root}.gateway`, of: "the gateway" };
  const { name, certificateSecret, exposure } = gateway;
  return [
    ...objects(owner, name, ...podKinds, "ConfigMap", "Service", "Deployment"),
    ...(mostReplicas(gateway) > 1 ? objects(owner, name, "PodDisruptionBudget") : []),
    ...(gateway.autoscaling === undefined ? [] : objects(owner, name, "HorizontalPodAutoscaler")),
    ...(exposure.gateway === undefined ? [] : objects(owner, name, "TLSRoute")),
    ...identity(owner, gateway.organization, gateway.identity, name),
    ...(certificateSecret === undefined
      ? []
      : objects({ path: `${owner.path}.certificateSecret`, of: "your certificate" }, certificateSecret, "Secret")),
  ];
}

/** Of the gates of sessions. What is in the namespace of sessions has the same names there. */
function studioNames(root: string, { config, studio }: NetworkPlan): ClaimedName[] {
  const secrets = new Set<string>();
  return (studio?.sessions ?? []).flatMap(({ name, session, organization, oidc, remote }) => {
    const i = config.organizations.findIndex((each) => each.name === organization.name);
    const j = config.organizations[i]!.studio!.sessions.findIndex((each) => each.name === session);
    const studioPath = `${root}.organizations[${i}].studio`;
    const owner = { path: `${studioPath}.sessions[${j}].name`, of: `session "${session}"` };
    // Studios may have one client, and one repository.
    const secretOf = (secret: string | undefined, key: string, of: string): ClaimedName[] => {
      if (secret === undefined || secrets.has(secret)) return [];
      secrets.add(secret);
      return objects({ path: `${studioPath}.${key}.secretName`, of }, secret, "Secret");
    };
    return [
      given("session", session, owner),
      ...objects(owner, name, ...podKinds, "ConfigMap", "Service", "Deployment"),
      ...objects(owner, linkKeySecretName(name), "Secret"),
      ...secretOf(oidc?.secretName, "oidc", "the client by which developers sign in"),
      ...secretOf(remote?.secretName, "remote", "what the repository knows gates by"),
      ...identity(owner, organization, name, name),
    ];
  });
}

function organizationNames(path: string, organization: OrganizationPlan): ClaimedName[] {
  const owner = { path: `${path}.name`, of: `organization "${organization.name}"` };
  const { orderers, stateDatabase } = organization;
  const budgets = [
    ...(joiningPeers(organization).length > 1 ? [peersBudget(organization.name)] : []),
    ...(orderers.length > 1 ? [orderersBudget(organization.name)] : []),
  ];
  return [
    given("organization", organization.name, owner),
    given("MSP ID", organization.mspId, { ...owner, path: `${path}.mspId` }),
    ...authorityNames(owner, organization),
    ...identity(owner, organization, organization.administrator, administratorId),
    ...[...joiningPeers(organization), ...orderers].flatMap((node) => [
      ...nodeNames(owner, node),
      ...objects(owner, node.name, "ConfigMap"),
      ...identity(owner, organization, node.name, node.id),
    ]),
    ...(stateDatabase === "couchdb"
      ? joiningPeers(organization).flatMap(({ name }) => objects(owner, couchdbSecretName(name), "Secret", "ConfigMap"))
      : []),
    ...budgets.flatMap((name) => objects(owner, name, "PodDisruptionBudget")),
  ];
}

function authorityNames(owner: Owner, { certificateAuthority: node }: OrganizationPlan): ClaimedName[] {
  const registrar = { ...owner, of: `the registrar of ${node.name}` };
  return [
    ...nodeNames(owner, node),
    ...objects(owner, node.name, "Role", "RoleBinding", "CertificateAuthority"),
    ...objects(owner, rootsConfigMapName(node.name), "ConfigMap"),
    ...objects(registrar, registrarSecretName(node.name), "Secret"),
    { kind: { enrolmentIdAt: node.name }, name: registrarId, ...registrar },
  ];
}

/** What components/fabric/statefulNode.ts declares for every node, and the claim that Kubernetes makes for it. */
function nodeNames(owner: Owner, { name }: NodePlan): ClaimedName[] {
  return [
    ...objects(owner, name, ...podKinds, "Service", "StatefulSet"),
    ...objects(owner, headlessServiceName(name), "Service"),
    ...objects(owner, volumeClaimName(name), "PersistentVolumeClaim"),
  ];
}

function clientNames(path: string, organization: OrganizationPlan): ClaimedName[] {
  return organization.clients.flatMap(({ name, id }, j) => {
    const owner = { path: `${path}[${j}]`, of: `client "${id}" of organization "${organization.name}"` };
    return [given("client", id, owner, organization.name), ...identity(owner, organization, name, id)];
  });
}

function systemChannelNames(root: string, { ordering: { kafka } }: NetworkPlan): ClaimedName[] {
  if (kafka === undefined || kafka.systemChannel === "") return [];
  const name = kafka.systemChannel;
  const owner = { path: `${root}.ordering.systemChannel`, of: `system channel "${name}"` };
  return [
    given("channel", name, owner),
    ...objects(owner, name, "SystemChannel"),
    ...objects(owner, genesisConfigMapName(name), "ConfigMap"),
  ];
}

/** What a network has on Kafka: its topics, and certificates of its orderers, unless it is a Kafka of the user's. */
function tenantNames(root: string, { ordering: { kafka, organization } }: NetworkPlan): ClaimedName[] {
  if (kafka === undefined) return [];
  const owner = { path: `${root}.ordering.type`, of: "every network on Kafka" };
  const enrolling = kafka.external === undefined ? organization.orderers : [];
  const identities = enrolling.map(({ name }) => platformIdentityName(name, kafkaCaName));
  return [
    ...objects(owner, kafkaTenantName, "KafkaTenant"),
    ...identities.flatMap((name) => [
      ...objects(owner, name, "Identity"),
      ...objects(owner, enrolmentSecretName(name), "Secret"),
    ]),
  ];
}

function channelNames(root: string, { channels }: NetworkPlan): ClaimedName[] {
  return channels.flatMap(({ name }, i) => {
    const owner = { path: `${root}.channels[${i}].name`, of: `channel "${name}"` };
    return [
      given("channel", name, owner),
      ...objects(owner, name, "Channel"),
      ...objects(owner, genesisConfigMapName(name), "ConfigMap"),
    ];
  });
}

function chaincodeNames(path: string, chaincode: ChaincodePlan, plan: NetworkPlan): ClaimedName[] {
  const { name, channel, resource, ownServers, smokeTest } = chaincode;
  const owner = { path, of: `chaincode "${name}"` };
  const tester = { path, of: `the smoke test of ${owner.of}` };
  const organizationOf = (name: string): OrganizationPlan => allOrganizations(plan).find((o) => o.name === name)!;
  return [
    given("chaincode", name, owner, channel),
    ...objects(owner, resource, "Chaincode"),
    ...ownServers.flatMap((server) => {
      const serverOwner = { path, of: `${owner.of} of organization "${server.organization}"` };
      return [
        ...objects(serverOwner, server.name, ...podKinds, "Service", "Deployment"),
        ...(mostReplicas(chaincode) > 1 ? objects(serverOwner, server.name, "PodDisruptionBudget") : []),
        ...(chaincode.autoscaling === undefined ? [] : objects(serverOwner, server.name, "HorizontalPodAutoscaler")),
        ...identity(serverOwner, organizationOf(server.organization), server.name, server.name),
      ];
    }),
    ...(smokeTest === undefined
      ? []
      : [
          ...objects(tester, smokeTest.name, ...podKinds, "Job"),
          ...identity(tester, organizationOf(smokeTest.organization), smokeTest.name, smokeTest.name),
        ]),
  ];
}
