/** `baas destroy`: removes a stack from its cluster. With `--purge` it deletes the data too. */
import { createInterface } from "node:readline/promises";

import { terminalProgress } from "../../local-cluster/progress";
import { purposeOf } from "../../model/project/stacks";
import { UserError } from "../../model/userError";
import { findProject } from "../common/project";
import { destroySummary, parseDuration } from "../engine/apply/applyText";
import { destroy } from "../engine/apply/destroy";

interface Given {
  stack: string;
  context?: string;
  purge?: true;
  yes?: true;
  confirm?: string;
  timeout: string;
}

export async function run(
  { stack, context, purge, yes, confirm, timeout }: Given,
  signal: AbortSignal,
): Promise<number> {
  const progress = terminalProgress();
  const canAsk = process.stdin.isTTY && process.stderr.isTTY;
  const ask = purge === true && yes !== true;
  if (ask && !canAsk) {
    throw new UserError("--purge deletes data permanently, and there is no terminal to confirm it: add --yes");
  }
  const projectDir = findProject();
  if (purge === true) confirmProduction(projectDir, stack, confirm);
  const result = await destroy({
    projectDir,
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

/**
 * Refuses to purge what may be production by a flag that scripts have anyway. A stack whose file is gone or wrong may be.
 *
 * @param given - value of --confirm
 */
function confirmProduction(projectDir: string, stack: string, given: string | undefined): void {
  if (given === stack || purposeOf(projectDir, stack) === "testing") return;
  throw new UserError(
    `--purge deletes ledgers, keys and certificates for ever, and stack "${stack}" is not known to be for testing\n` +
      `  -> Nothing was deleted. If that is what you want, add: --confirm ${stack}`,
  );
}

async function typeTheName(stack: string, what: readonly string[], signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // readline handles Ctrl-C itself.
  terminal.on("SIGINT", () => process.emit("SIGINT"));
  try {
    const lines = what.map((line) => `  ${line}\n`).join("");
    const answer = await terminal.question(`This deletes permanently:\n${lines}Type the stack's name to continue: `, {
      signal,
    });
    return answer.trim() === stack;
  } finally {
    terminal.close();
  }
}
