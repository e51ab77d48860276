/** Reads the result of transactions from peers of every organization, and compares it. */
import { GatewayError } from "@hyperledger/fabric-gateway";

import { Failure, TryAgain } from "../../common/failure";
import { inStage, reasonOf } from "./failure";
import type { Peer } from "./peer";
import type { Call, Session } from "./submit";
import { waitFor } from "./waiting";

/** What a peer answered. */
export interface Answer {
  organization: string;
  peer: string;
  payload: Buffer;
}

/**
 * Evaluates a function on one peer of an organization, once it has committed a transaction.
 *
 * @param peers - of the organization; if one does not answer, the next is called
 * @throws {@link Failure} when none has caught up in time, or the chaincode refuses
 */
export async function readBack(
  [name, ...args]: Call,
  after: string,
  peers: readonly Peer[],
  { channel, chaincode, patience, log }: Session,
): Promise<Answer> {
  const attempt = async (failures: number): Promise<Answer> => {
    const peer = peers[failures % peers.length]!;
    await peer.commitStatus(channel, after).catch((error: unknown) => {
      if (!(error instanceof GatewayError)) throw error;
      const reason = `${peer.name} has not caught up with transaction ${after}: ${reasonOf(error)}`;
      throw new TryAgain(...inStage({ stage: "read back", what: name, reason }));
    });
    const payload = await peer.query(channel, chaincode, name, args);
    return { organization: peer.organization, peer: peer.name, payload };
  };
  return waitFor(`${peers[0]!.organization} to read back`, attempt, patience, log);
}

/**
 * Requires that all organizations read the same bytes.
 *
 * @throws {@link Failure} when they do not, with both answers
 */
export function requireEqual(name: string, [own, ...others]: readonly Answer[]): void {
  const different = others.find(({ payload }) => !payload.equals(own!.payload));
  if (different === undefined) return;
  const said = ({ peer, organization, payload }: Answer) => `${peer} of ${organization} answers ${shown(payload)}`;
  const reason = `the ledgers differ: ${said(own!)}, ${said(different)}`;
  throw new Failure(...inStage({ stage: "read back", what: name, reason }));
}

function shown(payload: Buffer): string {
  const text = payload.toString();
  return text.length > 400 ? `${text.slice(0, 400)}… (${payload.length} bytes)` : text;
}
