/**
 * Agreeing on a chaincode definition: approve, check, commit. Every function reads first and does only what is missing, so
 * that it may be called again at any point.
 *
 * Source: Fabric documentation, "Fabric chaincode lifecycle".
 */
import { peer } from "@hyperledger/fabric-protos";

import { FabricError, invalidArgument, isFabricError } from "../errors";
import type { Orderer } from "../nodes/orderer";
import type { Peer } from "../nodes/peer";
import type { Signer } from "../signer";
import { anyAnswer, type Committed, submit, type SubmitOptions } from "../transaction/submit";
import {
  type ApprovedDefinition,
  type ChaincodeDefinition,
  type CommittedDefinition,
  definitionsEqual,
  fill,
  readDefinition,
} from "./definition";

const { lifecycle } = peer;

/** An organization on a channel, with those of its peers that have joined. */
export interface Member {
  /** Name of the organization, for messages. */
  organization: string;
  /** An administrator of the organization. */
  signer: Signer;
  /** At least one. With more, one may be down. */
  peers: Peer[];
}

/** How many organizations approve a definition, by MSP ID. */
export interface CommitReadiness {
  /** MSP IDs of the channel's members, and whether each has approved the definition. */
  approvals: Record<string, boolean>;
  /** Fields in which an organization's approval differs, as Fabric names them; Fabric 3 says so. */
  mismatches: Record<string, string[]>;
}

/**
 * The committed definition of a chaincode.
 *
 * @returns nothing if none was ever committed
 */
