/**
 * A client of a network, in one of its pods (loadPod.ts) or outside the cluster (outsideClient.ts). It submits transactions, or
 * reads every peer's ledger. Its settings are in the variable LOAD and in those of the smoke test.
 */
import { createPrivateKey } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Client, credentials, status } from "@grpc/grpc-js";
import { connect, type Contract, hash, signers } from "@hyperledger/fabric-gateway";
import { common } from "@hyperledger/fabric-protos";

import { openChannel } from "../../../fabric/src/nodes/channel";
import { Peer } from "../../../fabric/src/nodes/peer";
import { pemSigner } from "../../../fabric/src/signer";
import { openEnvelope } from "../../../fabric/src/wire/envelope";
import type { Fields } from "../../../services/common/log";
import { Peer as PatientPeer } from "../../../services/smoke-test/src/peer";
import { type Session, submit } from "../../../services/smoke-test/src/submit";
import { discover } from "./channelDiscovery";

/** A peer with its address. */
export interface Endpoint {
  organization: string;
  name: string;
  address: string;
}

/** The task. */
export type ClientTask =
  /** Submits transactions at a steady rate, each once or with the retries that a client may do. */
  | { command: "submit"; ratePerSecond: number; seconds: number; prefix: string; retry?: boolean }
  /** Sends as many transactions or queries as one peer handles, with a constant number in flight. */
  | { command: "saturate"; kind: Kind; via: string; inFlight: number; seconds: number; prefix: string }
  | { command: "ledgers" }
  /** Queries discovery for addresses, and tries them. */
  | { command: "discover"; via: string }
  | { command: "call"; via: string; args: string[] };

/** A request to a peer's Gateway service. */
export type Kind = "submit" | "evaluate";

/** The result of one transaction. Times are in milliseconds. */
export interface Submission {
  id: string;
  /** Since 1970. */
  start: number;
  took: number;
  /** Peer whose Gateway service was called. */
  via: string;
  /** `committed`, or the stage at which it failed, with code and message. */
  outcome: string;
  /** Number of submissions. Like any client, it retries only transactions that read outdated values. */
  attempts: number;
  transactionId?: string;
}

/** A peer's copy of the channel. */
export interface Ledger {
  peer: string;
  height: number;
  hash: string;
  /** Validation codes by transaction ID. */
  transactions: Record<string, number>;
}

const environment = process.env as Record<string, string>;
const { task, peers } = JSON.parse(environment.LOAD!) as { task: ClientTask; peers: Endpoint[] };
const channel = environment.SMOKE_TEST_CHANNEL!;
const mspId = environment.SMOKE_TEST_MSP_ID!;
const mspDir = environment.SMOKE_TEST_MSP_DIR!;
const certificate = readFileSync(join(mspDir, "signcerts/cert.pem"), "utf8");
const key = readFileSync(join(mspDir, "keystore/key.pem"), "utf8");
const root = (organization: string) => readFileSync(join(environment.SMOKE_TEST_ROOTS_DIR!, `${organization}.pem`));
const stopFile = environment.LOAD_STOP_FILE ?? "/tmp/stop";
const print = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

/** A client with a channel of its own does not use them. */
const noCredentials = credentials.createInsecure();

const deadline = (seconds: number) => () => ({ deadline: Date.now() + seconds * 1000 });

function contracts(): Map<string, Contract> {
  return new Map(
    peers.map(({ name, organization, address }) => {
      const gateway = connect({
        client: new Client(address, noCredentials, {
          channelOverride: openChannel(address, credentials.createSsl(root(organization))),
        }),
        identity: { mspId, credentials: Buffer.from(certificate) },
        signer: signers.newPrivateKeySigner(createPrivateKey(key)),
        hash: hash.sha256,
        endorseOptions: deadline(10),
        submitOptions: deadline(10),
        commitStatusOptions: deadline(20),
        evaluateOptions: deadline(10),
      });
      return [name, gateway.getNetwork(channel).getContract(environment.SMOKE_TEST_CHAINCODE!)];
    }),
  );
}

async function submitSteadily({ ratePerSecond, seconds, prefix, retry }: Extract<ClientTask, { command: "submit" }>) {
  const all = [...contracts()];
  const patiently = retry ? patientSession() : undefined;
  rmSync(stopFile, { force: true });
  const began = Date.now();
  const running = new Set<Promise<void>>();
  for (let n = 0; Date.now() - began < seconds * 1000 && !existsSync(stopFile); n++) {
    const [via, contract] = all[n % all.length]!;
    const id = `${prefix}-${n}`;
    const submission = patiently ? submitPatiently(patiently, id) : submitOnce(contract, via, id);
    const one = submission.finally(() => running.delete(one));
    running.add(one);
    await sleep(Math.max(0, began + ((n + 1) * 1000) / ratePerSecond - Date.now()));
  }
  await Promise.all(running);
}

