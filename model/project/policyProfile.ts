/** The levels and settings of policies in a stack: those of the environment's profile, overridden by the stack's own. */
import { z } from "zod";

import { readConfiguration, rootOf } from "../files/stackConfiguration";
import type { PolicyPack } from "../pulumi/policyPack";
import { closest, ConfigurationError, parseConfiguration } from "../stackFile/findings";
import { type Level, mergedPolicies, type Profile } from "../stackFile/mergedPolicies";
import { networkSchema, platformSchema, type PolicySettings } from "../stackFile/schema";
import { environmentFile, readEnvironment } from "./environments";
import { stackFile } from "./stacks";

/** A policy, with its level and settings only. */
export interface Settable {
  name: string;
  level: Level;
  /** JSON Schemas of its settings, by their names. */
  settings: Record<string, any>;
}

/** Levels and settings of all policies, with all defaults. */
export type Configuration = Record<string, { level: Level; settings: Record<string, unknown> }>;

/** The policies of a pack, with their levels and settings only. */
export function settableOf({ policies }: PolicyPack): Settable[] {
  return policies.map(({ name, enforcementLevel, configSchema }) => ({
    name,
    level: enforcementLevel,
    settings: configSchema?.properties ?? {},
  }));
}

const decisive = { environment: true, policies: true } as const;

/**
 * Merges the policy levels and settings of a stack and its environment. The stack's value of a setting replaces the
 * environment's.
 *
 * @param policies - all policies of the pack
 * @throws {@link ConfigurationError} for an unknown policy or setting
 */
export function readProfile(projectDir: string, stack: string, policies: readonly Settable[]): Profile {
  const configuration = readConfiguration(projectDir, stack);
  const { network, platform } = configuration;
  const [file, root] = [stackFile(stack), rootOf(configuration)];
  const schema = network === undefined ? platformSchema.pick(decisive) : networkSchema.pick(decisive);
  const config = schema.safeParse(withoutOthers(network ?? platform));
  // The stack's program reports mistakes in the rest of the file.
  if (!config.success) return {};
  const environment = readEnvironment(projectDir, config.data.environment, file, root);
  const shared = checked(environment.policies, policies, environmentFile(config.data.environment), "policies");
  const own = checked(config.data.policies, policies, file, `${root}.policies`);
  return mergedPolicies(shared, own);
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
    const findings = unknown.map((name) => {
      const likely = closest(name, names);
      const hint = likely === undefined ? "" : ` Did you mean "${likely}"?`;
      return { path: `${root}.${name}`, message: `there is no such policy.${hint} There are: ${names.join(", ")}` };
    });
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
