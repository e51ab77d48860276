/** The strict check: what a program declares in Kubernetes is decided before apply. */
import { kindOfType } from "../../../model/pulumi/kubernetesTypes";
import { parseUrn } from "../../../model/pulumi/urn";
import { UserError } from "../../../model/userError";
import type { ProgramResult, Registration } from "../declared/registration";
import { isSecretData } from "../declared/resourceTypes";
import { formatPath, leaves, type Path, Unknown } from "../declared/values";
import { manifests } from "./manifests";

/** What is wrong with one value of one resource. */
export interface ValueProblem {
  urn: string;
  /** Where, in Pulumi's notation. */
  path: string;
  message: string;
}

/**
 * Finds the values that policies and previews cannot see, and those that the API server would show to anybody: an
 * object's fields may be neither unknown at preview nor secret, the data of a Secret excepted.
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
  const what = unknown ? "is not known before apply" : "is a secret that everybody could read there";
  const remedy = unknown ? "Use a value that the program decides itself" : "Put it into a Secret and refer to that";
  return `"${name}" (${type}): ${formatPath(path)} ${what}${from}. ${remedy}`;
}
