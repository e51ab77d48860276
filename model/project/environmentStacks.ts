/** The stacks of each environment, in the order in which they are brought up. */
import { UserError } from "../userError";
import { environmentNames, readEnvironment } from "./environments";
import { loadStack, stackNames } from "./stacks";

/** An environment with its stacks. */
export interface EnvironmentStacks {
  environment: string;
  /** The context of the cluster in the kubeconfig. */
  context: string;
  /** Whether images are pushed to a registry. If not, only the machine that builds them can run them. */
  pushesImages: boolean;
  /** The platform, then networks by name. */
  stacks: string[];
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
 * Reads all environments, sorted by name.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @throws {@link ConfigurationError} when an environment or a stack file has mistakes
 */
export function stacksByEnvironment(projectDir: string): EnvironmentStacks[] {
  const stacks = stackNames(projectDir).map((name) => {
    const stack = loadStack(projectDir, name);
    const { environment } = stack.kind === "platform" ? stack.platform : stack.network;
    return { name, environment, isPlatform: stack.kind === "platform" };
  });
  return environmentNames(projectDir).map((environment) => {
    const { context, images } = readEnvironment(projectDir, environment, "stacks/environments", environment);
    const own = stacks.filter((stack) => stack.environment === environment);
    const platformFirst = [
      ...own.filter(({ isPlatform }) => isPlatform),
      ...own.filter(({ isPlatform }) => !isPlatform),
    ];
    return { environment, context, pushesImages: images.push, stacks: platformFirst.map(({ name }) => name) };
  });
}
