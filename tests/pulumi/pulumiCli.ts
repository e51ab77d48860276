/** The Pulumi CLI and its providers, as the tests run them on a copy of this project. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, copyFileSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensureBuilt, type GoModule, isBuilt, programsOf } from "../../local-cluster/goModule";
import { terminalProgress } from "../../local-cluster/progress";

const cliVersion = "v3.274.1";

const cli: GoModule = {
  name: "pulumi-cli",
  directory: join(__dirname, "go/cli"),
  packages: ["tool"],
  programs: ["pulumi"],
  linkerFlags: [`-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${cliVersion}`],
  announcement: `Building the Pulumi CLI ${cliVersion} from source: about five minutes on two cores, once per machine.`,
};

const kubernetesProvider: GoModule = {
  name: "pulumi-provider-kubernetes",
  directory: join(__dirname, "go/provider"),
  packages: ["."],
  programs: ["pulumi-provider-kubernetes"],
  linkerFlags: ["-X main.version=4.0.0"],
  announcement: "Building Pulumi's Kubernetes provider from source: about three minutes.",
};

/**
 * Builds the CLI and the provider if `BAAS_TEST_PULUMI=build` asks for it.
 *
 * @returns why the CLI cannot be run here
 */
export async function whyNoPulumi(): Promise<string | undefined> {
  const modules = [cli, kubernetesProvider];
  if (process.env.BAAS_TEST_PULUMI === "build") {
    for (const module of modules) await ensureBuilt(module, terminalProgress());
  }
  return modules.every(isBuilt) ? undefined : "the Pulumi CLI is not built: BAAS_TEST_PULUMI=build npm test builds it";
}

/** How a command of the CLI ended, and all that it wrote. */
export interface Ended {
  /** Exit code; null after a signal. */
  status: number | null;
  stdout: string;
  output: string;
}

/** The CLI with a backend of its own. */
export class PulumiCli {
  private readonly bin: string;

  private constructor(
    private readonly project: string,
    private readonly home: string,
    private readonly environment: Record<string, string>,
  ) {
    this.bin = join(home, "bin");
  }

  /**
   * Lays it out in a temporary folder.
   *
   * @param project - folder of Pulumi.yaml
   * @param environment - of every command, in addition to that of the tests
   */
  static for(project: string, environment: Record<string, string> = {}): PulumiCli {
    const pulumi = new PulumiCli(project, mkdtempSync(join(tmpdir(), "baas-pulumi-")), environment);
    pulumi.layOut();
    return pulumi;
  }

  /** The same CLI and backend with other variables. */
  with(environment: Record<string, string>): PulumiCli {
    return new PulumiCli(this.project, this.home, { ...this.environment, ...environment });
  }

  private layOut(): void {
    const { project } = this;
    for (const folder of ["bin", "state"]) mkdirSync(join(this.home, folder));
    // The CLI looks for the language host beside its own file.
    link(join(programsOf(cli), "pulumi"), join(this.bin, "pulumi"));
    const host = `for last; do :; done\nexec ${node("languageHost.mts", project)} "$last"`;
    script(join(this.bin, "pulumi-language-nodejs"), host);
    const kubernetes = join(this.pluginFolder("kubernetes"), "pulumi-resource-kubernetes");
    symlinkSync(join(programsOf(kubernetesProvider), "pulumi-provider-kubernetes"), kubernetes);
    const docker = join(this.pluginFolder("docker"), "pulumi-resource-docker");
    script(docker, `exec ${node("dockerProviderDouble.mts", project)}`);
  }

  /** Runs a command to its end. */
  run(...args: string[]): Promise<Ended> {
    return ended(this.start(...args));
  }

  /** Starts a command. */
  start(...args: string[]): ChildProcess {
    return this.spawn(join(this.bin, "pulumi"), [...args, "--non-interactive", "--color", "never"]);
  }

  /** Runs a line of a shell in the project, with the CLI in its PATH. */
  shell(line: string, environment: Record<string, string> = {}): Promise<Ended> {
    return ended(this.spawn("bash", ["-c", line], environment));
  }

  private spawn(program: string, args: string[], environment: Record<string, string> = {}): ChildProcess {
    const env = {
      ...process.env,
      PATH: `${this.bin}:${process.env.PATH}`,
      PULUMI_HOME: this.home,
      PULUMI_BACKEND_URL: `file://${join(this.home, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "of a test",
      PULUMI_SKIP_UPDATE_CHECK: "1",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      ...this.environment,
      ...environment,
    };
    return spawn(program, args, { cwd: this.project, env, stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Removes the CLI with its backend. */
  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  /** A new folder for a provider, of the version that the project's package asks for. */
  private pluginFolder(name: string): string {
    const { version } = createRequire(join(this.project, "package.json"))(`@pulumi/${name}/package.json`);
    const folder = join(this.home, "plugins", `resource-${name}-v${version}`);
    mkdirSync(folder, { recursive: true });
    return folder;
  }
}

/** Waits for the end of a command. */
export function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, output] = ["", ""];
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve, reject) =>
    child.on("error", reject).on("close", (status) => resolve({ status, stdout, output })),
  );
}

function node(file: string, ...args: string[]): string {
  return [process.execPath, join(__dirname, file), ...args].map((word) => `'${word}'`).join(" ");
}

function script(file: string, text: string): void {
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
}

function link(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    // Another file system.
    copyFileSync(source, target);
  }
}
