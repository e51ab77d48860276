/** `baas new`: writes the stack file of a new network, with the next free port of its environment. */
import { baas } from "../../model/baasCommand";
import { stackFile } from "../../model/files/projectFolder";
import { platformStackName, stackNames } from "../../model/project/stacks";
import { findProject } from "../common/project";
import { firstCommands } from "../engine/apply/firstCommands";
import { createNetwork, type NewNetwork } from "../stacks/newNetwork";

export function run(given: { network: string; environment?: string; domain?: string }): number {
  const projectDir = findProject();
  const { network: name, ...options } = given;
  const network = createNetwork(projectDir, { name, ...options });
  process.stdout.write(summary(projectDir, network));
  return 0;
}

function summary(projectDir: string, { name, file, environment, domain, port, context }: NewNetwork): string {
  const platform = platformStackName(environment);
  const first = firstCommands(projectDir, { stack: name, references: [platform], contexts: [context] });
  const steps = [
    ...(stackNames(projectDir).includes(platform)
      ? []
      : [`write ${stackFile(platform)}: config: { baas:platform: { environment: ${environment} } }`]),
    `${baas("preview", name)}   shows its resources`,
    ...first,
    `${baas("apply", name)}     creates it; with the Pulumi CLI: pulumi stack init ${name} && pulumi up -s ${name}`,
  ];
  return (
    `wrote ${file}: network "${name}" in environment "${environment}", domain ${domain}, gateway's port ${port}\n` +
    `Next:\n${steps.map((step) => `  ${step}\n`).join("")}`
  );
}
