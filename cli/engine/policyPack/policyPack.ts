/** The policy pack in a process of its own, asked through Pulumi's analyzer protocol as the CLI asks it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import type { Configuration } from "../../../model/project/policyProfile";
import { UserError } from "../../../model/userError";
import { grpcModules } from "../program/grpcModules";
import { endWithThisProcess, inheritedEnvironment } from "../program/programHost";
import {
  analyzeRequest,
  analyzeStackRequest,
  configureRequest,
  diagnoses,
  policyInfos,
  remediations,
} from "./analyzerMessages";
import type { AnalyzedResource, Diagnosis, PolicyInfo, Remediation } from "./policyTypes";

/** A running policy pack. It serves any number of stacks, one after the other. */
export class PolicyPack {
  private readonly client: Promise<any>;
  private whenFree: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly child: ChildProcess,
    port: Promise<string>,
  ) {
    this.client = port.then((number) => {
      const { grpc, clients } = grpcModules();
      const options = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
      return new clients.analyzer(`127.0.0.1:${number}`, grpc.credentials.createInsecure(), options);
    });
    // Whoever asks it something is told.
    this.client.catch(() => undefined);
  }

  /**
   * Starts the pack of a project. It gets ready while the caller goes on.
   *
   * @param folder - where the pack is
   * @param recordsDir - project whose records say what was declared before; by default the project itself
   * @returns undefined for a project that has none
   */
  static start(
    projectDir: string,
    folder = join(projectDir, "policies"),
    recordsDir = projectDir,
  ): PolicyPack | undefined {
    if (!existsSync(join(folder, "PulumiPolicy.yaml"))) return undefined;
    // Most of its memory is a message's, for milliseconds: room for it spares half of the collector's work.
    const args = [
      "--max-semi-space-size=64",
      "--require",
      join(__dirname, "preload.cjs"),
      packRunner(folder),
      "127.0.0.1:0",
      ".",
    ];
    const child = spawn(process.execPath, args, {
      cwd: folder,
      // By the last pipe the pack notices that this process has ended: see preload.cjs of programs.
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: {
        ...inheritedEnvironment(),
        BAAS_PROJECT_DIR: projectDir,
        BAAS_RECORDS_DIR: recordsDir,
        // Apart from programs: what was compiled with other settings would be thrown out each time.
        BAAS_COMPILE_CACHE: join(dirname(folder), ".baas", "cache", "compiled-policies"),
      },
    });
    endWithThisProcess(child);
    return new PolicyPack(child, portOf(child));
  }

  /** Describes the policies of the pack. */
  async info(): Promise<PolicyInfo[]> {
    const { empty } = grpcModules();
    return policyInfos(await this.call("getAnalyzerInfo", new empty.Empty()));
  }

  /** Says how the policies are to be taken in what is asked from now on. */
  async configure(configuration: Configuration): Promise<void> {
    await this.call("configure", configureRequest(configuration));
  }

  /** Asks for the properties that a resource should have instead. */
  async remediate(resource: AnalyzedResource): Promise<Remediation[]> {
    return remediations(await this.call("remediate", analyzeRequest(resource)));
  }

  /** Asks what is wrong with one resource. */
  async analyze(resource: AnalyzedResource): Promise<Diagnosis[]> {
    return diagnoses(await this.call("analyze", analyzeRequest(resource)));
  }

  /** Asks what is wrong with a stack as a whole. */
  async analyzeStack(resources: readonly AnalyzedResource[]): Promise<Diagnosis[]> {
    return diagnoses(await this.call("analyzeStack", analyzeStackRequest(resources)));
  }

  /** Does something when nobody else does: the pack has one configuration at a time. */
  exclusively<T>(act: () => Promise<T>): Promise<T> {
    const result = this.whenFree.then(act);
    this.whenFree = result.catch(() => undefined);
    return result;
  }

  /** Ends the process. */
  close(): void {
    this.child.kill("SIGKILL");
    this.client.then(
      (client) => client.close(),
      () => undefined,
    );
  }

  private async call(method: string, request: any): Promise<any> {
    const client = await this.client;
    return new Promise((resolve, reject) =>
      client[method](request, (error: any, response: any) => {
        if (error === null) resolve(response);
        else reject(new UserError(`the policy pack cannot answer (${method}): ${error.details}`));
      }),
    );
  }
}

function packRunner(folder: string): string {
  try {
    return createRequire(join(folder, "_")).resolve("@pulumi/pulumi/cmd/run-policy-pack");
  } catch {
    throw new UserError(`@pulumi/pulumi is not installed for ${folder}: run "npm ci" in the project's folder`);
  }
}

/** Waits for the first line, which is the port. */
async function portOf(child: ChildProcess): Promise<string> {
  let printed = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const port = new Promise<string>((resolve) => {
    let output = "";
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const [, line] = /^(\d+)\n/m.exec(output) ?? [];
      if (line !== undefined) resolve(line);
      else printed += text;
    });
  });
  const end = once(child, "close").then(([code, signal]) => {
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    throw new UserError(`the policy pack ended with ${how} before it was ready\n${printed.trim()}`.trim());
  });
  end.catch(() => undefined);
  return Promise.race([port, end]);
}
