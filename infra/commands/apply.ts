/** `npm run apply -- STACK`: makes a stack so in a cluster, without the Pulumi CLI. */
import { apply } from "../offline/apply/apply";
import { applySummary, parseDuration } from "../offline/apply/command";
import { terminalReport } from "../offline/apply/report";
import { findProject, parseArguments, runInterruptibly } from "../offline/command";

const usage = `usage: npm run apply -- STACK [--context NAME] [--timeout 10m] [--force-conflicts]
  --context NAME      the cluster; by default the one that the stack's environment names
  --timeout DURATION  how long to wait until everything is ready, such as 90s or 10m (the default)
  --force-conflicts   take over fields that another program manages`;

runInterruptibly(async (args, signal) => {
  const { stack, flags, options } = parseArguments(args, {
    usage,
    flags: ["force-conflicts"],
    options: ["context", "timeout"],
  });
  const result = await apply({
    projectDir: findProject(),
    stack,
    context: options.context,
    timeoutMs: parseDuration(options.timeout ?? "10m"),
    forceConflicts: flags["force-conflicts"],
    progress: terminalReport(),
    signal,
  });
  console.log(applySummary(result));
  return result.notReady.length === 0 ? 0 : 1;
});
