/** What a Pulumi program declares, as the offline engine records it. */
import type { Diagnostic } from "./diagnostics";

/** Options of a resource that outlive its registration. Absent means not given. */
export interface ResourceOptions {
  /** URNs of everything it depends on, through options and through values, sorted. */
  dependsOn: string[];
  /** URNs that each input depends on; inputs that depend on none are left out. */
  propertyDependencies: Record<string, string[]>;
  protect?: boolean;
  retainOnDelete?: boolean;
  /** URN of an explicit provider. */
  provider?: string;
  version?: string;
  ignoreChanges?: string[];
  replaceOnChanges?: string[];
  /** URNs that the resource may have had before, those that follow from its ancestors' included. */
  aliases?: string[];
  customTimeouts?: { create?: string; update?: string; delete?: string; read?: string };
  deleteBeforeReplace?: boolean;
  deletedWith?: string;
  additionalSecretOutputs?: string[];
  importId?: string;
}

/** One resource of a program. Values are marked as `values.ts` says. */
export interface Registration {
  urn: string;
  type: string;
  name: string;
  custom: boolean;
  parent?: string;
  inputs: Record<string, unknown>;
  /** What the program got back (custom resources), or what a component registered as its outputs. */
  outputs?: Record<string, unknown>;
  /** For a resource that is read and not managed, such as a StackReference: its ID. */
  read?: string;
  options: ResourceOptions;
}

/** What a program declared in one run. */
export interface ProgramResult {
  project: string;
  /** Folder of Pulumi.yaml, absolute. */
  projectDir: string;
  /** Folder in which the program ran, absolute: its relative paths start here. */
  workingDir: string;
  stack: string;
  /** Each after its parent and what it depends on, apart from that by type and name: the same on every run. */
  registrations: Registration[];
  /** Outputs of the stack. */
  outputs: Record<string, unknown>;
  diagnostics: Diagnostic[];
  /** Stacks that the program refers to. */
  references: string[];
}
