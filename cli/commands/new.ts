/** `npm run new -- NETWORK`: the stack file of a new network, with the next free port of its environment. */
import { platformStackName, stackFile, stackNames } from "../../model/project/stacks";
import { findProject, parseArguments, runCommand } from "../common/commandLine";
import { createNetwork, type NewNetwork } from "../stacks/newNetwork";

const usage = `usage: npm run new -- NETWORK [--environment NAME] [--domain DOMAIN]

Writes the stack file of a small network, stacks/Pulumi.NETWORK.yaml, with the next free port of its environment.

  --environment NAME   where it is to run; by default the only environment there is
  --domain DOMAIN      its nodes are called peer0.org1.DOMAIN; by default NETWORK.example.com
`;

runCommand(async (args) => {
  const { stack, options } = parseArguments(args, { usage, subject: "network", options: ["environment", "domain"] });
  const projectDir = findProject();
  const network = createNetwork(projectDir, { name: stack, ...options });
  process.stdout.write(summary(network, stackNames(projectDir)));
  return 0;
});

function summary({ name, file, environment, domain, port }: NewNetwork, stacks: readonly string[]): string {
  const platform = platformStackName(environment);
  const steps = [
    ...(stacks.includes(platform)
      ? []
      : [`write ${stackFile(platform)}: config: { baas:platform: { environment: ${environment} } }`]),
    `npm run preview -- ${name}   what it will consist of`,
    `npm run apply -- ${name}     makes it so; with the Pulumi CLI: pulumi stack init ${name} && pulumi up -s ${name}`,
  ];
  return (
    `wrote ${file}: network "${name}" in environment "${environment}", domain ${domain}, gateway's port ${port}\n` +
    `Next:\n${steps.map((step) => `  ${step}\n`).join("")}`
  );
}
