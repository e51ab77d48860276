/** `npm run destroy -- STACK`: takes a stack out of a cluster; its data stays unless `--purge` is said. */
import { createInterface } from "node:readline/promises";

import { UserError } from "../../model/userError";
import { findProject, parseArguments, runInterruptibly } from "../common/commandLine";
import { destroySummary, parseDuration } from "../engine/apply/applyText";
import { destroy } from "../engine/apply/destroy";
import { terminalReport } from "../engine/apply/terminalReport";

const usage = `usage: npm run destroy -- STACK [--context NAME] [--purge [--yes]] [--timeout 10m]
  --context NAME      the cluster; by default the one that the stack's environment names
  --purge             delete the data too: namespace, volumes, secrets, random values
  --yes               do not ask before purging; needed where there is no terminal
  --timeout DURATION  how long to wait until everything is gone, such as 90s or 10m (the default)`;

runInterruptibly(async (args, signal) => {
  const { stack, flags, options } = parseArguments(args, {
    usage,
    flags: ["purge", "yes"],
    options: ["context", "timeout"],
  });
  const progress = terminalReport();
  const canAsk = process.stdin.isTTY && process.stderr.isTTY;
  if (flags.purge && !flags.yes && !canAsk) {
    throw new UserError("--purge deletes data for good, and there is nobody to ask here: say --yes too");
  }
  const ask = flags.purge && !flags.yes;
  const result = await destroy({
    projectDir: findProject(),
    stack,
    context: options.context,
    purge: flags.purge,
    timeoutMs: parseDuration(options.timeout ?? "10m"),
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
});

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