async function saturate({ kind, via, inFlight, seconds, prefix }: Extract<ClientTask, { command: "saturate" }>) {
  const contract = contracts().get(via)!;
  const end = Date.now() + seconds * 1000;
  let n = 0;
  const worker = async () => {
    while (Date.now() < end) {
      const id = `${prefix}-${n++}`;
      await (kind === "submit" ? submitOnce(contract, via, id) : evaluateOnce(contract, via, id));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

async function evaluateOnce(contract: Contract, via: string, id: string): Promise<void> {
  const start = Date.now();
  const began = performance.now();
  await contract.evaluateTransaction("AssetExists", id);
  print({ id, start, took: performance.now() - began, via, outcome: "committed", attempts: 1 } satisfies Submission);
}

const nothing = () => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Tries all peers of the client's own organization, one after the other, for a minute and a half. */
function patientSession(): Session {
  const identity = { mspId, certificate, key: createPrivateKey(key) };
  const own = peers.filter(({ organization }) => organization === peers[0]!.organization);
  return {
    channel,
    chaincode: environment.SMOKE_TEST_CHAINCODE!,
    peers: own.map((peer) => new PatientPeer(peer, credentials.createSsl(root(peer.organization)), identity)),
    log: silent,
    patience: { timeout: 90_000, shortest: 100, longest: 2000 },
  };
}

async function submitPatiently(session: Session, id: string): Promise<void> {
  const start = Date.now();
  let attempts = 0;
  let warning = "";
  const count = () => void attempts++;
  const warn = (message: string, fields: Fields = {}) => {
    attempts++;
    warning = `${message} ${JSON.stringify(fields)}`;
  };
  const log = { debug: count, info: count, warn, error: warn };
  const end = (outcome: string, transactionId?: string) =>
    print({ id, start, took: Date.now() - start, via: "any", outcome, attempts: attempts + 1, transactionId });
  try {
    const call = ["CreateAsset", id, "load", "an asset of the load", "1"] as const;
    const { transactionId } = await submit(call, { ...session, log });
    end("committed", transactionId);
  } catch (error) {
    end(`${(error as Error).message.slice(0, 300)}; before: ${warning.slice(0, 300)}`.replace(/\s+/g, " "));
  }
}

/** The validation code of a transaction that read values which an earlier transaction has changed; it has written nothing. */
const mvccReadConflict = 11;

/**
 * Of endorsements by peers that stood at different blocks, as while a chaincode's new definition reaches one peer after the
 * other. Nothing has been ordered.
 */
const differentEndorsements = "ProposalResponsePayloads do not match";

async function submitOnce(contract: Contract, via: string, id: string): Promise<void> {
  const start = Date.now();
  let stage = "endorse";
  let transactionId: string | undefined;
  let attempts = 0;
  const end = (outcome: string) =>
    print({
      id,
      start,
      took: Date.now() - start,
      via,
      outcome,
      attempts,
      transactionId,
    } satisfies Submission as object);
  try {
    for (;;) {
      attempts += 1;
      stage = "endorse";
      const proposal = contract.newProposal("CreateAsset", { arguments: [id, "load", "an asset of the load", "1"] });
      transactionId = proposal.getTransactionId();
      const transaction = await proposal.endorse().catch((error: Error & { details?: Error[] }) => {
        const differ = `${error.message} ${error.details?.map(({ message }) => message)}`.includes(
          differentEndorsements,
        );
        if (!differ || attempts === 3) throw error;
      });
      if (transaction === undefined) continue;
      stage = "submit";
      const commit = await transaction.submit();
      stage = "commit status";
      const { successful, code } = await commit.getStatus();
      if (successful) return end("committed");
      if (code !== mvccReadConflict || attempts === 3) return end(`commit with code ${code}`);
    }
  } catch (error) {
    const { code = 2, details = [], message } = error as { code?: number; details?: Error[]; message: string };
    const words = details.map((detail) => detail.message).join("; ") || message;
    end(`${stage} ${status[code]}: ${words.replace(/\s+/g, " ").slice(0, 160)}`);
  }
}

async function readLedgers(): Promise<void> {
  const signer = pemSigner(mspId, certificate, key);
  for (const { organization, name, address } of peers) {
    const endpoint = {
      name,
      organization,
      address,
      tlsRootCertificates: root(organization).toString(),
      timeoutMs: 10_000,
    };
    const peer = new Peer(endpoint, signer);
    const { height, currentBlockHash } = await peer.ledgerInfo(channel);
    const transactions: Record<string, number> = {};
    for (let number = 0; number < height; number++) {
      const block = await peer.block(channel, number);
      const codes = Buffer.from(
        block.getMetadata()!.getMetadataList_asU8()[common.BlockMetadataIndex.TRANSACTIONS_FILTER]!,
      );
      // One that was sent again may be ordered twice: the first one counts, and the peer marks the second one as a duplicate.
      for (const [n, bytes] of block.getData()!.getDataList_asU8().entries()) {
        transactions[openEnvelope(bytes).header.getTxId()] ??= codes[n]!;
      }
    }
    print({ peer: name, height, hash: currentBlockHash, transactions } satisfies Ledger);
    peer.close();
  }
}

async function callOnce({ via, args: [name, ...args] }: Extract<ClientTask, { command: "call" }>): Promise<void> {
  const bytes = await contracts().get(via)!.evaluate(name!, { arguments: args });
  print({ answer: Buffer.from(bytes).toString() });
}

async function discoverNodes({ via }: Extract<ClientTask, { command: "discover" }>): Promise<void> {
  const { address, organization } = peers.find(({ name }) => name === via)!;
  const signer = pemSigner(mspId, certificate, key);
  const found = await discover(channel, address, credentials.createSsl(root(organization)), signer);
  for (const one of found) print(one);
}

function work(): Promise<void> {
  switch (task.command) {
    case "submit":
      return submitSteadily(task);
    case "saturate":
      return saturate(task);
    case "ledgers":
      return readLedgers();
    case "call":
      return callOnce(task);
    case "discover":
      return discoverNodes(task);
  }
}

// Open connections would keep the process running. It exits only after the pipe has its output.
const exit = (code: number): void => void process.stdout.write("", () => process.exit(code));
work().then(
  () => exit(0),
  (error: unknown) => {
    console.error(error);
    exit(1);
  },
);
