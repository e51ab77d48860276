/** Pulumi.yaml and the stack files, read as the Pulumi CLI reads them. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";

import { clipped, formatPath, inQuotes, listed } from "../messageText";
import { isPlainObject } from "../plainData";
import { UserError } from "../userError";
import { fileNotes, isEncrypted } from "./fileNotes";
import { stackFileNames, stackOfFile, stacksIn } from "./projectFolder";
import { readYamlFile, type YamlFile, YamlFileError } from "./yamlFile";

/** A Pulumi project whose program is written for Node. */
export interface Project {
  /** Folder of Pulumi.yaml, absolute. */
  dir: string;
  name: string;
  /** Folder in which the program runs, absolute. */
  workingDir: string;
  /** Entry point of the program, relative to {@link Project.workingDir}; "." when package.json names it. */
  entry: string;
  /** Folder of the stack files, absolute. */
  stackDir: string;
  /** Configuration that Pulumi.yaml declares, as written there. */
  declared: Record<string, unknown>;
}

/** A stack's configuration, as the language runner expects it. */
export interface StackConfig {
  /** Every key with its namespace; objects and arrays as JSON. */
  values: Record<string, string>;
  /** Notes for the user. */
  warnings: string[];
}

/**
 * Reads a project's Pulumi.yaml.
 *
 * @throws {@link UserError} when it is missing, or is not a project for Node
 */
export function readProject(dir: string): Project {
  const root = resolve(dir);
  const file = ["Pulumi.yaml", "Pulumi.yml"].map((name) => join(root, name)).find((path) => existsSync(path));
  if (file === undefined) throw new UserError(`there is no Pulumi.yaml in ${root}`);
  const { content } = readYaml(file, basename(file));
  const { name, runtime, main, stackConfigDir, config } = content as Record<string, any>;
  if (typeof name !== "string") throw new UserError(`Pulumi.yaml: the project needs a name`);
  const language = typeof runtime === "string" ? runtime : runtime?.name;
  if (language !== "nodejs") throw new UserError(`Pulumi.yaml: baas runs Node programs, not ${language}`);
  for (const [key, value] of Object.entries({ main, stackConfigDir })) {
    if (!["string", "undefined"].includes(typeof value))
      throw new UserError(`Pulumi.yaml: ${key} is the path of a file or folder, a text`);
  }
  const program = resolve(root, main ?? ".");
  if (!existsSync(program)) throw new UserError(`Pulumi.yaml: main names ${main}, which does not exist`);
  const isFolder = statSync(program).isDirectory();
  return {
    dir: root,
    name,
    workingDir: isFolder ? program : dirname(program),
    entry: isFolder ? "." : basename(program),
    stackDir: resolve(root, stackConfigDir ?? "."),
    declared: isPlainObject(config) ? config : {},
  };
}

/** Names of the stacks that have a file, sorted. */
export function listStacks(project: Project): string[] {
  return stacksIn(project.stackDir, ".");
}

/**
 * Reads a stack's configuration from its file. Keys that the file leaves out have their value from Pulumi.yaml.
 *
 * @throws {@link UserError} for a stack without a file (naming those there are), an encrypted value, a missing key
 */
export function readStackConfig(project: Project, stack: string): StackConfig {
  const { file, content, yaml } = readStackFile(project, stack);
  const { config: texts = {} } = (yaml.texts ?? {}) as { config?: Record<string, unknown> };
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(section(project, content, file))) {
    // A number by itself is passed on as its text.
    if (typeof value === "object") refuseUnreadable(value, file, [key]);
    values[qualified(project, key)] = configText(value, texts[key]);
  }
  const missing = applyDeclared(project, values);
  if (missing.length > 0) {
    const noun = missing.length === 1 ? "value" : "values";
    throw new UserError(`${file}: Stack '${stack}' is missing configuration ${noun} ${listed(missing)}`);
  }
  return { values, warnings: notesOn(project, content, file) };
}

/**
 * What a reader of a stack's file should know, with its name before each note.
 *
 * @throws {@link UserError} for a stack without a file, or one that cannot be read
 */
export function stackFileNotes(project: Project, stack: string): string[] {
  const { file, content } = readStackFile(project, stack);
  return notesOn(project, content, file);
}

function notesOn({ name }: Project, content: Record<string, unknown>, file: string): string[] {
  return fileNotes(name, content).map((note) => `${file}: ${note}`);
}

