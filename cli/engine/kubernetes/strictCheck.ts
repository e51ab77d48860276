/** The strict check: everything that a program declares in Kubernetes must be known before apply. */
import { kindOfType } from "../../../model/pulumi/kubernetesTypes";
import { parseUrn } from "../../../model/pulumi/urn";
import { UserError } from "../../../model/userError";
import type { ProgramResult, Registration } from "../declared/registration";
import { isSecretData } from "../declared/resourceTypes";
import { formatPath, leaves, type Path, Unknown } from "../declared/values";
import { manifests } from "./manifests";

/** An error in one value of one resource. */
export interface ValueProblem {
  urn: string;
  /** Its path in Pulumi's notation. */
  path: string;
  message: string;
}

/**
 * Finds unknown values, which policies and previews cannot see, and secret values, which every reader of the object could see.
 * Only the data of a Secret may hold such values.
 */
export function findProblems({ registrations }: ProgramResult): ValueProblem[] {
  return registrations.flatMap((registration) => {
    const kind = kindOfType(registration.type)?.kind;
    if (!registration.custom || kind === undefined) return [];
    return [...leaves(registration.inputs)].flatMap(({ path, value, secret }) => {
      if (isSecretData(kind, path)) return [];
      const unknown = value instanceof Unknown;
      if (!unknown && !secret) return [];
      return [{ urn: registration.urn, path: formatPath(path), message: explain(registration, path, unknown) }];
    });
  });
}

/**
 * Runs all checks on a program.
 *
 * @throws {@link UserError} with one line for every problem
 */
export function strictCheck(result: ProgramResult): void {
  const problems = findProblems(result);
  if (problems.length > 0) throw new UserError(problems.map(({ message }) => message).join("\n"));
  manifests(result);
}

function explain({ name, type, options }: Registration, path: Path, unknown: boolean): string {
  const origins = (options.propertyDependencies[String(path[0])] ?? [])
    .map((urn) => `"${parseUrn(urn).name}" (${parseUrn(urn).type})`)
    .join(", ");
  const from = origins === "" ? "" : `; the value depends on ${origins}`;
  const what = unknown ? "is not known before apply" : "is a secret, which every reader of the object could see";
  const remedy = unknown ? "Use a value that is known in the program" : "Put it into a Secret and refer to that";
  return `"${name}" (${type}): ${formatPath(path)} ${what}${from}. ${remedy}`;
}
