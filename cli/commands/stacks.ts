/** `npm run stacks [-- --environment NAME] [--json]`: the stacks of each environment, in the order of bringing them up. */
import { environmentNamed, type EnvironmentStacks, stacksByEnvironment } from "../../model/project/environmentStacks";
import { findProject, parseFlags, runCommand } from "../common/commandLine";

const usage = `usage: npm run stacks [-- --environment NAME] [--pushed] [--json]

Shows the stacks of each environment in the order in which they are brought up: the platform, then networks.

  --environment NAME   this one only
  --pushed             environments whose images go to a registry; the others are for the machine that builds the images
  --json               a list of {environment, context, pushesImages, stacks}
`;

runCommand(async (args) => {
  const { flags, options } = parseFlags(args, { usage, flags: ["pushed", "json"], options: ["environment"] });
  const all = stacksByEnvironment(findProject());
  const wanted = options.environment === undefined ? all : [environmentNamed(all, options.environment)];
  const shown = wanted.filter(({ pushesImages }) => flags.pushed !== true || pushesImages);
  process.stdout.write(flags.json === true ? `${JSON.stringify(shown)}\n` : shown.map(line).join(""));
  return 0;
});

function line({ environment, context, pushesImages, stacks }: EnvironmentStacks): string {
  const images = pushesImages ? "" : ", images are not pushed";
  return `${environment} (context ${context}${images}): ${stacks.join(", ") || "no stacks"}\n`;
}
