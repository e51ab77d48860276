/**
 * The stack files and environments of the project, and the rules that hold across all of them.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { load, YAMLException } from "js-yaml";

import { checkNetwork } from "../stackFile/networkChecks";
import { claimsOf, clashes, nextFreePort, readClaims, type Claims } from "./claims";
import { closest, ConfigurationError, parseConfiguration, type Finding } from "../stackFile/findings";
import { checkExposure, checkGateway } from "../stackFile/gatewayChecks";
import { planNetwork, type NetworkPlan } from "../network/plan";
import {
  environmentSchema,
  networkSchema,
  platformSchema,
  type EnvironmentConfig,
  type NetworkConfig,
  type PlatformConfig,
} from "../stackFile/schema";

/** A stack file, read and checked: either a network or the platform of an environment. */
export type Stack =
  | { kind: "network"; name: string; environment: EnvironmentConfig; network: NetworkPlan; warnings: Finding[] }
  | { kind: "platform"; name: string; environment: EnvironmentConfig; platform: PlatformConfig; warnings: Finding[] };

/** What a stack's configuration holds before it is checked: the values of `baas:network` and `baas:platform`. */
export interface StackConfiguration {
  network?: unknown;
  platform?: unknown;
}

/** Name of the platform stack of an environment. */
export function platformStackName(environment: string): string {
  return `platform-${environment}`;
}

/** Path of a stack's file, relative to the project. */
export function stackFile(name: string): string {
  return `stacks/Pulumi.${name}.yaml`;
}

/** Path of an environment's file, relative to the project. */
export function environmentFile(name: string): string {
  return `stacks/environments/${name}.yaml`;
}

/** Names of all environments, sorted. */
export function environmentNames(projectDir: string): string[] {
  const folder = join(projectDir, "stacks", "environments");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((file) => /^(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

/** Names of all stacks that have a file, sorted. */
export function stackNames(projectDir: string): string[] {
  return readdirSync(join(projectDir, "stacks"))
    .flatMap((file) => /^Pulumi\.([A-Za-z0-9_.-]+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

/**
 * Checks a stack's configuration against the schema, the rules of the network, and all other stack files.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @throws {@link ConfigurationError} naming every mistake
 */
export function readStack(projectDir: string, name: string, configuration: StackConfiguration): Stack {
  const others = allClaims(projectDir).filter(({ stack }) => stack !== name);
  const stack = checkStack(projectDir, name, configuration, others);
  const own = claimsOf(projectDir, name, configuration);
  const { gateway } = stack.environment;
  const free = own && gateway && nextFreePort(own, gateway, others);
  const taken = own === undefined ? [] : clashes(own, others, stackFile, free);
  if (taken.length > 0) throw new ConfigurationError(stackFile(name), taken);
  return stack;
}

/** What all stacks that have a file claim. */
export function allClaims(projectDir: string): Claims[] {
  return stackNames(projectDir).flatMap((name) => readClaims(projectDir, name, stackFile(name)) ?? []);
}

function checkStack(
  projectDir: string,
  name: string,
  configuration: StackConfiguration,
  others: readonly Claims[],
): Stack {
  const file = stackFile(name);
  const { network, platform } = configuration;
  if ((network === undefined) === (platform === undefined)) {
    throw new ConfigurationError(file, [{ path: "config", message: 'needs either "baas:network" or "baas:platform"' }]);
  }
  checkStackName(name);
  if (platform !== undefined) {
    const parsed = parseConfiguration(platformSchema, platform, file, "baas:platform");
    const expected = platformStackName(parsed.environment);
    if (name !== expected) {
      const message = `the platform of "${parsed.environment}" is the stack "${expected}": rename ${file} to ${stackFile(expected)}`;
      throw new ConfigurationError(file, [{ path: "baas:platform.environment", message }]);
    }
    const environment = readEnvironment(projectDir, parsed.environment, file, "baas:platform.environment");
    return { kind: "platform", name, environment, platform: parsed, warnings: [] };
  }
  const parsed = parseConfiguration(networkSchema, network, file, "baas:network");
  const environment = readEnvironment(projectDir, parsed.environment, file, "baas:network.environment");
  const plan = planNetwork(name, parsed, environment);
  const { errors, warnings } = checkNetwork(parsed, plan);
  const { context, gateway } = environment;
  const free = gateway && nextFreePort({ environment: parsed.environment, context }, gateway, others);
  errors.push(...checkGateway(parsed, plan, environment, free), ...missingSources(projectDir, parsed));
  if (errors.length > 0) throw new ConfigurationError(file, errors);
  return { kind: "network", name, environment, network: plan, warnings };
}

/**
 * Refuses a name that Kubernetes would not take.
 *
 * @throws {@link ConfigurationError} saying what a stack's name is
 */
export function checkStackName(name: string): void {
  if (/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name) && name.length <= 40) return;
  const message = 'a stack\'s name is lower-case letters, digits and "-", 40 at most, and starts with a letter';
  throw new ConfigurationError(stackFile(name), [{ path: name, message }]);
}

function missingSources(projectDir: string, config: NetworkConfig): Finding[] {
  return config.chaincodes.flatMap((chaincode, i) =>
    chaincode.source === undefined || existsSync(join(projectDir, chaincode.source, "Dockerfile"))
      ? []
      : [
          {
            path: `baas:network.chaincodes[${i}].source`,
            message: `there is no ${chaincode.source}/Dockerfile in the project`,
          },
        ],
  );
}

/**
 * Reads and checks an environment.
 *
 * @param usedBy - what names it, for the error: a file
 * @param path - where it is named there, such as `baas:network.environment`
 * @throws {@link ConfigurationError} when there is none of that name, or it is wrong
 */
export function readEnvironment(projectDir: string, name: string, usedBy: string, path: string): EnvironmentConfig {
  const file = environmentFile(name);
  const known = environmentNames(projectDir);
  if (!known.includes(name)) {
    const likely = closest(name, known);
    const hint = likely === undefined ? "" : ` Did you mean "${likely}"?`;
    const message = `there is no ${file}.${hint} There are: ${known.join(", ") || "none"}`;
    throw new ConfigurationError(usedBy, [{ path, message }]);
  }
  const environment = parseConfiguration(environmentSchema, readYaml(projectDir, file), file, "(environment)");
  const mistakes = checkExposure(environment.gateway);
  if (mistakes.length > 0) throw new ConfigurationError(file, mistakes);
  return environment;
}

function readYaml(projectDir: string, file: string): unknown {
  try {
    return load(readFileSync(join(projectDir, file), "utf8"), { filename: file });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new ConfigurationError(file, [{ path: "(file)", message: `is not YAML: ${error.message}` }]);
  }
}
