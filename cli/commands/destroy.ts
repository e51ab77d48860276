/** `baas destroy`: takes a stack out of a cluster; its data stays unless `--purge` is said. */
import { createInterface } from "node:readline/promises";

import { terminalProgress } from "../../local-cluster/progress";
import { UserError } from "../../model/userError";
import { findProject } from "../common/project";
import { destroySummary, parseDuration } from "../engine/apply/applyText";
import { destroy } from "../engine/apply/destroy";

interface Given {
  stack: string;
  context?: string;
  purge?: true;
  yes?: true;
  timeout: string;
}

export async function run({ stack, context, purge, yes, timeout }: Given, signal: AbortSignal): Promise<number> {
  const progress = terminalProgress();
  const canAsk = process.stdin.isTTY && process.stderr.isTTY;
  const ask = purge === true && yes !== true;
  if (ask && !canAsk) {
    throw new UserError("--purge deletes data for good, and there is nobody to ask here: say --yes too");
  }
  const result = await destroy({
    projectDir: findProject(),
    stack,
    context,
    purge,
    timeoutMs: parseDuration(timeout),
    progress,
    signal,
    ...(ask && {
      confirm: (what: readonly string[]) => {
        progress.done();
        return typeTheName(stack, what, signal);
      },
    }),
  });
  console.log(destroySummary(result));
  return 0;
}

async function typeTheName(stack: string, what: readonly string[], signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // readline takes Ctrl-C for itself.
  terminal.on("SIGINT", () => process.emit("SIGINT"));
  try {
    const lines = what.map((line) => `  ${line}\n`).join("");
    const answer = await terminal.question(`This deletes for good:\n${lines}Type the stack's name to go on: `, {
      signal,
    });
    return answer.trim() === stack;
  } finally {
    terminal.close();
  }
}
