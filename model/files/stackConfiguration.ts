/** The configuration of a stack before it is checked. Everything that reads a stack file starts here. */
import { formatPath } from "../messageText";
import { excessOf } from "./limits";
import { type Project, readProject, readStackConfig, readStackValues } from "./project";
import { stackFileIn } from "./projectFolder";
import { type StackKey, stackKeys } from "./stackKeys";
import { YamlFileError } from "./yamlFile";

/** The configuration of one stack. */
export interface StackConfiguration {
  stack: string;
  /** Name of the project, which is the namespace of its keys. */
  project: string;
  /** Value of the project's key `network`, for a stack that is a network. */
  network?: unknown;
  /** Value of the project's key `ethereum`, for a stack that is an Ethereum network. */
  ethereum?: unknown;
  /** Value of the project's key `platform`, for a stack that is the platform of an environment. */
  platform?: unknown;
  /** Other keys of the configuration, with their namespaces; absent without any. */
  otherKeys?: string[];
  /** What a reader of its file should know; absent without any, and where the file was not read. */
  notes?: string[];
}

/**
 * The configuration of a stack by the texts of its values, as the Pulumi CLI and this project's engine give them to a program.
 *
 * @param texts - of all keys with their namespaces
 * @param file - the stack's file, for errors
 * @throws UserError when a value exceeds one of the {@link limits}
 */
export function stackConfiguration(
  project: string,
  stack: string,
  texts: Readonly<Record<string, string>>,
  file: string,
): StackConfiguration {
  const value = (key: string): unknown => parsed(texts[`${project}:${key}`], file, `${project}:${key}`);
  return configuration(project, stack, Object.keys(texts), value);
}

function configuration(
  project: string,
  stack: string,
  keys: readonly string[],
  value: (key: StackKey) => unknown,
): StackConfiguration {
  const own = stackKeys.map((key) => `${project}:${key}`);
  const otherKeys = keys.filter((key) => !own.includes(key));
  const others = otherKeys.length > 0 && { otherKeys };
  const [network, ethereum, platform] = stackKeys.map(value);
  return { project, stack, network, ...(ethereum !== undefined && { ethereum }), platform, ...others };
}

/**
 * Reads the configuration of a stack from its file, as its program would get it.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @throws UserError when there is no such stack, or its file cannot be read
 */
export function readConfiguration(projectDir: string, stack: string): StackConfiguration {
  const project = readProject(projectDir);
  const { values, warnings } = readStackConfig(project, stack);
  const configuration = stackConfiguration(project.name, stack, values, stackFileIn(projectDir, stack));
  return { ...configuration, ...(warnings.length > 0 && { notes: warnings }) };
}

/** The configuration of a stack, as far as its file can be read. Its mistakes are reported by its own preview. */
export function glanceAtConfiguration(project: Project, stack: string): StackConfiguration | undefined {
  try {
    const values = readStackValues(project, stack);
    const value = (key: string): unknown => values[`${project.name}:${key}`] ?? undefined;
    return configuration(project.name, stack, Object.keys(values), value);
  } catch {
    return undefined;
  }
}

/** Path of the network or the platform in the stack file: `baas:network`. */
export function rootOf(configuration: StackConfiguration): string {
  const key =
    configuration.platform !== undefined ? "platform" : configuration.ethereum !== undefined ? "ethereum" : "network";
  return `${configuration.project}:${key}`;
}

/** What a stack describes: a network of either kind, or a platform. Undefined if it describes nothing. */
export function describedBy({ network, ethereum, platform }: StackConfiguration): unknown {
  return network ?? ethereum ?? platform;
}

function parsed(text: string | undefined, file: string, key: string): unknown {
  if (text === undefined) return undefined;
  // The key is there without a value.
  if (text === "") return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A scalar, which the checks refuse.
    return text;
  }
  const excess = excessOf(value);
  if (excess === undefined) return value;
  throw new YamlFileError(file, excess.problem, formatPath(key, excess.path));
}