/**
 * Reads the values in a stack's file as they are written there, by their keys with namespaces. It checks nothing else.
 *
 * @throws {@link UserError} for a stack without a file, or one that is not YAML
 */
export function readStackValues(project: Project, stack: string): Record<string, unknown> {
  const { file, content } = readStackFile(project, stack);
  const entries = Object.entries(section(project, content, file));
  return Object.fromEntries(entries.map(([key, value]) => [qualified(project, key), value]));
}

function readStackFile(project: Project, stack: string) {
  const path = stackFileNames(stack)
    .map((name) => join(project.stackDir, name))
    .find(existsSync);
  // The name becomes part of paths.
  if (path === undefined || !stackName.test(stack)) throw unknownStack(project, stack);
  const file = relative(project.dir, path);
  return { file, ...readYaml(path, file) };
}

function unknownStack(project: Project, stack: string): UserError {
  const stacks = listStacks(project);
  const folder = relative(project.dir, project.stackDir) || ".";
  const known = stacks.length === 0 ? "there are none yet" : `there are: ${listed(stacks)}`;
  const named = stackOfFile(basename(stack));
  if (named !== undefined)
    return new UserError(`${inQuotes(stack)} is a file; its stack is called "${named}". ${known}`);
  return new UserError(
    `there is no stack ${inQuotes(stack)} (no ${clipped(join(folder, stackFileNames(stack)[0]), 120)}); ${known}`,
  );
}

/**
 * Refuses what cannot be a stack's name, as Pulumi writes it; the name becomes part of paths.
 *
 * @throws {@link UserError}
 */
export function requireStackName(stack: string): void {
  if (stackName.test(stack)) return;
  throw new UserError(`${inQuotes(stack)} is no name of a stack: it has letters, digits, "_", "." and "-" only`);
}

const stackName = /^[A-Za-z0-9_.-]+$/;

/** A YAML file that holds keys and values. */
function readYaml(path: string, shown: string): { content: Record<string, unknown>; yaml: YamlFile } {
  const yaml = readYamlFile(path, shown);
  const content = yaml.content ?? {};
  if (!isPlainObject(content)) throw new YamlFileError(shown, "is not valid YAML: it holds no keys");
  return { content, yaml };
}

function section({ name }: Project, content: Record<string, unknown>, file: string): Record<string, unknown> {
  const config = content.config ?? {};
  if (isPlainObject(config)) return config;
  throw new UserError(`${file}: config holds keys and values, such as "${name}:network: ..."`);
}

function qualified(project: Project, key: string): string {
  return key.includes(":") ? key : `${project.name}:${key}`;
}

// The CLI passes a scalar on as its text, so that 1.10 stays 1.10, and anything else as JSON.
function configText(value: unknown, text: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof text === "string" ? text : JSON.stringify(value);
}

function refuseUnreadable(value: unknown, file: string, path: readonly PropertyKey[]): void {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new UserError(
      `${file}: ${formatPath("", path)} is ${value}, which a configuration cannot hold: write a number, or a text in quotes`,
    );
  }
  if (Array.isArray(value)) {
    value.forEach((element, i) => refuseUnreadable(element, file, [...path, i]));
  } else if (isPlainObject(value)) {
    if (isEncrypted(value)) {
      throw new UserError(
        `${file}: ${formatPath("", path)} is encrypted (secure: ...); only the Pulumi CLI can read it. ` +
          `Use "pulumi preview", or take the value out of the stack file`,
      );
    }
    for (const [key, inner] of Object.entries(value)) refuseUnreadable(inner, file, [...path, key]);
  }
}

/** Fills in values from Pulumi.yaml, and returns the keys that have no value anywhere. */
function applyDeclared(project: Project, values: Record<string, string>): string[] {
  const missing: string[] = [];
  for (const [key, declaration] of Object.entries(project.declared)) {
    const name = qualified(project, key);
    // Keys of the CLI itself, such as pulumi:tags, are not for the program.
    if (name in values || name.startsWith("pulumi:")) continue;
    const { value, default: fallback } = isPlainObject(declaration)
      ? declaration
      : { value: declaration, default: undefined };
    const given = value ?? fallback;
    if (given === undefined || given === null) missing.push(`'${key}'`);
    else values[name] = typeof given === "object" ? JSON.stringify(given) : String(given);
  }
  return missing;
}
