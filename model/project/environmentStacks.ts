/** The stacks of each environment, in the order in which they are brought up. */
import { stackFileIn } from "../files/projectFolder";
import type { EnvironmentConfig } from "../stackFile/schema";
import { UserError } from "../userError";
import { environmentFile, environmentNames, readEnvironment } from "./environments";
import { eachOnce, type FileProblem, problemsOf } from "./fileProblems";
import { loadStack, readClaims, stackNames } from "./stacks";

/** An environment with its stacks. */
export interface EnvironmentStacks {
  environment: string;
  /** The context of the cluster in the kubeconfig; null when the environment's file has mistakes. */
  context: string | null;
  /**
   * Whether images are pushed to a registry. If not, only the machine that builds them can run them. Null when the environment's file
   * has mistakes.
   */
  pushesImages: boolean | null;
  /** The platform, then networks by name. */
  stacks: string[];
}

/** All environments, and what is wrong with their files and those of stacks. */
export interface EnvironmentList {
  /** By name. */
  environments: EnvironmentStacks[];
  problems: FileProblem[];
}

/**
 * Finds the environment of a name.
 *
 * @throws {@link UserError} when there is none
 */
export function environmentNamed(all: readonly EnvironmentStacks[], name: string): EnvironmentStacks {
  const found = all.find(({ environment }) => environment === name);
  if (found !== undefined) return found;
  const known = all.map(({ environment }) => environment).join(", ");
  throw new UserError(`there is no environment "${name}"; there are: ${known || "none"}`);
}

/**
 * Lists all environments, even if some files have mistakes. A stack belongs to the environment that its file names, if that can be
 * read.
 *
 * @param projectDir - folder of Pulumi.yaml
 */
export function stacksByEnvironment(projectDir: string): EnvironmentList {
  const problems: FileProblem[] = [];
  const environments = environmentNames(projectDir).map((environment): EnvironmentStacks => {
    let read: EnvironmentConfig | undefined;
    problems.push(...problemsOf(environmentFile(environment), () => (read = environmentOf(projectDir, environment))));
    const stacks = stacksOf(projectDir, environment);
    return { environment, context: read?.context ?? null, pushesImages: read?.images.push ?? null, stacks };
  });
  for (const name of stackNames(projectDir)) {
    problems.push(...problemsOf(stackFileIn(projectDir, name), () => loadStack(projectDir, name)));
  }
  return { environments, problems: eachOnce(problems) };
}

/**
 * The stacks of an environment, all without mistakes. Those of other environments do not matter.
 *
 * @throws {@link ConfigurationError} when the environment or one of its stacks has mistakes, or a stack whose environment is unknown
 */
export function checkedEnvironment(projectDir: string, name: string): { context: string; stacks: string[] } {
  const { stacks } = environmentNamed(stacksByEnvironment(projectDir).environments, name);
  const { context } = environmentOf(projectDir, name);
  const others = stackNames(projectDir).filter((stack) => readClaims(projectDir, stack) === undefined);
  for (const stack of [...stacks, ...others]) loadStack(projectDir, stack);
  return { context, stacks };
}

function environmentOf(projectDir: string, name: string): EnvironmentConfig {
  return readEnvironment(projectDir, name, environmentFile(name), "(file)");
}

function stacksOf(projectDir: string, environment: string): string[] {
  const own = stackNames(projectDir).flatMap((name) => {
    const claims = readClaims(projectDir, name);
    return claims?.environment === environment ? [{ name, kind: claims.kind }] : [];
  });
  const platformFirst = [
    ...own.filter(({ kind }) => kind === "platform"),
    ...own.filter(({ kind }) => kind !== "platform"),
  ];
  return platformFirst.map(({ name }) => name);
}
