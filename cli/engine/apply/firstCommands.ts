/** What must be there before a stack can be applied, as far as one can tell without a cluster. */
import { describeInstance } from "../../../local-cluster/instance";
import { baas } from "../../../model/baasCommand";
import { readRecord } from "../record/stackRecord";

/** A stack that has not been applied yet, perhaps. */
export interface Awaited {
  stack: string;
  /** The stacks that it refers to. */
  references: readonly string[];
  /** Contexts of its clusters. */
  contexts: readonly string[];
}

/**
 * The commands to run before the stack's own apply: they start the Kubernetes of this machine, if nothing was applied to it
 * from here, and apply the stacks that this one refers to.
 */
export function firstCommands(projectDir: string, { stack, references, contexts }: Awaited): string[] {
  const isApplied = (each: string): boolean => readRecord(projectDir, each) !== undefined;
  if (isApplied(stack)) return [];
  const needsCluster = contexts.includes(describeInstance().context) && !references.some(isApplied);
  return [
    ...(needsCluster ? [baas("local up")] : []),
    ...references.filter((each) => !isApplied(each)).map((each) => baas("apply", each)),
  ];
}
