/** Runs a Pulumi program and the programs of the stacks that it refers to, without the Pulumi CLI. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { listStacks, type Project, readProject } from "../../../model/files/project";
import { compareText } from "../../../model/plainData";
import { kindOfType } from "../../../model/pulumi/kubernetesTypes";
import { UserError } from "../../../model/userError";
import { writeAtomically } from "../../common/atomicFiles";
import { canonicalJson, sameValue } from "../../common/canonical";
import { topologicalOrder } from "../../common/topologicalOrder";
import { ProgramError } from "../declared/diagnostics";
import type { ProgramResult, Registration } from "../declared/registration";
import { creationRank } from "../kubernetes/creationOrder";
import { ProgramHosts } from "./runner";

/** How to run a stack's program. */
export interface RunOptions {
  /** Folder of Pulumi.yaml. */
  projectDir: string;
  stack: string;
  /** Whether to run as for a preview. Otherwise random values are generated, stored and passed to the program. */
  dryRun: boolean;
}

/**
 * Runs a stack's program against the local monitor and returns what it declares.
 *
 * @throws {@link UserError} when the stack does not exist or its configuration cannot be read
 * @throws {@link ProgramError} when the program fails
 */
export async function runProgram({ projectDir, stack, dryRun }: RunOptions): Promise<ProgramResult> {
  const runs = new ProgramRuns(projectDir, dryRun);
  try {
    return await runs.run(stack);
  } finally {
    runs.end();
  }
}

/**
 * Runs the programs of several stacks as for a preview, one after the other. A stack that several refer to runs once.
 *
 * @returns for each stack what it declares, or why it fails
 */
export async function runPrograms(
  projectDir: string,
  stacks: readonly string[],
): Promise<Map<string, ProgramResult | UserError>> {
  const runs = new ProgramRuns(projectDir, true);
  const results = new Map<string, ProgramResult | UserError>();
  try {
    for (const stack of stacks) {
      const result = await runs.start(stack).catch((error: unknown) => {
        if (error instanceof UserError) return error;
        throw error;
      });
      results.set(stack, result);
    }
    return results;
  } finally {
    runs.end();
  }
}

/** Runs the programs of a project's stacks, each stack's once, however many stacks refer to it. */
export class ProgramRuns {
  private readonly project: Project;
  private readonly hosts: ProgramHosts;
  private readonly results = new Map<string, Promise<ProgramResult>>();
  /** Which stacks each stack waits for. */
  private readonly waits = new Map<string, Set<string>>();

  constructor(
    projectDir: string,
    private readonly dryRun: boolean,
  ) {
    this.project = readProject(projectDir);
    this.hosts = new ProgramHosts(this.project);
    this.hosts.prepare();
  }

  /**
   * Runs a stack's program unless it has run already. The programs that it referred to last time run first, so their outputs are
   * ready when it needs them.
   *
   * @throws {@link UserError} as {@link runProgram} does
   */
  async run(stack: string): Promise<ProgramResult> {
    const { project } = this;
    for (const other of readReferences(project)[stack] ?? []) await this.start(other).catch(() => undefined);
    const result = this.start(stack);
    rememberReferences(project, stack, (await result).references);
    return result;
  }

  /** Runs a stack's program unless it has run already. */
  start(stack: string): Promise<ProgramResult> {
    let result = this.results.get(stack);
    if (result === undefined) {
      result = this.runOnce(stack);
      // Callers that await it report a failure. If no caller does, the failure does not matter.
      result.catch(() => undefined);
      this.results.set(stack, result);
    }
    return result;
  }

  /** Ends the programs that still run. */
  end(): void {
    this.hosts.end();
  }

  private async runOnce(stack: string): Promise<ProgramResult> {
    const { project, dryRun } = this;
    this.waits.set(stack, new Set());
    const readStack = (other: string): Promise<Record<string, unknown>> => this.outputsOf(other, stack);
    const { registrations, outputs, diagnostics } = await this.hosts.run(stack, dryRun, readStack);
    return {
      project: project.name,
      projectDir: project.dir,
      workingDir: project.workingDir,
      stack,
      registrations: inStableOrder(registrations),
      outputs,
      diagnostics,
      references: [...(this.waits.get(stack) ?? [])],
    };
  }

  private async outputsOf(stack: string, reader: string): Promise<Record<string, unknown>> {
    const cycle = this.wayBetween(stack, reader);
    if (cycle !== undefined) {
      throw new UserError(`the stacks refer to each other in a circle: ${[reader, ...cycle].join(" -> ")}`);
    }
    this.waits.get(reader)?.add(stack);
    try {
      return (await this.start(stack)).outputs;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const what = error instanceof ProgramError ? `stack "${stack}", which it refers to, fails:\n` : "";
      throw new UserError(`${what}${error.message}`);
    }
  }

  /** The stacks on the path of references from one to another. */
  private wayBetween(from: string, to: string): string[] | undefined {
    if (from === to) return [from];
    for (const next of this.waits.get(from) ?? []) {
      const rest = this.wayBetween(next, to);
      if (rest !== undefined) return [from, ...rest];
    }
    return undefined;
  }
}

function referencesFile({ dir }: Project): string {
  return join(dir, ".baas", "cache", "references.json");
}

function readReferences(project: Project): Record<string, string[]> {
  try {
    const references = JSON.parse(readFileSync(referencesFile(project), "utf8")) as Record<string, string[]>;
    const stacks = listStacks(project);
    return Object.fromEntries(
      Object.entries(references).map(([stack, others]) => [stack, others.filter((other) => stacks.includes(other))]),
    );
  } catch {
    return {}; // It only saves time.
  }
}

function rememberReferences(project: Project, stack: string, references: readonly string[]): void {
  const known = readReferences(project);
  if (sameValue(known[stack] ?? [], references)) return;
  try {
    writeAtomically(referencesFile(project), canonicalJson({ ...known, [stack]: references }, 2));
  } catch {
    // If the folder is not writable, only the next run is slower.
  }
}

/** Sorts resources: the order of registration depends on timing, and readers need a stable order. */
function inStableOrder(registrations: readonly Registration[]): Registration[] {
  const key = ({ type, custom, urn }: Registration): string => {
    const kind = kindOfType(type);
    // Resources that components depend on come before components.
    const group = !custom ? 9 : kind === undefined ? 0 : 1;
    return [group, kind === undefined ? "" : String(creationRank(kind.kind)).padStart(2, "0"), type, urn].join("\0");
  };
  const keys = new Map(registrations.map((registration) => [registration, key(registration)]));
  const sorted = [...registrations].sort((a, b) => compareText(keys.get(a) ?? "", keys.get(b) ?? ""));
  const places = new Map(sorted.map(({ urn }, index) => [urn, index]));
  return topologicalOrder(sorted, ({ parent, options }) =>
    [...options.dependsOn, ...(parent === undefined ? [] : [parent])].flatMap((urn) => places.get(urn) ?? []),
  ).ordered;
}
