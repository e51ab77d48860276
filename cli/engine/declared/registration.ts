/** Types for the resources that a Pulumi program registers. */
import type { Diagnostic } from "./diagnostics";

/** Options of a resource that matter after its registration. Absent means not given. */
export interface ResourceOptions {
  /** URNs of all its dependencies, from options and from values, sorted. */
  dependsOn: string[];
  /** URNs on which each input depends; inputs without dependencies are left out. */
  propertyDependencies: Record<string, string[]>;
  protect?: boolean;
  retainOnDelete?: boolean;
  /** URN of an explicit provider. */
  provider?: string;
  version?: string;
  ignoreChanges?: string[];
  replaceOnChanges?: string[];
  /** URNs that the resource may have had before, including those from its ancestors' aliases. */
  aliases?: string[];
  customTimeouts?: { create?: string; update?: string; delete?: string; read?: string };
  deleteBeforeReplace?: boolean;
  deletedWith?: string;
  additionalSecretOutputs?: string[];
  importId?: string;
}

/** One resource of a program. values.ts describes the marks in its values. */
export interface Registration {
  urn: string;
  type: string;
  name: string;
  custom: boolean;
  parent?: string;
  inputs: Record<string, unknown>;
  /** The outputs: of a custom resource those that the program received, of a component those that it registered. */
  outputs?: Record<string, unknown>;
  /** The ID of a resource that is only read, such as a StackReference. */
  read?: string;
  options: ResourceOptions;
}

/** The same registration with its values converted. */
export function withValues(registration: Registration, convert: (value: unknown) => unknown): Registration {
  const all = (values: Record<string, unknown>) => convert(values) as Record<string, unknown>;
  const { inputs, outputs } = registration;
  return { ...registration, inputs: all(inputs), ...(outputs !== undefined && { outputs: all(outputs) }) };
}

/** The resources and outputs that a program declared in one run. */
export interface ProgramResult {
  project: string;
  /** Folder of Pulumi.yaml, absolute. */
  projectDir: string;
  /** Folder in which the program ran, absolute: its relative paths start here. */
  workingDir: string;
  stack: string;
  /** Each after its parent and its dependencies, otherwise by type and name: the same on every run. */
  registrations: Registration[];
  /** Outputs of the stack. */
  outputs: Record<string, unknown>;
  diagnostics: Diagnostic[];
  /** Stacks that the program refers to. */
  references: string[];
}
