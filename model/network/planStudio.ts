/** Derives the sessions of chaincode studios from a planned network. */
import { chaincodeServerName, serviceHosts } from "../contracts/names";
import { studioHostName, studioName, studioNamespace } from "../contracts/studio";
import type { StudioConfig } from "../stackFile/studioSchema";
import type { ChaincodePlan, NetworkPlan, OrganizationPlan, StudioPlan, StudioSessionPlan } from "./networkPlan";

/** Plans the sessions of all organizations; undefined if there are none. Those with mistakes are left out: studioChecks.ts refuses them. */
export function planStudio(network: NetworkPlan, runtimeClass: string | undefined): StudioPlan | undefined {
  const sessions = network.organizations.flatMap((organization) => {
    const { studio } = network.config.organizations.find(({ name }) => name === organization.name) ?? {};
    return studio === undefined
      ? []
      : studio.sessions.flatMap((each) => planSession(network, organization, studio, each));
  });
  if (sessions.length === 0) return undefined;
  return { namespace: studioNamespace(network.namespace), ...(runtimeClass && { runtimeClass }), sessions };
}

function planSession(
  { domain, namespace, clusterDomain, chaincodes }: NetworkPlan,
  organization: OrganizationPlan,
  { sessions: _sessions, oidc, remote, ...limits }: StudioConfig,
  { name: session, ...given }: StudioConfig["sessions"][number],
): StudioSessionPlan[] {
  const developer = organization.debugging?.developers.find(({ id }) => id === given.developer);
  const chaincode = chaincodes.find((each) => isMeant(each, given) && isOf(each, organization));
  if (developer === undefined || chaincode?.source === undefined) return [];
  const name = studioName(session);
  const host = studioHostName(session, domain);
  return [
    {
      ...limits,
      name,
      session,
      organization,
      developer,
      host,
      hosts: [host, ...serviceHosts(name, namespace, clusterDomain)],
      chaincode,
      source: chaincode.source,
      server: chaincodeServerName(chaincode.prefix, organization.name),
      ...(oidc && given.user !== undefined && { oidc: { ...oidc, user: given.user } }),
      ...(remote && { remote: { ...remote, branches: `studio/${session}/` } }),
    },
  ];
}

const isMeant = (
  { name, channel }: ChaincodePlan,
  given: Pick<StudioConfig["sessions"][number], "chaincode" | "channel">,
): boolean => name === given.chaincode && (given.channel === undefined || channel === given.channel);

const isOf = ({ servers }: ChaincodePlan, { name }: OrganizationPlan): boolean =>
  servers.some(({ organization }) => organization === name);
