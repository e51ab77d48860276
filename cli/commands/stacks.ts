/** `baas stacks`: lists the stacks of each environment in the order of deployment. */
import { environmentNamed, type EnvironmentStacks, stacksByEnvironment } from "../../model/project/environmentStacks";
import { findProject } from "../common/project";

export function run(given: { environment?: string; pushed?: true; json?: true }): number {
  const all = stacksByEnvironment(findProject());
  const wanted = given.environment === undefined ? all : [environmentNamed(all, given.environment)];
  const shown = wanted.filter(({ pushesImages }) => given.pushed !== true || pushesImages);
  process.stdout.write(given.json === true ? `${JSON.stringify(shown)}\n` : shown.map(line).join(""));
  return 0;
}

function line({ environment, context, pushesImages, stacks }: EnvironmentStacks): string {
  const images = pushesImages ? "" : ", images are not pushed";
  return `${environment} (context ${context}${images}): ${stacks.join(", ") || "no stacks"}\n`;
}
