/** Runs a stack's program in a process for programs, against a resource monitor of its own. */
import { type Project, readStackConfig } from "../../../model/files/project";
import { type Diagnostic, ProgramError } from "../declared/diagnostics";
import { Deployment, type DeploymentContext } from "./deployment";
import { Monitor } from "./monitor";
import { ProgramHost, type RunEnd } from "./programHost";

/** The processes for the programs of one project: those that have nothing to do wait for the next program. */
export class ProgramHosts {
  private readonly idle: ProgramHost[] = [];
  private readonly all = new Set<ProgramHost>();
  private isEnded = false;

  constructor(private readonly project: Project) {}

  /** Starts a process for a program that is about to come, unless one waits already. */
  prepare(): void {
    if (this.idle.length === 0) this.idle.push(this.start());
  }

  /**
   * Runs a stack's program to its end.
   *
   * @returns what the program registered
   * @throws {@link ProgramError} when the program fails, or does what the engine would stop it for
   */
  async run(context: DeploymentContext): Promise<Deployment> {
    const { project } = this;
    const { stack, dryRun } = context;
    const { values, warnings } = readStackConfig(project, stack);
    const deployment = new Deployment(context);
    deployment.diagnostics.push(...warnings.map((message): Diagnostic => ({ severity: "warning", message })));
    const host = this.idle.pop() ?? this.start();
    const monitor = await Monitor.listen(deployment, () => host.stop());
    try {
      if (this.isEnded) host.stop();
      const { name, workingDir } = project;
      const { address } = monitor;
      recordEnd(await host.run({ project: name, stack, dryRun, address, workingDir, config: values }), deployment);
      if (deployment.diagnostics.some(({ severity }) => severity === "error")) {
        throw new ProgramError(stack, deployment.diagnostics);
      }
      return deployment;
    } finally {
      monitor.close();
      if (host.isReusable && !this.isEnded) this.idle.push(host);
      else this.stop(host);
    }
  }

  /** Ends all processes, with the programs that still run. */
  end(): void {
    this.isEnded = true;
    for (const host of this.all) this.stop(host);
  }

  private start(): ProgramHost {
    const host = new ProgramHost(this.project);
    this.all.add(host);
    return host;
  }

  private stop(host: ProgramHost): void {
    host.stop();
    this.all.delete(host);
  }
}

/** What a program logs and prints becomes diagnostics, as it does under the CLI; and so does an end that nothing else explains. */
function recordEnd({ logged, died, stdout, stderr }: RunEnd, { diagnostics }: Deployment): void {
  diagnostics.push(...logged);
  const hasFailed = died !== undefined || diagnostics.some(({ severity }) => severity === "error");
  for (const text of [stdout, hasFailed ? "" : stderr]) {
    if (text.trim() !== "") diagnostics.push({ severity: "info", message: text.trimEnd() });
  }
  if (died === undefined || diagnostics.some(({ severity }) => severity === "error")) return;
  const how = died.signal === null ? `exit code ${died.code}` : `signal ${died.signal}`;
  diagnostics.push({ severity: "error", message: `the program ended with ${how}\n${stderr}`.trim() });
}
