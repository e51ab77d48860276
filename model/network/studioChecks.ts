/** Rules of chaincode studios that span fields. Pure functions over plain data. */
import { type Finding, unknownName } from "../stackFile/findings";
import type { NetworkConfig } from "../stackFile/schema";
import type { StudioConfig } from "../stackFile/studioSchema";

/**
 * Checks the sessions of a network.
 *
 * @param root - path of the network in its file, such as `baas:network`
 */
export function checkStudio(root: string, config: NetworkConfig): Finding[] {
  return config.organizations.flatMap(({ studio, debug }, i) => {
    if (studio === undefined) return [];
    const path = `${root}.organizations[${i}].studio`;
    if (debug === undefined) {
      const message = "a debug peer calls what is written in a session: give the organization one, with debug";
      return [{ path, message }];
    }
    const unreachable = "developers reach sessions through the gateway: give the network a gateway";
    return [
      ...(config.gateway === undefined ? [{ path, message: unreachable }] : []),
      ...checkSignIn(path, studio),
      ...studio.sessions.flatMap((session, j) =>
        checkSession(`${path}.sessions[${j}]`, session, config.organizations[i]!, config),
      ),
    ];
  });
}

/** Who signs in needs a provider, and a provider somebody who does. */
function checkSignIn(path: string, { oidc, sessions }: StudioConfig): Finding[] {
  if (oidc !== undefined) {
    if (sessions.some(({ user }) => user !== undefined)) return [];
    const message = `signs nobody in: give a session the user whose it is, as the claim ${oidc.userClaim} has her`;
    return [{ path: `${path}.oidc`, message }];
  }
  return sessions.flatMap(({ user }, i) => {
    if (user === undefined) return [];
    const message = "nobody says who that is: describe the provider that does, in oidc of the studio, or leave it out";
    return [{ path: `${path}.sessions[${i}].user`, message }];
  });
}

type Session = StudioConfig["sessions"][number];

function checkSession(
  path: string,
  { developer, chaincode, channel }: Session,
  { name, debug }: NetworkConfig["organizations"][number],
  { chaincodes, channels }: NetworkConfig,
): Finding[] {
  const own = new Set(
    channels.filter(({ organizations }) => organizations?.includes(name) ?? true).map(({ name }) => name),
  );
  const callable = chaincodes.filter((each) => own.has(each.channel));
  const named = callable.filter((each) => each.name === chaincode);
  const meant = named.filter((each) => channel === undefined || each.channel === channel);
  const known = [...new Set(callable.map((each) => each.name))];
  const developers = debug!.developers;
  const found: Finding[] = [];
  if (!developers.includes(developer)) found.push(unknownName(`${path}.developer`, "developer", developer, developers));
  if (named.length === 0) return [...found, unknownName(`${path}.chaincode`, "chaincode", chaincode, known)];
  const places = named.map((each) => each.channel);
  if (meant.length === 0) return [...found, unknownName(`${path}.channel`, "channel", channel!, places)];
  if (new Set(meant.map(({ version }) => version)).size > 1) {
    const message = `"${chaincode}" has other versions on other channels: name one, channel: ${places.join(", or channel: ")}`;
    found.push({ path: `${path}.chaincode`, message });
  }
  if (meant[0]!.source === undefined) {
    const message = `"${chaincode}" has an image and no source, which a session would begin with`;
    found.push({ path: `${path}.chaincode`, message });
  }
  return found;
}
