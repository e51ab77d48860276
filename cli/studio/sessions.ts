/** The sessions of a network's studios, by their names. */
import { didYouMean } from "../../model/didYouMean";
import type { StudioSessionPlan } from "../../model/network/networkPlan";
import { UserError } from "../../model/userError";
import type { NetworkWithGateway } from "../connection/connectionProfile";

/**
 * The sessions of a network.
 *
 * @param file - its stack file
 * @throws {@link UserError} if it has none
 */
export function sessionsOf({ name, studio }: NetworkWithGateway, file: string): StudioSessionPlan[] {
  if (studio !== undefined) return studio.sessions;
  const example = "studio: { sessions: [{ name: alice, developer: alice, chaincode: NAME }] }";
  throw new UserError(
    `network "${name}" has no studio\n  -> Give an organization one in ${file}, and apply it: ${example}`,
  );
}

/**
 * The session that is named, or the only one.
 *
 * @throws {@link UserError}
 */
export function chooseSession(sessions: readonly StudioSessionPlan[], wanted: string | undefined): StudioSessionPlan {
  const names = sessions.map(({ session }) => session);
  if (wanted === undefined) {
    if (sessions.length === 1) return sessions[0]!;
    throw new UserError(`there are several sessions\n  -> Name one: ${names.join(", or ")}`);
  }
  const found = sessions.find(({ session }) => session === wanted);
  if (found !== undefined) return found;
  throw new UserError(
    `there is no session "${wanted}".${didYouMean(wanted, names)}\n  -> There are: ${names.join(", ")}`,
  );
}
