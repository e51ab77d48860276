/** `npm run deploy -- ENVIRONMENT`: brings up an environment with the Pulumi CLI. */
import { environmentNamed, stacksByEnvironment } from "../../model/project/environmentStacks";
import { findProject, parseArguments, runInterruptibly } from "../common/commandLine";
import { deploy } from "../deploy/deploy";

const usage = `usage: npm run deploy -- ENVIRONMENT

Brings up an environment with the Pulumi CLI, its platform first, then its networks. For each stack: pulumi preview,
pulumi up with the policy pack, and a second preview that expects no change. Without the CLI: npm run apply -- STACK.
`;

runInterruptibly(async (args, signal) => {
  const { stack: name } = parseArguments(args, { usage, subject: "environment" });
  const projectDir = findProject();
  const { stacks, context } = environmentNamed(stacksByEnvironment(projectDir), name);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`${name} (context ${context}): ${stacks.join(", ") || "no stacks"}`);
  await deploy({ projectDir, stacks, say, signal });
  say(`\n${name} is as its files say`);
  return 0;
});
