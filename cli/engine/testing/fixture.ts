/** Helpers of the tests: fixture projects in temporary folders, commands as a user types them. */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { createUrn } from "../../../model/pulumi/urn";
import type { ProgramResult, Registration, ResourceOptions } from "../declared/registration";

const engine = dirname(__dirname);
const root = dirname(dirname(engine));

/** A copy of the fixture project. */
export class Fixture {
  readonly dir = mkdtempSync(join(tmpdir(), "baas-offline-"));

  constructor() {
    cpSync(join(engine, "testdata", "network"), this.dir, {
      recursive: true,
      filter: (path) => !/\.baas/.test(path),
    });
    symlinkSync(join(root, "node_modules"), join(this.dir, "node_modules"));
  }

  /** Writes a stack file. */
  stack(name: string, config: Record<string, unknown>): void {
    writeFileSync(join(this.dir, "stacks", `Pulumi.${name}.yaml`), JSON.stringify({ config }));
  }

  /** Writes a stack file that asks for one of the fixture's cases, under its name. */
  case(name: string, config: Record<string, unknown> = {}): string {
    this.stack(name, { case: name, ...config });
    return name;
  }

  /** Runs a command, such as `preview`, in the project. */
  command(name: string, ...args: string[]): Promise<CommandResult> {
    return runCommandIn(this.dir, name, ...args);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** How a command ended. */
export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command, such as `preview`, in the folder of a project. */
export function runCommandIn(dir: string, name: string, ...args: string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [join(root, "baas"), name, ...args], {
    cwd: dir,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, BAAS_COMMAND: "./baas" },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
}

const stackUrn = "urn:pulumi:dev::test::pulumi:pulumi:Stack::test-dev";

/** A registration of a resource directly under the stack `dev` of the project `test`. */
export function registration(
  type: string,
  name: string,
  inputs: Record<string, unknown> = {},
  options: Partial<ResourceOptions> = {},
): Registration {
  return {
    urn: createUrn("dev", "test", stackUrn, type, name),
    type,
    name,
    custom: /^(kubernetes|random|docker|pulumi:providers):/.test(type),
    parent: stackUrn,
    inputs,
    options: { dependsOn: [], propertyDependencies: {}, ...options },
  };
}

/** What a program in a folder declares: the stack itself and the registrations given. */
export function programResult(registrations: readonly Registration[], projectDir = "/nowhere"): ProgramResult {
  const stack: Registration = {
    urn: stackUrn,
    type: "pulumi:pulumi:Stack",
    name: "test-dev",
    custom: false,
    inputs: {},
    options: { dependsOn: [], propertyDependencies: {} },
  };
  return {
    project: "test",
    projectDir,
    workingDir: projectDir,
    stack: "dev",
    registrations: [stack, ...registrations],
    outputs: {},
    diagnostics: [],
    references: [],
  };
}

/** A ConfigMap `namespace/name` whose resource has the object's name. */
export function configMap(name: string, options: Partial<ResourceOptions> = {}, namespace = "dev"): Registration {
  const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: {} };
  return registration("kubernetes:core/v1:ConfigMap", name, inputs, options);
}

/** A registration with another value at a path of its inputs, or with none. */
export function edited(base: Registration, path: string[], value: unknown): Registration {
  const copy = structuredClone({ ...base, inputs: base.inputs });
  let at = copy.inputs as any;
  for (const key of path.slice(0, -1)) at = at[key] ??= {};
  if (value === undefined) delete at[path.at(-1)!];
  else at[path.at(-1)!] = value;
  return copy;
}

/** A registration of the object `dev/it`. */
export function object(type: string, spec: unknown, options = {}): Registration {
  const [, module, kind] = type.split(":") as [string, string, string];
  const inputs = { apiVersion: module.replace("core/", ""), kind, metadata: { name: "it", namespace: "dev" }, spec };
  return registration(type, "it", inputs, options);
}

/** A registration of the StatefulSet `dev/it`. */
export const statefulSet = (options = {}) =>
  object(
    "kubernetes:apps/v1:StatefulSet",
    { replicas: 1, serviceName: "it", volumeClaimTemplates: [{ size: 1 }] },
    options,
  );
