/** `baas stacks`: lists the stacks of each environment in the order of deployment. */
import { environmentNamed, type EnvironmentStacks, stacksByEnvironment } from "../../model/project/environmentStacks";
import { problemsText } from "../../model/project/fileProblems";
import { findProject } from "../common/project";

export function run(given: { environment?: string; pushed?: true; json?: true }): number {
  const { environments, problems } = stacksByEnvironment(findProject());
  const wanted = given.environment === undefined ? environments : [environmentNamed(environments, given.environment)];
  const shown = wanted.filter(({ pushesImages }) => given.pushed !== true || pushesImages !== false);
  process.stdout.write(given.json === true ? `${JSON.stringify(shown)}\n` : shown.map(line).join(""));
  if (problems.length === 0) return 0;
  process.stderr.write(`${problemsText(problems)}\n`);
  return 1;
}

function line({ environment, context, pushesImages, stacks }: EnvironmentStacks): string {
  const images = pushesImages === false ? ", images are not pushed" : "";
  const where = context === null ? "its file has mistakes" : `context ${context}${images}`;
  return `${environment} (${where}): ${stacks.join(", ") || "no stacks"}\n`;
}
