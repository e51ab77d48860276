/** What the Job of a smoke test, its program and the readers of its result agree on. */

/** Name of the container whose termination message is a {@link SmokeTestResult}. */
export const smokeTestContainerName = "smoke-test";

/**
 * Exit codes of the test. After the first, the Job does not run it again: the program has made all useful retries itself.
 * After the second, the Job runs it again with another ID.
 */
export const smokeTestExitCodes = { failed: 1, unknownOutcome: 2 } as const;

/** Environment variables of the container. */
export const smokeTestVariables = {
  channel: "SMOKE_TEST_CHANNEL",
  chaincode: "SMOKE_TEST_CHAINCODE",
  version: "SMOKE_TEST_VERSION",
  /** Function and arguments of each transaction, as JSON. */
  submit: "SMOKE_TEST_SUBMIT",
  /** Function and arguments of what is read back, as JSON. */
  evaluate: "SMOKE_TEST_EVALUATE",
  /** For each organization, the own one first, a list of {@link SmokeTestPeer}, as JSON. */
  peers: "SMOKE_TEST_PEERS",
  mspId: "SMOKE_TEST_MSP_ID",
  mspDir: "SMOKE_TEST_MSP_DIR",
  /** Folder with a root of TLS certificates for each organization: {@link rootFileOf}. */
  rootsDir: "SMOKE_TEST_ROOTS_DIR",
  /** Longest wait for the chaincode to be committed, in seconds. */
  timeoutSeconds: "SMOKE_TEST_TIMEOUT_SECONDS",
  /** File that the result is written to, if not Kubernetes' usual one. */
  messageFile: "SMOKE_TEST_MESSAGE_FILE",
} as const;

/** File with the root of an organization's TLS certificates, below the folder of roots. */
export function rootFileOf(organization: string): string {
  return `${organization}.pem`;
}

/** A peer that the test calls. */
export interface SmokeTestPeer {
  organization: string;
  /** Such as `peer0-org1`. */
  name: string;
  /** Host and port. */
  address: string;
}

/** Result of a run. As JSON it is the termination message of the container, which `npm start` reads. */
export interface SmokeTestResult {
  channel: string;
  chaincode: string;
  version: string;
  transactions: TransactionResult[];
  /** Peers that all gave the same answer, one of each organization; the own organization's first. */
  readBack: { organization: string; peer: string }[];
  /** Time at which the last of them answered; ISO 8601. */
  readAt: string;
  /** The answer, as text; its beginning if it is long. */
  answer: string;
}

/** A transaction that is committed. */
export interface TransactionResult {
  function: string;
  transactionId: string;
  blockNumber: number;
  /** Time from its proposal until a peer of the own organization has committed it. */
  milliseconds: number;
  /** ISO 8601. */
  committedAt: string;
}
