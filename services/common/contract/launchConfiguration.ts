/** `.vscode/launch.json` of a chaincode project: how an editor attaches to the contract that runs under it. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { type ChaincodeProject, outputOf } from "./project";

/** Name of the configuration. */
export const launchName = "baas: attach to the contract";

/** The configuration of an editor's debugger. */
export function launchConfiguration(
  { folder, language }: ChaincodeProject,
  debugPort: number,
): Record<string, unknown> {
  const common = { name: launchName, request: "attach" };
  if (language === "go")
    return { ...common, type: "go", mode: "remote", host: "127.0.0.1", port: debugPort, substitutePath: [] };
  return {
    ...common,
    ...{ type: "node", address: "127.0.0.1", port: debugPort },
    // The contract starts anew at each change.
    restart: true,
    sourceMaps: true,
    outFiles: [`\${workspaceFolder}/${outputOf(folder)}/**/*.js`, "!**/node_modules/**"],
    skipFiles: ["<node_internals>/**", "**/node_modules/**"],
  };
}

/**
 * Writes it, beside the other configurations of the file.
 *
 * @returns the file; undefined if there is one that is no plain JSON, which is left alone
 */
export function writeLaunchConfiguration(folder: string, configuration: Record<string, unknown>): string | undefined {
  const file = join(folder, ".vscode", "launch.json");
  const before = existing(file);
  if (before === undefined) return undefined;
  const { configurations = [] } = before;
  const others = configurations.filter((each) => each.name !== configuration.name);
  const after = { version: "0.2.0", ...before, configurations: [...others, configuration] };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(after, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
  return file;
}

function existing(file: string): { configurations?: { name?: unknown }[] } | undefined {
  if (!existsSync(file)) return {};
  try {
    const content = JSON.parse(readFileSync(file, "utf8")) as unknown;
    const isOne = typeof content === "object" && content !== null && !Array.isArray(content);
    return isOne && Array.isArray((content as any).configurations ?? []) ? content : undefined;
  } catch {
    return undefined;
  }
}
