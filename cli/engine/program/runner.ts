/** Runs a stack's program in a program process. */
import { type Project, readStackConfig } from "../../../model/files/project";
import { UserError } from "../../../model/userError";
import { type Diagnostic, ProgramError } from "../declared/diagnostics";
import { type Registration, withValues } from "../declared/registration";
import { decode } from "../declared/values";
import { randomFile } from "../random/randomStore";
import { type HostFiles, hostFiles } from "./hostFiles";
import type { ReadStack } from "./messages";
import { ProgramHost, type RunEnd } from "./programHost";

/** The resources and messages of a program. */
export interface Declared {
  registrations: Registration[];
  outputs: Record<string, unknown>;
  diagnostics: Diagnostic[];
}

/** The program processes of one project; idle ones wait for the next program. */
export class ProgramHosts {
  private readonly idle: ProgramHost[] = [];
  private readonly all = new Set<ProgramHost>();
  private files: HostFiles | UserError | undefined;
  private isEnded = false;

  constructor(private readonly project: Project) {}

  /** Starts a process for a program that is about to come. If that fails, the program's run says why. */
  prepare(): void {
    try {
      this.idle.push(this.start());
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }

  /**
   * Runs a stack's program to its end.
   *
   * @returns what the program registered
   * @throws {@link ProgramError} when the program fails, or the engine would stop it
   */
  async run(stack: string, dryRun: boolean, readStack: ReadStack): Promise<Declared> {
    const { dir, name, workingDir } = this.project;
    const { values, warnings } = readStackConfig(this.project, stack);
    const host = this.takeIdle() ?? this.start();
    try {
      if (this.isEnded) host.stop();
      const request = { project: name, stack, dryRun, workingDir, config: values, randomFile: randomFile(dir, stack) };
      const end = await host.run(request, readStack);
      const diagnostics = [
        ...warnings.map((message): Diagnostic => ({ severity: "warning", message })),
        ...diagnosticsOf(end),
      ];
      if (diagnostics.some(({ severity }) => severity === "error")) throw new ProgramError(stack, diagnostics);
      const { registrations, outputs } = end.answer!;
      return {
        registrations: registrations.map((one) => withValues(one, decode)),
        outputs: decode(outputs) as Declared["outputs"],
        diagnostics,
      };
    } finally {
      if (host.isReusable && !this.isEnded) this.idle.push(host);
      else this.stop(host);
    }
  }

  /** Ends all processes, including running programs. */
  end(): void {
    this.isEnded = true;
    for (const host of this.all) this.stop(host);
  }

  /** A process that waits, unless it has ended meanwhile. */
  private takeIdle(): ProgramHost | undefined {
    const host = this.idle.pop();
    return host === undefined || host.isReusable ? host : this.takeIdle();
  }

  private start(): ProgramHost {
    const host = new ProgramHost(this.project, this.built());
    this.all.add(host);
    return host;
  }

  /** The files of all processes. A program that cannot be built is not built again for each stack. */
  private built(): HostFiles {
    this.files ??= orUserError(() => hostFiles(this.project));
    if (this.files instanceof UserError) throw this.files;
    return this.files;
  }

  private stop(host: ProgramHost): void {
    host.stop();
    this.all.delete(host);
  }
}

function orUserError<T>(act: () => T): T | UserError {
  try {
    return act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** Converts a program's log and output to diagnostics, as the CLI does. Adds one for an exit without another explanation. */
function diagnosticsOf({ answer, died, logged, stdout, stderr }: RunEnd): Diagnostic[] {
  const said = [...logged, ...(answer?.errors ?? [])];
  const hasFailed = died !== undefined || said.some(({ severity }) => severity === "error");
  const printed = [stdout, hasFailed ? "" : stderr]
    .filter((text) => text.trim() !== "")
    .map((text): Diagnostic => ({ severity: "info", message: text.trimEnd() }));
  if (died === undefined || said.some(({ severity }) => severity === "error")) return [...said, ...printed];
  const how = died.signal === null ? `exit code ${died.code}` : `signal ${died.signal}`;
  const message = `the program ended with ${how}\n${stderr}`.trim();
  return [...said, ...printed, { severity: "error", message }];
}
