/** Runs the tests of the project. */
import { spawn } from "node:child_process";

import type { Logs } from "./logs";
import type { TestsOutcome } from "./protocol";

/** How much of what tests write is in the answer, in characters; all of it is in the log. */
const shown = 20_000;

/** Longest run, in milliseconds. */
const patience = 900_000;

const commands = { typescript: "npm test", javascript: "npm test", go: "go test ./..." } as const;

export function runTests(folder: string, language: keyof typeof commands, logs: Logs): Promise<TestsOutcome> {
  const command = commands[language];
  const [program, ...args] = command.split(" ");
  return new Promise((resolve) => {
    let output = "";
    const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", CI: "1" };
    const child = spawn(program!, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"], timeout: patience });
    const take = (text: string): void => {
      output = (output + text).slice(-shown);
      logs.add("tests", text);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", take);
    child.on("error", (error) => resolve({ passed: false, command, output: `${command}: ${error.message}` }));
    child.on("close", (code) => resolve({ passed: code === 0, command, output }));
  });
}
