/** The levels and settings of policies in a stack: those of the environment's profile, overridden by the stack's own. */
import { isDeepStrictEqual } from "node:util";

import { z } from "zod";

import { stackFileIn } from "../files/projectFolder";
import { readConfiguration, rootOf } from "../files/stackConfiguration";
import { formatPath } from "../messageText";
import type { EnforcementLevel, PolicyPack } from "../pulumi/policyPack";
import { ConfigurationError, parseConfiguration, unknownName } from "../stackFile/findings";
import { mergedPolicies, type Profile } from "../stackFile/mergedPolicies";
import { networkSchema, platformSchema, type PolicySettings } from "../stackFile/schema";
import { environmentFile, readEnvironment } from "./environments";

/** A policy, with its level and settings only. */
export interface Settable {
  name: string;
  level: EnforcementLevel;
  /** JSON Schemas of its settings, by their names. */
  settings: Record<string, any>;
  /** Names of settings that only an environment may have. */
  allowing?: readonly string[];
}

/** Levels and settings of all policies, with all defaults. */
export type Configuration = Record<string, { level: EnforcementLevel; settings: Record<string, unknown> }>;

/** The policies of a pack, with their levels and settings only. */
export function settableOf({ policies }: PolicyPack): Settable[] {
  return policies.map(({ name, enforcementLevel, configSchema, allowing = [] }) => ({
    name,
    level: enforcementLevel,
    settings: configSchema?.properties ?? {},
    allowing,
  }));
}

const decisive = { environment: true, policies: true } as const;

/**
 * Merges the policy levels and settings of a stack and its environment. The stack's value of a setting replaces the
 * environment's.
 *
 * @param policies - all policies of the pack
 * @throws {@link ConfigurationError} for an unknown policy or setting, and for one that a stack may not set
 */
export function readProfile(projectDir: string, stack: string, policies: readonly Settable[]): Profile {
  const { shared, own } = readPolicies(projectDir, stack, policies);
  return mergedPolicies(shared, own);
}

/** A setting of a policy that the stack sets to another value than its environment, or the pack. */
export interface ChangedSetting {
  policy: string;
  setting: string;
  /** Undefined if it has no default. */
  before: unknown;
  after: unknown;
}

/** The settings that a stack itself changes; throws as {@link readProfile} does. */
export function changedSettings(projectDir: string, stack: string, policies: readonly Settable[]): ChangedSetting[] {
  const { shared, own } = readPolicies(projectDir, stack, policies);
  const [usual, ours] = [mergedPolicies(shared), mergedPolicies(shared, own)].map((profile) =>
    configurationOf(policies, profile),
  );
  return policies.flatMap(({ name: policy }) =>
    Object.entries(ours![policy]!.settings).flatMap(([setting, after]) => {
      const before = usual![policy]!.settings[setting];
      return isDeepStrictEqual(before, after) ? [] : [{ policy, setting, before, after }];
    }),
  );
}

/** The policies as the environment and the stack have them, both checked. */
function readPolicies(
  projectDir: string,
  stack: string,
  policies: readonly Settable[],
): { shared?: PolicySettings; own?: PolicySettings } {
  const configuration = readConfiguration(projectDir, stack);
  const { network, platform } = configuration;
  const [file, root] = [stackFileIn(projectDir, stack), rootOf(configuration)];
  const schema = network === undefined ? platformSchema.pick(decisive) : networkSchema.pick(decisive);
  const config = schema.safeParse(withoutOthers(network ?? platform));
  // The stack's program reports mistakes in the rest of the file.
  if (!config.success) return {};
  const environment = readEnvironment(projectDir, config.data.environment, file, root);
  const shared = checked(environment.policies, policies, environmentFile(config.data.environment), "policies");
  const own = checked(config.data.policies, policies, file, `${root}.policies`);
  refuseAllowances(own, policies, file, root, environmentFile(config.data.environment));
  return { shared, own };
}

