/** Runs the policy pack as the Pulumi CLI does: in a process of its own, by Pulumi's runner, through the analyzer protocol. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { encode } from "../cli/engine/declared/values";
import type { Diagnosis } from "../cli/engine/policyPack/analyze";
import type { Configuration } from "../model/project/policyProfile";
import { type EnforcementLevel, enforcementLevels } from "../model/pulumi/policyPack";
import { testProject } from "../policies/testing/fixtures";

type Message = any;

const load = createRequire(__filename);
const proto = load("@pulumi/pulumi/proto/analyzer_pb.js");
const { Struct } = load("google-protobuf/google/protobuf/struct_pb.js");
const { Empty } = load("google-protobuf/google/protobuf/empty_pb.js");

const policies = join(__dirname, "..", "policies");
const runner = load.resolve("@pulumi/pulumi/cmd/run-policy-pack");

/** A resource for the policies; its inputs may have secrets and unknown values. */
export interface AskedAbout {
  type: string;
  urn: string;
  inputs: Record<string, unknown>;
}

/** The pack's description of a policy. */
export interface Described {
  name: string;
  description: string;
  level: EnforcementLevel;
  settings: object;
}

/** The remedied resource, encoded as the protocol has it. */
export interface Remedied {
  policy: string;
  properties?: Record<string, unknown>;
  diagnostic?: string;
}

/** The pack in the project that policies are tested with. */
export class RunningPack {
  private readonly project = mkdtempSync(join(tmpdir(), "baas-pack-"));
  private readonly child: ChildProcess;
  private readonly client: Promise<Message>;
  /** Its output so far. */
  printed = "";

  /**
   * Starts it.
   *
   * @param stack - the CLI's stack; without one the pack has no configuration of its own
   */
  constructor(stack?: string) {
    const folder = join(this.project, "policies");
    cpSync(testProject, this.project, { recursive: true });
    mkdirSync(folder);
    for (const file of ["package.json", "PulumiPolicy.yaml"]) cpSync(join(policies, file), join(folder, file));
    // The pack's own entry point, and this project's stacks: the pack takes the project that the CLI starts it in.
    writeFileSync(join(folder, "main.cjs"), `require(${JSON.stringify(join(policies, "main.cjs"))});\n`);
    this.child = spawn(process.execPath, [runner, "127.0.0.1:0", "."], {
      cwd: folder,
      env: { ...process.env, ...(stack !== undefined && { PULUMI_NODEJS_STACK: stack }) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.client = this.port().then((port) => {
      const { credentials } = load("@grpc/grpc-js");
      const { AnalyzerClient } = load("@pulumi/pulumi/proto/analyzer_grpc_pb.js");
      return new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
    });
    this.client.catch(() => undefined);
  }

  /** The exit code of a pack that does not start. */
  async end(): Promise<number> {
    const [code] = await once(this.child, "close");
    return code;
  }

  /** The policies, and the pack's configuration for its stack. */
  async info(): Promise<{ policies: Described[]; configuration: Configuration }> {
    const info = await this.call("getAnalyzerInfo", new Empty());
    const configuration: Configuration = {};
    info.getInitialconfigMap().forEach((config: Message, name: string) => {
      const settings = config.getProperties()?.toJavaScript() ?? {};
      configuration[name] = { level: levelOf(config.getEnforcementlevel()), settings };
    });
    const described = info.getPoliciesList().map((each: Message) => ({
      name: each.getName(),
      description: each.getDescription(),
      level: levelOf(each.getEnforcementlevel()),
      settings: each.getConfigschema()?.getProperties()?.toJavaScript() ?? {},
    }));
    return { policies: described, configuration };
  }

  async configure(configuration: Configuration): Promise<void> {
    const request = new proto.ConfigureAnalyzerRequest();
    for (const [name, { level, settings }] of Object.entries(configuration)) {
      const policy = new proto.PolicyConfig();
      policy.setEnforcementlevel(numberOf(level));
      policy.setProperties(Struct.fromJavaScript(settings));
      request.getPolicyconfigMap().set(name, policy);
    }
    await this.call("configure", request);
  }

  async analyze(resource: AskedAbout): Promise<Diagnosis[]> {
    return diagnoses(await this.call("analyze", filled(new proto.AnalyzeRequest(), resource)));
  }

  async analyzeStack(resources: readonly AskedAbout[]): Promise<Diagnosis[]> {
    const request = new proto.AnalyzeStackRequest();
    request.setResourcesList(resources.map((resource) => filled(new proto.AnalyzerResource(), resource)));
    return diagnoses(await this.call("analyzeStack", request));
  }

  async remediate(resource: AskedAbout): Promise<Remedied[]> {
    const response = await this.call("remediate", filled(new proto.AnalyzeRequest(), resource));
    return response.getRemediationsList().map((each: Message) => ({
      policy: each.getPolicyname(),
      ...(each.hasProperties() && { properties: each.getProperties().toJavaScript() }),
      ...(each.getDiagnostic() !== "" && { diagnostic: each.getDiagnostic() }),
    }));
  }

  close(): void {
    this.child.kill("SIGKILL");
    this.client.then(
      (client) => client.close(),
      () => undefined,
    );
    rmSync(this.project, { recursive: true, force: true });
  }

  /** Waits for the first line, which is the port. */
  private port(): Promise<string> {
    return new Promise((resolve, reject) => {
      for (const stream of [this.child.stdout!, this.child.stderr!]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          this.printed += text;
          const [, port] = /^(\d+)\n/m.exec(this.printed) ?? [];
          if (port !== undefined) resolve(port);
        });
      }
      this.child.on("close", () => reject(new Error(`the pack has ended: ${this.printed}`)));
    });
  }

  private async call(method: string, request: Message): Promise<Message> {
    const client = await this.client;
    return new Promise((resolve, reject) =>
      client[method](request, (error: Error | null, response: Message) => (error ? reject(error) : resolve(response))),
    );
  }
}

function filled(message: Message, { type, urn, inputs }: AskedAbout): Message {
  message.setType(type);
  message.setUrn(urn);
  message.setName(urn.split("::").at(-1));
  message.setProperties(Struct.fromJavaScript(encode(inputs)));
  message.setOptions(new proto.AnalyzerResourceOptions());
  return message;
}

function diagnoses(response: Message): Diagnosis[] {
  return response.getDiagnosticsList().map((each: Message) => ({
    policy: each.getPolicyname(),
    pack: each.getPolicypackname(),
    packVersion: each.getPolicypackversion(),
    level: levelOf(each.getEnforcementlevel()),
    message: each.getMessage(),
    ...(each.getUrn() !== "" && { urn: each.getUrn() }),
  }));
}

function levelOf(number: number): EnforcementLevel {
  return enforcementLevels.find((level) => numberOf(level) === number)!;
}

function numberOf(level: EnforcementLevel): number {
  return proto.EnforcementLevel[level.toUpperCase()];
}
