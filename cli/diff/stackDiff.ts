/** Compares the declarations of stacks with earlier ones or with the cluster. */
import { baas } from "../../model/baasCommand";
import { ethereumChanges } from "../../model/changes/ethereumChanges";
import { ethereumGatewayChanges, type EthereumGatewayDescription } from "../../model/changes/ethereumGatewayChanges";
import { networkChanges } from "../../model/changes/networkChanges";
import type { EthereumDescription } from "../../model/ethereum/ethereumDescription";
import { listStacks, readProject, readStackConfig } from "../../model/files/project";
import type { NetworkDescription } from "../../model/network/networkDescription";
import { UserError } from "../../model/userError";
import { secretTexts } from "../engine/apply/desiredObjects";
import { redact } from "../engine/apply/redaction";
import { compareWithRecord, isAction } from "../engine/changes/changeSet";
import type { ProgramResult, Registration } from "../engine/declared/registration";
import { mapLeaves } from "../engine/declared/values";
import { strictCheck } from "../engine/kubernetes/strictCheck";
import { runPrograms } from "../engine/program/programs";
import { secretDigestOf } from "../engine/record/secretDigest";
import { appliedText, minuteText, readRecord, readRenderRecord, type StackRecord } from "../engine/record/stackRecord";
import { recordOf } from "../engine/record/writeRecord";
import { checkOut } from "../engine/revision/checkOut";
import { runAtRevision } from "../engine/revision/revisionPrograms";
import type { Diff, StackDiff } from "./diffTypes";
import { compareLive } from "./liveDiff";
import { objectDiff } from "./objectChanges";

/** What to compare, and with what. */
export interface DiffOptions {
  /** Folder of Pulumi.yaml. */
  projectDir: string;
  /** Names of stacks; by default all stacks, including removed ones. */
  stacks?: readonly string[];
  /** A Git revision to compare with; by default the last apply or render from here. */
  base?: string;
  /** Whether to compare with the cluster instead. */
  live?: boolean;
  /** The cluster; by default the one that the stack's environment names. */
  context?: string;
}

/**
 * Compares stacks. Errors of a stack are part of its difference.
 *
 * @throws {@link UserError} when there is nothing to compare at all: no such stack, no such revision
 */
export async function diff(options: DiffOptions): Promise<Diff> {
  const { projectDir, stacks = listStacks(readProject(projectDir)) } = options;
  if (options.base !== undefined) return diffWithRevision(options, options.base);
  stacks.forEach((stack) => readStackConfig(readProject(projectDir), stack));
  const results = await runPrograms(projectDir, stacks);
  const compare = (stack: string): StackDiff | Promise<StackDiff> => {
    const result = results.get(stack)!;
    return options.live === true ? diffWithCluster(options, stack, result) : diffWithRecord(options, stack, result);
  };
  const found: StackDiff[] = [];
  for (const stack of stacks) found.push(await compare(stack));
  const comparedWith = options.live === true ? "the cluster" : "the last apply or render from here";
  return { comparedWith, stacks: found };
}

async function diffWithRevision(options: DiffOptions, base: string): Promise<Diff> {
  const { projectDir } = options;
  const project = readProject(projectDir);
  const known = listStacks(project);
  const now = runPrograms(projectDir, options.stacks?.filter((stack) => known.includes(stack)) ?? known);
  const then = checkOut(projectDir, base).then(async (revision) => {
    const there = listStacks(readProject(revision.dir));
    // For a stack that never existed, this throws the error that every command gives.
    options.stacks?.filter((stack) => !there.includes(stack)).forEach((stack) => readStackConfig(project, stack));
    return { revision, before: await runAtRevision(projectDir, revision, options.stacks ?? there) };
  });
  const [results, { revision, before }] = await Promise.all([now, then]);
  const comparison = { comparedWith: revision.name, notes: revision.notes };
  const digest = secretDigestOf(projectDir);
  const stacks = [...new Set([...results.keys(), ...before.keys()])].sort();
  return {
    comparedWith: revision.name,
    stacks: stacks.map((stack) => {
      const old = before.get(stack);
      const record = old === undefined || old instanceof Error ? old : recordOf(old, digest);
      return compared(stack, results.get(stack), record, comparison);
    }),
  };
}

function diffWithRecord({ projectDir }: DiffOptions, stack: string, result: ProgramResult | UserError): StackDiff {
  const [applied, rendered] = [readRecord(projectDir, stack), readRenderRecord(projectDir, stack)];
  const isRendered = rendered !== undefined && (rendered.renderedAt ?? "") >= (applied?.appliedAt ?? "");
  const record = isRendered ? rendered : applied;
  return compared(stack, result, record, { comparedWith: wordsFor(record), notes: [] });
}

function wordsFor(record: StackRecord | undefined): string {
  if (record === undefined) return "nothing: this stack was neither applied nor rendered from here";
  if (record.renderedAt !== undefined) return `the render of ${minuteText(record.renderedAt)} to ${record.renderedTo}`;
  return appliedText(record) ?? "the last apply";
}

const nothing = {
  network: [],
  restarts: [],
  warnings: [],
  images: [],
  objects: [],
  counts: { create: 0, update: 0, replace: 0, delete: 0 },
};

interface Comparison {
  comparedWith: string;
  notes: string[];
}

