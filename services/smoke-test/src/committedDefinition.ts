/** When a chaincode can be tested: once its definition is committed. */
import { peer } from "@hyperledger/fabric-protos";

import { Failure, TryAgain } from "../../common/failure";
import type { Log } from "../../common/log";
import type { Patience } from "../../common/retry";
import { inStage } from "./failure";
import type { Peer } from "./peer";
import { waitFor } from "./waiting";

const { lifecycle } = peer;

/** The chaincode version that the test is for. */
export interface Definition {
  channel: string;
  chaincode: string;
  version: string;
}

/**
 * Waits until an organization has committed the definition with this version. Until then its peer may be down, may not have
 * joined the channel, or may serve the former version: all of these are waited for.
 *
 * @param peers - of the organization; called in turn
 * @throws {@link Failure} when the time is up, with the last cause
 */
export async function untilCommitted(
  { channel, chaincode, version }: Definition,
  peers: readonly Peer[],
  patience: Patience,
  log: Log,
): Promise<void> {
  const what = `chaincode ${chaincode} ${version} to be committed on channel ${channel}`;
  const attempt = async (failures: number): Promise<void> => {
    const node = peers[failures % peers.length]!;
    const committed = await committedVersion(node, channel, chaincode).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      throw new TryAgain(...inStage({ stage: "waiting", what: `Waiting for ${what}`, reason: error.reason }));
    });
    if (committed === version) return;
    const reason = `${node.name} has committed version ${committed}`;
    throw new TryAgain(...inStage({ stage: "waiting", what: `Waiting for ${what}`, reason }));
  };
  try {
    await waitFor(what, attempt, patience, log);
  } catch (error) {
    if (!(error instanceof TryAgain)) throw error;
    throw new Failure(
      ...inStage({
        stage: "waiting",
        what: `Waiting for ${what}`,
        reason: `${error.reason}, after ${Math.round(patience.timeout / 1000)} s`,
        remedy: "The conditions of its Channel and its Chaincode say what is missing; apply again to run the test anew",
      }),
    );
  }
}

async function committedVersion(node: Peer, channel: string, chaincode: string): Promise<string> {
  const args = new lifecycle.QueryChaincodeDefinitionArgs();
  args.setName(chaincode);
  const answer = await node.query(channel, "_lifecycle", "QueryChaincodeDefinition", [args.serializeBinary()]);
  return lifecycle.QueryChaincodeDefinitionResult.deserializeBinary(answer).getVersion();
}
