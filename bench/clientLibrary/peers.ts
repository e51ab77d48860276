/** For the benchmark `client-library`: gateway peers in a process of their own, which compute as little as possible. */
import { TestOrganization } from "../../client/src/testing/testOrganization";

/** What the peers' process tells first. */
export interface PeersReady {
  /** Path of a blockchain_client.yaml. */
  file: string;
  /** A folder for others' files. */
  folder: string;
}

/** Milliseconds between two blocks: as in a network under load, many transactions share one. */
const blockTime = 10;

/** Starts two peers, and runs until the message `end`. The message `hold` keeps them from making blocks; `go on` ends that. */
export async function runPeers(): Promise<void> {
  const organization = await TestOrganization.start();
  const { ledger, peers } = organization;
  ledger.batchTime = Infinity;
  let isHeld = false;
  setInterval(() => !isHeld && ledger.hasWaiting && ledger.cut(), blockTime);
  for (const peer of peers) peer.verifies = false;
  const file = organization.writeConfiguration("client.yaml", { maxInFlight: 2000 });
  process.on("message", (message) => {
    isHeld = message === "hold";
    if (message !== "end") return;
    organization.close();
    process.exit();
  });
  process.channel!.ref();
  process.send!({ file, folder: organization.folder } satisfies PeersReady);
}
