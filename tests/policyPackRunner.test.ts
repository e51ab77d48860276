/** The pack as the Pulumi CLI starts it: compiled by ts-node, with the stack in the environment, one process a stack. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { afterEach, expect, it } from "vitest";

import { grpcModules } from "../cli/engine/program/grpcModules";
import { testProject } from "../policies/testing/fixtures";

const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
let child: ChildProcess;
afterEach(() => child.kill("SIGKILL"));

function start(stack: string): void {
  child = spawn(process.execPath, [runner, "127.0.0.1:0", "."], {
    cwd: join(__dirname, "..", "policies"),
    env: { ...process.env, BAAS_PROJECT_DIR: testProject, PULUMI_NODEJS_STACK: stack },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

it("tells the CLI its policies, and the profile of the stack", async () => {
  start("profiled");
  const [port] = (await once(child.stdout!.setEncoding("utf8"), "data")) as [string];
  const { grpc, clients, empty } = grpcModules();
  const client = new clients.analyzer(`127.0.0.1:${port.trim()}`, grpc.credentials.createInsecure());
  const info: any = await new Promise((resolve, reject) =>
    client.getAnalyzerInfo(new empty.Empty(), (error: unknown, answer: unknown) =>
      error === null ? resolve(answer) : reject(error),
    ),
  );
  client.close();
  expect(info.getName()).toBe("baas");
  const configuration: Record<string, object> = {};
  info.getInitialconfigMap().forEach((config: any, name: string) => {
    configuration[name] = { level: config.getEnforcementlevel(), ...config.getProperties()?.toJavaScript() };
  });
  const { EnforcementLevel } = grpcModules().analyzer;
  // What has a level only, settings only, or both: the environment's, and the stack's over it.
  expect(configuration).toEqual({
    "availability-replicas": { level: EnforcementLevel.DISABLED, least: { gateway: 3 } },
    "resources-budget": { level: EnforcementLevel.ADVISORY, cpu: "2", memory: "8Gi" },
    "security-tls": { level: EnforcementLevel.ADVISORY },
  });
});

it("does not start for a stack that is configured wrongly, and says why", async () => {
  start("misprofiled");
  let printed = "";
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding("utf8").on("data", (text) => (printed += text));
  const [code] = await once(child, "close");
  expect(code).not.toBe(0);
  expect(printed).toContain("baas:network.policies.resources-budget.cpus: unknown key. Did you mean");
});
