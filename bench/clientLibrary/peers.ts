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

/** What others tell the peers' process: `hold` keeps it from making blocks, and it answers when it has so many transactions. */
export type PeersOrder = { hold: number } | "go on" | "end";

/** Starts two peers, and runs until the message `end`. */
export async function runPeers(): Promise<void> {
  const organization = await TestOrganization.start();
  const { ledger, peers } = organization;
  ledger.batchTime = Infinity;
  let held: number | undefined;
  setInterval(() => {
    if (held === undefined) return ledger.hasWaiting && ledger.cut();
    if (ledger.ordered >= held) process.send!("held");
    held = ledger.ordered >= held ? Infinity : held;
  }, blockTime);
  for (const peer of peers) peer.verifies = false;
  // Names, as in a network: Node warns of TLS with addresses.
  const addresses = peers.map(({ port }) => `localhost:${port}`);
  const file = organization.writeConfiguration("client.yaml", { maxInFlight: 2000, peers: addresses });
  process.on("message", (order: PeersOrder) => {
    held = typeof order === "object" ? ledger.ordered + order.hold : undefined;
    if (order !== "end") return;
    organization.close();
    process.exit();
  });
  process.channel!.ref();
  process.send!({ file, folder: organization.folder } satisfies PeersReady);
}
