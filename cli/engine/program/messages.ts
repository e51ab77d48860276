/** Messages between the program process and the command that started it. Values are encoded as the SDK sends them. */
import type { Diagnostic } from "../declared/diagnostics";
import type { Registration } from "../declared/registration";

/** To the process: one run of the program. */
export interface RunRequest {
  project: string;
  stack: string;
  dryRun: boolean;
  workingDir: string;
  /** The built program. */
  program: string;
  /** Text that marks the end of the run's output on the standard streams. The program cannot know it. */
  endOfOutput: string;
  config: Record<string, string>;
  /** The file of the stack's random values. */
  randomFile: string;
}

/** Returns the outputs of another stack of the project. */
export type ReadStack = (stack: string) => Promise<Record<string, unknown>>;

/** To the process: the requested outputs of a stack, or why there are none. */
export interface StackOutputs {
  /** The stack. */
  of: string;
  outputs?: Record<string, unknown>;
  error?: string;
}

/** From the process: the program refers to another stack of the project. */
export interface StackQuestion {
  readStack: string;
}

/** From the process: a text that the program logs or prints by `console`. */
export interface Printed {
  stream: "stdout" | "stderr";
  text: string;
}

/** From the process: the end of a run. */
export interface RunAnswer {
  registrations: Registration[];
  outputs: Record<string, unknown>;
  /** Why the program failed, if it did. */
  errors: Diagnostic[];
  /** Whether the next run may use this process: the program has left nothing behind in it. */
  reusable: boolean;
}
