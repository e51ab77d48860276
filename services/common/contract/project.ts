/** A chaincode project on this machine: its language, how its contract is started, and what tells that it has changed. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

import { UserError } from "../../../model/userError";
import type { ContractCommand } from "./contractProcess";

/** Languages that contracts can be run in here. */
export const debuggedLanguages = ["typescript", "javascript", "go"] as const;

/** Language of a project that can be run here. */
export type DebuggedLanguage = (typeof debuggedLanguages)[number];

/** A project. */
export interface ChaincodeProject {
  folder: string;
  language: DebuggedLanguage;
}

/** What a contract is started with. */
export interface ContractSettings {
  packageId: string;
  /** Its port on the loopback. */
  port: number;
  /** Port of the debugger on the loopback; none to run without one. */
  debugPort: number | undefined;
}

/** @throws {@link UserError} for a folder that is no project of chaincode */
export function projectIn(folder: string, language?: DebuggedLanguage): ChaincodeProject {
  const has = (file: string): boolean => existsSync(join(folder, file));
  const found = has("go.mod")
    ? "go"
    : has("tsconfig.json")
      ? "typescript"
      : has("package.json")
        ? "javascript"
        : undefined;
  const chosen = language ?? found;
  if (chosen === undefined) {
    const remedy = "--source names the folder of the project, with its package.json or go.mod";
    throw new UserError(`${folder} is no project of chaincode in TypeScript, JavaScript or Go\n  -> ${remedy}`);
  }
  return { folder, language: chosen };
}

/** Variables by which chaincode in every language knows how to serve; TLS towards the peer ends before the contract. */
function environment({ packageId, port }: ContractSettings): NodeJS.ProcessEnv {
  return {
    CHAINCODE_ID: packageId,
    CORE_CHAINCODE_ID_NAME: packageId,
    CHAINCODE_SERVER_ADDRESS: `127.0.0.1:${port}`,
    CHAINCODE_TLS_DISABLED: "true",
    CORE_PEER_TLS_ENABLED: "false",
    // The shim of Node tells of every transaction otherwise, between what the contract says.
    CORE_CHAINCODE_LOGGING_LEVEL: process.env.CORE_CHAINCODE_LOGGING_LEVEL ?? "WARNING",
  };
}

/** The command that starts the contract, under its debugger if there is a port for it. */
export function contractCommand({ folder, language }: ChaincodeProject, settings: ContractSettings): ContractCommand {
  const common = { cwd: folder, env: environment(settings) };
  return language === "go" ? goCommand(folder, settings, common) : nodeCommand(folder, settings, common);
}

// Node's shim asks the other side for a sign of life; after a breakpoint, it would not wait for the answer.
const neverPing = String(2 ** 31 - 1);

function nodeCommand(
  folder: string,
  { packageId, port, debugPort }: ContractSettings,
  common: Pick<ContractCommand, "cwd" | "env">,
): ContractCommand {
  const shim = resolved(folder, "fabric-shim/cli.js");
  const args = [
    ...(debugPort === undefined ? [] : [`--inspect=127.0.0.1:${debugPort}`]),
    "--enable-source-maps",
    ...[shim, "server", "--module-path", folder],
    ...["--chaincode-address", `127.0.0.1:${port}`, "--chaincode-id", packageId],
    ...["--grpc.keepalive_time_ms", neverPing],
  ];
  return { command: process.execPath, args, ...common };
}

function goCommand(
  folder: string,
  { debugPort }: ContractSettings,
  common: Pick<ContractCommand, "cwd" | "env">,
): ContractCommand {
  const binary = goBinary(folder);
  if (debugPort === undefined) return { command: binary, args: [], ...common };
  const listen = ["--headless", `--listen=127.0.0.1:${debugPort}`, "--api-version=2", "--accept-multiclient"];
  // Killed itself, Delve would leave the contract behind.
  return { command: "dlv", args: ["exec", ...listen, "--continue", binary], ...common, endSignal: "SIGINT" };
}

/** The program that is built from a project in Go. */
export const goBinary = (folder: string): string => join(folder, ".baas", "contract");

/** The command that builds a project in Go, so that a debugger finds its lines. */
export const goBuild = (folder: string): { command: string; args: string[] } => ({
  command: "go",
  args: ["build", "-gcflags=all=-N -l", "-o", goBinary(folder), "."],
});

/** The compiler of a project in TypeScript, which compiles again at each change. */
export function compiler(folder: string): { command: string; args: string[] } {
  const tsc = resolved(folder, "typescript/bin/tsc");
  const config = ["tsconfig.build.json", "tsconfig.json"].find((file) => existsSync(join(folder, file)))!;
  const options = ["--watch", "--preserveWatchOutput", "--pretty", "false", "--noEmit", "false", "--sourceMap", "true"];
  return { command: process.execPath, args: [tsc, "-p", config, ...options] };
}

/** Folder of the program that is run, relative to the project: `dist`, or `.`. */
export function outputOf(folder: string): string {
  const { main = "index.js" } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { main?: string };
  return relative(folder, dirname(join(folder, main))) || ".";
}

function resolved(folder: string, file: string): string {
  try {
    return createRequire(join(folder, "package.json")).resolve(file);
  } catch {
    throw new UserError(
      `${folder} has no ${file.split("/")[0]}\n  -> Install its packages: npm --prefix ${folder} install`,
    );
  }
}