export async function queryCommitted(
  node: Peer,
  channel: string,
  name: string,
): Promise<CommittedDefinition | undefined> {
  const args = new lifecycle.QueryChaincodeDefinitionArgs();
  args.setName(name);
  const step = `reading the definition of chaincode ${name}`;
  try {
    const answer = await call(node, channel, "QueryChaincodeDefinition", args, step);
    const result = lifecycle.QueryChaincodeDefinitionResult.deserializeBinary(answer);
    const approvals = Object.fromEntries(result.getApprovalsMap().toArray());
    return { ...readDefinition(name, result), sequence: result.getSequence(), approvals };
  } catch (error) {
    if (isFabricError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/**
 * What the peer's own organization has approved.
 *
 * @param sequence - which definition
 * @returns nothing if it has approved none with that sequence
 */
export async function queryApproved(
  node: Peer,
  channel: string,
  name: string,
  sequence: number,
): Promise<ApprovedDefinition | undefined> {
  const args = new lifecycle.QueryApprovedChaincodeDefinitionArgs();
  args.setName(name);
  args.setSequence(sequence);
  try {
    const step = `reading the approval of chaincode ${name}`;
    const answer = await call(node, channel, "QueryApprovedChaincodeDefinition", args, step);
    const result = lifecycle.QueryApprovedChaincodeDefinitionResult.deserializeBinary(answer);
    const packageId = result.getSource()?.getLocalPackage()?.getPackageId();
    return { ...readDefinition(name, result), sequence: result.getSequence(), ...(packageId ? { packageId } : {}) };
  } catch (error) {
    // Peers have no separate status for this answer.
    const none = isFabricError(error) && error.reason.includes("could not fetch approved chaincode definition");
    if (none) return undefined;
    throw error;
  }
}

/**
 * Approves a definition for an organization; does nothing if it has approved the same with the same package. Approvals are
 * private data of the organization. If all its peers have lost theirs, Fabric knows them by their hashes: an equal definition
 * counts as approved, with whatever package, as no peer can read or replace it any more.
 *
 * @param sequence - see {@link sequenceOf}
 * @param packageId - package that the organization's peers are to run; none: its peers do not run the chaincode
 * @returns the transaction, or nothing if there was nothing to do
 * @throws FabricError `REJECTED` if all its peers have lost an approval of another definition with that sequence
 */
export async function approve(
  member: Member,
  orderers: Orderer[],
  channel: string,
  definition: ChaincodeDefinition,
  sequence: number,
  packageId: string | undefined,
  options?: SubmitOptions,
): Promise<Committed | undefined> {
  if (await hasApproved(member, channel, definition, sequence, packageId)) return undefined;
  const source = new lifecycle.ChaincodeSource();
  if (packageId === undefined) {
    source.setUnavailable(new lifecycle.ChaincodeSource.Unavailable());
  } else {
    const local = new lifecycle.ChaincodeSource.Local();
    local.setPackageId(packageId);
    source.setLocalPackage(local);
  }
  const args = fill(new lifecycle.ApproveChaincodeDefinitionForMyOrgArgs(), definition, sequence);
  args.setSource(source);
  const step = `approving chaincode ${definition.name} for ${member.organization}`;
  const invocation = invocationOf(channel, "ApproveChaincodeDefinitionForMyOrg", args);
  return submit(invocation, member.signer, [member.peers], orderers, step, options);
}

async function hasApproved(
  member: Member,
  channel: string,
  definition: ChaincodeDefinition,
  sequence: number,
  packageId: string | undefined,
): Promise<boolean> {
  try {
    const approved = await approvalOf(member, channel, definition.name, sequence);
    return approved !== undefined && definitionsEqual(approved, definition) && approved.packageId === packageId;
  } catch (error) {
    // Peers have no separate status for this answer.
    if (!isFabricError(error) || !error.reason.includes("private data matching public hash version")) throw error;
    if (await isApprovedByHash(member, channel, definition, sequence)) return true;
    const { organization } = member;
    throw new FabricError({
      code: "REJECTED",
      step: `approving chaincode ${definition.name} for ${organization}`,
      channel,
      reason: `its peers have lost its approval of sequence ${sequence}, which was of another definition, and Fabric takes no other one`,
      hint: "Approve and commit the definition that was approved last: Fabric knows it by its hash. Then the next sequence is free.",
    });
  }
}

/** Whether an organization has approved a definition, as the hash of its approval says. */
async function isApprovedByHash(
  member: Member,
  channel: string,
  definition: ChaincodeDefinition,
  sequence: number,
): Promise<boolean> {
  const { mspId } = member.signer;
  const committed = await committedDefinition(member, channel, definition.name);
  if (committed !== undefined && committed.sequence >= sequence) {
    return (
      committed.sequence === sequence && definitionsEqual(committed, definition) && committed.approvals[mspId] === true
    );
  }
  const [ready] = await anyAnswer(member.peers, (node) => checkCommitReadiness(node, channel, definition, sequence));
  return ready!.answer.approvals[mspId] === true;
}

/** Which organizations have approved a definition. The sequence must be the next one. */
export async function checkCommitReadiness(
  node: Peer,
  channel: string,
  definition: ChaincodeDefinition,
  sequence: number,
): Promise<CommitReadiness> {
  const args = fill(new lifecycle.CheckCommitReadinessArgs(), definition, sequence);
  const step = `checking who approves chaincode ${definition.name}`;
  const answer = await call(node, channel, "CheckCommitReadiness", args, step);
  const result = lifecycle.CheckCommitReadinessResult.deserializeBinary(answer);
  const mismatches: Record<string, string[]> = {};
  result.getMismatchesMap().forEach((found, mspId) => {
    const fields = found.getItemsList().filter((field) => field !== withoutApproval);
    if (fields.length > 0) mismatches[mspId] = fields;
  });
  return { approvals: Object.fromEntries(result.getApprovalsMap().toArray()), mismatches };
}

/**
 * Commits a definition; does nothing if an equal one is committed with that sequence.
 *
 * @param members - organizations that endorse it, the first one's administrator submits: as many as the channel's
 *   `LifecycleEndorsement` policy asks for, a majority by default
 * @returns the transaction, or nothing if there was nothing to do
 * @throws FabricError `NOT_APPROVED` if one of the members has not approved the definition, as Fabric would refuse to
 *   endorse it there
 */
export async function commit(
  members: Member[],
  orderers: Orderer[],
  channel: string,
  definition: ChaincodeDefinition,
  sequence: number,
  options?: SubmitOptions,
): Promise<Committed | undefined> {
  const step = `committing chaincode ${definition.name}`;
  const [first] = members;
  if (first === undefined) throw invalidArgument(step, "there is no organization to commit it");
  const committed = await committedDefinition(first, channel, definition.name);
  if (committed !== undefined && committed.sequence >= sequence) {
    if (committed.sequence === sequence && definitionsEqual(committed, definition)) return undefined;
    throw new FabricError({
      code: "CONFLICT",
      step,
      channel,
      reason: `sequence ${committed.sequence} is committed already, with another definition`,
      hint: "Read the committed definition and compute the sequence again.",
    });
  }
  const [ready] = await anyAnswer(first.peers, (node) => checkCommitReadiness(node, channel, definition, sequence));
  const missing = members.filter(({ signer }) => ready!.answer.approvals[signer.mspId] !== true);
  if (missing.length > 0) throw notApproved(step, channel, missing, ready!.answer);
  const args = fill(new lifecycle.CommitChaincodeDefinitionArgs(), definition, sequence);
  const invocation = invocationOf(channel, "CommitChaincodeDefinition", args);
  const groups = members.map(({ peers }) => peers);
  return submit(invocation, first.signer, groups, orderers, step, options);
}

/** What an organization has approved, from whichever of its peers answers. */
export async function approvalOf(
  member: Member,
  channel: string,
  name: string,
  sequence: number,
): Promise<ApprovedDefinition | undefined> {
  const answers = await anyAnswer(member.peers, (node) => queryApproved(node, channel, name, sequence));
  return answers.find(({ answer }) => answer !== undefined)?.answer;
}

/** The committed definition with the highest sequence that any of an organization's peers knows. */
export async function committedDefinition(
  member: Member,
  channel: string,
  name: string,
): Promise<CommittedDefinition | undefined> {
  const answers = await anyAnswer(member.peers, (node) => queryCommitted(node, channel, name));
  return answers
    .flatMap(({ answer }) => (answer === undefined ? [] : [answer]))
    .sort((a, b) => b.sequence - a.sequence)[0];
}

/** What Fabric 3 names instead of fields where an organization has approved nothing. Source: core/chaincode/lifecycle (3.1). */
const withoutApproval = "ChaincodeParameters";

function notApproved(step: string, channel: string, missing: Member[], ready: CommitReadiness): FabricError {
  const names = missing.map(({ organization, signer }) => {
    const differs = ready.mismatches[signer.mspId] ?? [];
    return differs.length === 0 ? organization : `${organization} (differs in: ${differs.join(", ")})`;
  });
  return new FabricError({
    code: "NOT_APPROVED",
    step,
    channel,
    reason: `not approved by ${names.join(" and ")}`,
    hint: "Every organization that endorses a definition approves the very same one first.",
  });
}

interface Message {
  serializeBinary(): Uint8Array;
}

function invocationOf(channel: string, name: string, args: Message) {
  return { channel, chaincode: "_lifecycle", args: [name, args.serializeBinary()] };
}

function call(node: Peer, channel: string, name: string, args: Message, step: string): Promise<Uint8Array> {
  return node.query(invocationOf(channel, name, args), step);
}
