/**
 * The Pulumi CLI's plug-in for Node programs, for the tests: it starts programs and policy packs by the SDK's own runners. The
 * CLI brings a host of its own, but only as part of its releases.
 *
 * Node starts this file as it is. Source of the protocol: pulumi/language.proto and pulumi/analyzer.proto, as compiled in the SDK.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { connect, engine, load, type Message, serve, unary } from "./grpcServer.mts";

const languageProto = load("@pulumi/pulumi/proto/language_pb.js");
const analyzerProto = load("@pulumi/pulumi/proto/analyzer_pb.js");
const { PluginInfo } = load("@pulumi/pulumi/proto/plugin_pb.js");
const { Empty } = load("google-protobuf/google/protobuf/empty_pb.js");
const { LanguageRuntimeService } = load("@pulumi/pulumi/proto/language_grpc_pb.js");
const { AnalyzerClient, AnalyzerService } = load("@pulumi/pulumi/proto/analyzer_grpc_pb.js");

/** Exit code of the runners after they have reported the error themselves. */
const alreadyReported = 32;

const children = new Set<ChildProcess>();

const language = {
  handshake: unary(() => new languageProto.LanguageHandshakeResponse()),
  getPluginInfo: unary(() => new PluginInfo()),
  // The CLI then loads each provider when a resource asks for it.
  getRequiredPackages: unary(() => new languageProto.GetRequiredPackagesResponse()),
  run: unary(runProgram),
  runPlugin,
  cancel: unary(() => {
    for (const child of children) child.kill("SIGTERM");
    return new Empty();
  }),
};

serve(LanguageRuntimeService, language).then((port) => console.log(port));

/** Runs the program of a project to its end. */
async function runProgram(request: Message): Promise<Message> {
  const options = {
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": request.getInfo().getRootDirectory(),
    stack: request.getStack(),
    pwd: request.getPwd(),
    parallel: request.getParallel(),
    monitor: request.getMonitorAddress(),
    engine,
  };
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  if (request.getDryrun()) args.push("--dry-run");
  const child = start([load.resolve("@pulumi/pulumi/cmd/run"), ...args, request.getProgram()], {
    ...runtimeOptions(request),
    ...configuration(request.getConfigMap(), request.getConfigsecretkeysList()),
  });
  child.stdout!.pipe(process.stdout, { end: false });
  child.stderr!.pipe(process.stderr, { end: false });
  const code = await ended(child);
  const response = new languageProto.RunResponse();
  response.setBail(code === alreadyReported);
  if (code !== 0 && code !== alreadyReported) response.setError(`the program ended with exit code ${code}`);
  return response;
}

/** Runs a policy pack behind a proxy, because the pack learns its stack when it starts, and the CLI names it afterwards. */
async function runPlugin(call: Message): Promise<void> {
  const { request } = call;
  let pack: Promise<Message> | undefined;
  let child: ChildProcess | undefined;
  const say = (set: "setStdout" | "setStderr", text: string | Buffer): void => {
    call.write(new languageProto.RunPluginResponse()[set](Buffer.from(text)));
  };
  const startPack = (environment: Record<string, string>): Promise<Message> => {
    const folder = request.getInfo().getProgramDirectory();
    child = start([load.resolve("@pulumi/pulumi/cmd/run-policy-pack"), engine, folder], environment, folder);
    child.stderr!.on("data", (text) => say("setStderr", text));
    child.on("close", (code) => {
      call.write(new languageProto.RunPluginResponse().setExitcode(code ?? 1));
      call.end();
    });
    return firstLine(child).then((port) => connect(AnalyzerClient, port));
  };
  const methods = Object.keys(AnalyzerService).filter((name) => !["handshake", "configureStack"].includes(name));
  const forward = async (method: string, message: Message): Promise<Message> => {
    pack ??= startPack({});
    const running = await pack;
    return new Promise((resolve, reject) =>
      running[method](message, (error: Error | null, answer: Message) => (error ? reject(error) : resolve(answer))),
    );
  };
  const port = await serve(AnalyzerService, {
    ...Object.fromEntries(methods.map((method) => [method, unary((message) => forward(method, message))])),
    handshake: unary(() => new analyzerProto.AnalyzerHandshakeResponse()),
    configureStack: unary((stack) => {
      pack = startPack({
        PULUMI_NODEJS_ORGANIZATION: stack.getOrganization(),
        PULUMI_NODEJS_PROJECT: stack.getProject(),
        PULUMI_NODEJS_STACK: stack.getStack(),
        PULUMI_NODEJS_DRY_RUN: String(stack.getDryRun()),
        ...configuration(stack.getConfigMap(), stack.getConfigSecretKeysList()),
      });
      return new analyzerProto.AnalyzerStackConfigureResponse();
    }),
  });
  say("setStdout", `${port}\n`);
  call.on("cancelled", () => child?.kill("SIGTERM"));
}

function start(args: string[], environment: Record<string, string>, cwd?: string): ChildProcess {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  child.on("close", () => children.delete(child));
  return child;
}

/** Options of the runtime in Pulumi.yaml, as the runner takes them. */
function runtimeOptions(request: Message): Record<string, string> {
  const options = request.getInfo().getOptions()?.toJavaScript() ?? {};
  return { PULUMI_NODEJS_TYPESCRIPT: String(options.typescript ?? true) };
}

function configuration(map: Message, secretKeys: string[]): Record<string, string> {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(map.entries())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
  };
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).once("line", resolve);
    child.on("close", () => reject(new Error("the policy pack has ended before it served")));
  });
}