/**
 * @param result - what the program declares, or why it fails; absent for a removed stack
 * @param record - what it declared, or why that is unknown; absent for a new stack
 */
function compared(
  stack: string,
  result: ProgramResult | UserError | undefined,
  record: StackRecord | UserError | undefined,
  { comparedWith, notes }: Comparison,
): StackDiff {
  const base = { stack, comparedWith, notes, ...nothing };
  if (result instanceof Error) return { ...base, status: "failed", errors: result.message.split("\n") };
  if (record instanceof Error) {
    const errors = [`its program does not run at ${comparedWith}:`, ...record.message.split("\n")];
    return { ...base, status: "incomparable", errors };
  }
  const now = result ?? emptyResult(stack, record!);
  const refusal = refusalOf(now);
  if (refusal !== undefined) return { ...base, status: "failed", errors: refusal };
  const changes = compareWithRecord(now, record);
  const objects = objectDiff(changes);
  const network = describedChanges(record?.resources, result?.registrations);
  const isChanged =
    network.changes.length > 0 ||
    changes.steps.some(({ op, after, before }) => isAction(op) && (after ?? before)!.custom);
  const found: StackDiff = {
    ...base,
    ...objects,
    status: record === undefined ? "created" : result === undefined ? "deleted" : isChanged ? "changed" : "unchanged",
    errors: changes.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message),
    notes: [...notes, ...network.notes, ...warningsOf(now)],
    network: network.changes,
    // Nothing happens to the objects of a stack whose file is gone.
    ...(result === undefined && {
      restarts: [],
      roll: undefined,
      warnings: [{ object: `stack ${stack}`, message: nothingDeletes }],
    }),
  };
  return redacted(found, now);
}

const nothingDeletes = `removed, but its objects stay in the cluster: run ${baas("destroy")} before removing the stack file`;

function emptyResult(stack: string, { project }: StackRecord): ProgramResult {
  const nowhere = { projectDir: "", workingDir: "" };
  return { project, stack, ...nowhere, registrations: [], outputs: {}, diagnostics: [], references: [] };
}

function refusalOf(result: ProgramResult): string[] | undefined {
  try {
    strictCheck(result);
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message.split("\n");
    throw error;
  }
}

function warningsOf({ diagnostics }: ProgramResult): string[] {
  return diagnostics.filter(({ severity }) => severity === "warning").map(({ message }) => message);
}

/** The changes of a network between two lists of resources, in the terms of its ledger; platforms have none of their own. */
function describedChanges(
  before: readonly Pick<Registration, "type" | "inputs">[] | undefined,
  after: readonly Pick<Registration, "type" | "inputs">[] | undefined,
): { changes: StackDiff["network"]; notes: string[] } {
  const inputsOf = (component: string) =>
    [before, after].map((list) => list?.find(({ type }) => type === `baas:index:${component}`)?.inputs);
  const [oldChain, newChain] = inputsOf("EthereumNetwork") as unknown as (EthereumDescription | undefined)[];
  if (oldChain !== undefined && newChain !== undefined) {
    const [oldEdge, newEdge] = inputsOf("EthereumGateway") as unknown as (EthereumGatewayDescription | undefined)[];
    return {
      changes: [...ethereumChanges(oldChain, newChain), ...ethereumGatewayChanges(oldEdge, newEdge)],
      notes: [],
    };
  }
  const [old, now] = inputsOf("Network");
  if (old !== undefined && !Array.isArray(old.organizations)) {
    return { changes: [], notes: ["the earlier state does not describe its network: only objects are compared"] };
  }
  const [was, is] = [old, now] as unknown as (NetworkDescription | undefined)[];
  return { changes: networkChanges(was, is), notes: [] };
}

/** Masks secrets in everything that is shown, as a last safeguard. */
function redacted(found: StackDiff, result: ProgramResult): StackDiff {
  const secrets = secretTexts(result);
  if (secrets.length === 0) return found;
  return mapLeaves(found, (leaf) => (typeof leaf === "string" ? redact(leaf, secrets) : leaf)) as StackDiff;
}

async function diffWithCluster(
  { projectDir, context }: DiffOptions,
  stack: string,
  result: ProgramResult | UserError,
): Promise<StackDiff> {
  const base = { stack, comparedWith: "the cluster", notes: [], ...nothing };
  if (result instanceof Error) return { ...base, status: "failed", errors: result.message.split("\n") };
  const refusal = refusalOf(result);
  if (refusal !== undefined) return { ...base, status: "failed", errors: refusal };
  const live = await compareLive(result, context);
  const record = readRecord(projectDir, stack);
  const isKnown = record !== undefined && record.context === live.context;
  const network = isKnown ? describedChanges(record.resources, result.registrations) : { changes: [], notes: [] };
  const unknown = `there is no record of an apply to context "${live.context}" here, so the network itself is not compared`;
  const isChanged = network.changes.length > 0 || Object.values(live.objects.counts).some((number) => number > 0);
  return redacted(
    {
      ...base,
      ...live.objects,
      comparedWith: `the cluster of context "${live.context}"`,
      status: isChanged ? "changed" : "unchanged",
      errors: live.errors,
      notes: [...live.notes, ...network.notes, ...(isKnown ? [] : [unknown]), ...warningsOf(result)],
      network: network.changes,
    },
    result,
  );
}
