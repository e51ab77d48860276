/** What the session program and the editor's extension say to each other: JSON over HTTP on the loopback. */

/** Header with the token of a session, which a web page that the developer looks at does not know. */
export const tokenHeader = "x-studio-token";

/** File with the token, in the session's folder. */
export const tokenFile = "token";

/** A value: text, or bytes that are no text. */
export type Value = { text: string } | { base64: string };

/** What a call has read of a key. */
export interface Read {
  key: string;
  /** Collection of private data. */
  collection?: string;
  /** Such as `state`, `hash of private data`, `endorsement policy`. */
  what: string;
  /** None if there is no such key. */
  value?: Value;
}

/** What a call writes to a key. */
export interface Write {
  key: string;
  collection?: string;
  /** Such as `state`, `endorsement policy`. */
  what: string;
  /** None if the key is deleted. */
  value?: Value;
}

/** A query of a call: a range, a selector, a history. */
export interface Query {
  what: string;
  /** Such as `a1 to a9`. */
  of: string;
  /** Keys that were found, in order. */
  keys: string[];
}

/** An event of a contract. */
export interface ContractEvent {
  name: string;
  payload: Value;
}

/** What is seen of one call between peer and contract. */
export interface CallRecord {
  txID: string;
  reads: Read[];
  writes: Write[];
  queries: Query[];
  /** Other chaincodes that it has called. */
  calledChaincodes: string[];
  event?: ContractEvent;
}

/** A call of the contract. */
export interface CallRequest {
  function: string;
  arguments: string[];
  transient?: Record<string, string>;
  kind: "evaluate" | "submit";
  /** Name of the identity; by default the first one of the session. */
  identity?: string;
  /** MSP ID of the organization whose peers endorse; by default that of the identity. */
  organization?: string;
}

/** What became of a call. */
export interface CallOutcome {
  /** Whether the contract has answered, and for `submit`, whether the transaction is valid. */
  succeeded: boolean;
  result?: Value;
  /** Why it failed. */
  error?: string;
  txID?: string;
  blockNumber?: string;
  /** Such as VALID or MVCC_READ_CONFLICT; none for `evaluate`. */
  validationCode?: string;
  /** None if another peer ran the contract of the cluster, not the one here. */
  record?: CallRecord;
  /** From the request to its answer. */
  milliseconds: number;
}

/** An identity that calls may be made as. */
export interface CallIdentity {
  name: string;
  mspId: string;
  /** Whether it calls the debug peer, and so the contract here; others call what is deployed. */
  callsHere: boolean;
}

/** What a session is for. */
export interface SessionDescription {
  network: string;
  channel: string;
  chaincode: string;
  version: string;
  identities: CallIdentity[];
  /** MSP IDs. */
  organizations: string[];
  /** Why there are no calls and no world state; none if there are. */
  noCalls?: string;
  /** Whether "Make this the next version" knows the stack file. */
  hasStackFile: boolean;
  /** Whether there is a repository to push a branch to. */
  hasRemote: boolean;
}

/** A parameter of a function. */
export interface Parameter {
  name: string;
  /** A JSON Schema. */
  schema: JsonSchema;
}

/** The part of a JSON Schema that forms are made from. */
export interface JsonSchema {
  type?: string;
  format?: string;
  enum?: unknown[];
  description?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  $ref?: string;
  [keyword: string]: unknown;
}

/** A function of the contract. */
export interface ContractFunction {
  /** With the contract's name before it, unless that is the default. */
  name: string;
  /** Whether it writes; unknown where the contract does not say so. */
  writes?: boolean;
  parameters: Parameter[];
  returns?: JsonSchema;
}

/** The contract as it runs now. */
export interface ContractDescription {
  isRunning: boolean;
  /** Why it says nothing about itself; none if it does. */
  problem?: string;
  functions: ContractFunction[];
  /** Schemas that parameters refer to, by name. */
  schemas: Record<string, JsonSchema>;
}

/** A key of the world state. */
export interface StateEntry {
  /** A composite key has a character NUL at its start and between its parts. */
  key: string;
  value: Value;
}

/** A page of the world state. */
export interface StatePage {
  entries: StateEntry[];
  /** Of the next page; none after the last one. */
  bookmark?: string;
}

/** A change of a key. */
export interface HistoryEntry {
  txID: string;
  /** When the client made the transaction, by its clock, in ISO 8601. */
  at: string;
  /** None if it deleted the key. */
  value?: Value;
}

/** History of a key, newest first. */
export interface History {
  entries: HistoryEntry[];
  /** Whether there is more than what is shown. */
  isCut: boolean;
}

/** A line that contract, tests or session have written. */
export interface LogLine {
  at: string;
  source: "contract" | "tests" | "session";
  text: string;
}

/** How tests ended. */
export interface TestsOutcome {
  passed: boolean;
  /** What ran, such as `npm test`. */
  command: string;
  /** The end of what it wrote. */
  output: string;
}

/** The next version as a patch. */
export interface NextVersion {
  version: string;
  /** A git patch; empty if nothing has changed. */
  patch: string;
  /** Files of the patch. */
  files: string[];
  /** What `./baas diff` says, where it can run. */
  diff?: string;
  /** Commands to go on with, on a machine with the repository. */
  next: string[];
}

/** A branch that was pushed. */
export interface PushedBranch {
  branch: string;
  commit: string;
  /** Where to, without what is secret in it. */
  remote: string;
}

/** Why a request failed. */
export interface Problem {
  error: string;
}
