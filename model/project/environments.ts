/** The environments of the project. All stacks of an environment share its settings. */
import { join } from "node:path";

import { didYouMean } from "../didYouMean";
import { filesIn, hasFile } from "../files/projectFolder";
import { readYamlFile, YamlFileError } from "../files/yamlFile";
import { listed } from "../messageText";
import { checkExposure } from "../network/gatewayChecks";
import { checkEnvironmentPurpose } from "../network/purposeChecks";
import { ConfigurationError, parseConfiguration } from "../stackFile/findings";
import { type EnvironmentConfig, environmentSchema } from "../stackFile/schema";

/** Path of an environment's file, relative to the project. */
export function environmentFile(name: string): string {
  return `stacks/environments/${name}.yaml`;
}

/** Names of all environments, sorted. */
export function environmentNames(projectDir: string): string[] {
  return filesIn(projectDir, "stacks/environments")
    .flatMap((file) => /^(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

/**
 * Reads and checks an environment.
 *
 * @param usedBy - file that names the environment, for the error
 * @param path - path of the name in that file, such as `baas:network.environment`
 * @throws {@link ConfigurationError} when there is none of that name, or it is wrong
 */
export function readEnvironment(projectDir: string, name: string, usedBy: string, path: string): EnvironmentConfig {
  const file = environmentFile(name);
  const known = environmentNames(projectDir);
  if (!known.includes(name)) {
    const other = file.replace(/yaml$/, "yml");
    if (hasFile(projectDir, other)) {
      throw new ConfigurationError(usedBy, [{ path, message: `there is no ${file}: rename ${other} to it` }]);
    }
    const message = `there is no ${file}.${didYouMean(name, known)} There are: ${listed(known) || "none"}`;
    throw new ConfigurationError(usedBy, [{ path, message }]);
  }
  const environment = parseConfiguration(environmentSchema, readYaml(projectDir, file), file, "(environment)");
  const mistakes = [...checkExposure(environment.gateway), ...checkEnvironmentPurpose(environment)];
  if (mistakes.length > 0) throw new ConfigurationError(file, mistakes);
  return environment;
}

/** Content of an environment's file, as far as it can be read. Its mistakes are reported by the previews of its stacks. */
export function glanceAtEnvironment(projectDir: string, name: string): unknown {
  const file = environmentFile(name);
  if (!hasFile(projectDir, file)) return undefined;
  try {
    return readYaml(projectDir, file);
  } catch {
    return undefined;
  }
}

function readYaml(projectDir: string, file: string): unknown {
  try {
    const { content } = readYamlFile(join(projectDir, file), file);
    if (content !== undefined) return content;
  } catch (error) {
    if (!(error instanceof YamlFileError)) throw error;
    throw new ConfigurationError(file, error.findings);
  }
  throw new ConfigurationError(file, [{ path: "(file)", message: "is empty: it needs at least context and images" }]);
}