/** The profile with the defaults of the pack. */
export function configurationOf(policies: readonly Settable[], profile: Profile): Configuration {
  return Object.fromEntries(
    policies.map(({ name, level, settings }) => {
      const said = profile[name];
      return [name, { level: said?.level ?? level, settings: { ...defaultsOf(settings), ...said?.settings } }];
    }),
  );
}

/** A profile as `pulumi` takes it from a pack, and by its option `--policy-pack-config`. */
export function policyPackConfig(
  profile: Profile,
  policies: readonly Settable[],
): Record<string, { enforcementLevel: EnforcementLevel }> {
  const usual = new Map(policies.map(({ name, level }) => [name, level]));
  return Object.fromEntries(
    Object.entries(profile).map(([name, { level, settings }]) => [
      name,
      // Without a level, the CLI would make a policy with settings advisory.
      { enforcementLevel: level ?? usual.get(name)!, ...settings },
    ]),
  );
}

/** The default values in the JSON Schemas of settings. */
export function defaultsOf(settings: Record<string, { default?: unknown }>): Record<string, unknown> {
  const given = Object.entries(settings).filter(([, setting]) => setting.default !== undefined);
  return Object.fromEntries(given.map(([key, setting]) => [key, setting.default]));
}

function withoutOthers(configuration: unknown): unknown {
  const { environment, policies } = (configuration ?? {}) as Record<string, unknown>;
  return { environment, policies };
}

/** Refuses unknown policies and settings. */
function checked(
  given: PolicySettings | undefined = {},
  policies: readonly Settable[],
  file: string,
  root: string,
): PolicySettings {
  const unknown = Object.keys(given).filter((name) => !policies.some((policy) => policy.name === name));
  if (unknown.length > 0) {
    const names = policies.map(({ name }) => name);
    const findings = unknown.map((name) => unknownName(formatPath(root, [name]), "policy", name, names));
    throw new ConfigurationError(file, findings);
  }
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "string") continue;
    const { enforcementLevel: _level, ...settings } = value;
    const { settings: properties } = policies.find((policy) => policy.name === name)!;
    inWords(properties, () => parseConfiguration(settingsSchema(properties), settings, file, `${root}.${name}`));
  }
  return given;
}

/** Refuses what only the environment may allow: a stack that allows itself something is checked by nobody. */
function refuseAllowances(
  own: PolicySettings,
  policies: readonly Settable[],
  file: string,
  root: string,
  environment: string,
): void {
  const findings = Object.entries(own).flatMap(([name, value]) => {
    const { allowing = [] } = policies.find((policy) => policy.name === name)!;
    const given = typeof value === "string" ? [] : Object.keys(value).filter((setting) => allowing.includes(setting));
    return given.map((setting) => ({
      path: `${root}.policies.${name}.${setting}`,
      message: `only an environment can allow this, for all of its stacks: move it to ${environment}`,
    }));
  });
  if (findings.length > 0) throw new ConfigurationError(file, findings);
}

function settingsSchema(properties: Record<string, any>): z.ZodType {
  // Without the defaults: only what is written counts.
  const bare = Object.entries(properties).map(([key, { default: _default, ...schema }]) => [key, schema]);
  return z.fromJSONSchema({ type: "object", properties: Object.fromEntries(bare), additionalProperties: false } as any);
}

/** Names the expected `format` of a text in errors, where zod shows the `pattern` that it does not match. */
function inWords(schema: object, parse: () => void): void {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const words: [pattern: string, words: string][] = [];
    JSON.stringify(schema, (_key, value) => {
      if (value?.format !== undefined)
        words.push([`Invalid string: must match pattern /${value.pattern}/`, value.format]);
      return value;
    });
    const findings = error.findings.map(({ path, message }) => ({
      path,
      message: words.reduce(
        (said, [pattern, format]) => said.replace(pattern, () => `a ${format} is expected`),
        message,
      ),
    }));
    throw new ConfigurationError(error.file, findings);
  }
}
