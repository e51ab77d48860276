/** What a stack says of its network or its platform, before it is checked. Everything that looks at a stack file starts here. */
import { type Project, readProject, readStackConfig, readStackValues } from "./project";

/** The configuration of one stack. */
export interface StackConfiguration {
  stack: string;
  /** Name of the project, under which its keys stand. */
  project: string;
  /** Value of the project's key `network`, for a stack that is a network. */
  network?: unknown;
  /** Value of the project's key `platform`, for a stack that is the platform of an environment. */
  platform?: unknown;
}

/**
 * The configuration of a stack, from whoever has its values: under the Pulumi CLI that is the CLI.
 *
 * @param value - gives the value of one of the project's keys
 */
export function stackConfiguration(
  project: string,
  stack: string,
  value: (key: "network" | "platform") => unknown,
): StackConfiguration {
  return { project, stack, network: value("network"), platform: value("platform") };
}

/**
 * Reads the configuration of a stack from its file, as its program would get it.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @throws UserError when there is no such stack, or its file cannot be read
 */
export function readConfiguration(projectDir: string, stack: string): StackConfiguration {
  const project = readProject(projectDir);
  const { values } = readStackConfig(project, stack);
  return stackConfiguration(project.name, stack, (key) => parsed(values[`${project.name}:${key}`]));
}

/** The configuration of a stack as far as its file can be read: its mistakes are its own preview's business. */
export function glanceAtConfiguration(project: Project, stack: string): StackConfiguration | undefined {
  try {
    const values = readStackValues(project, stack);
    return stackConfiguration(project.name, stack, (key) => values[`${project.name}:${key}`] ?? undefined);
  } catch {
    return undefined;
  }
}

/** Where the network or the platform stands in the stack file: `baas:network`. */
export function rootOf({ project, platform }: StackConfiguration): string {
  return `${project}:${platform === undefined ? "network" : "platform"}`;
}

function parsed(text: string | undefined): unknown {
  if (text === undefined || text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // A scalar, which the checks refuse.
    return text;
  }
}
