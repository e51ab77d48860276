/** `npm run apply -- STACK`: makes a stack so in a cluster, without the Pulumi CLI. */
import { findProject, parseArguments, runInterruptibly } from "../common/commandLine";
import { apply } from "../engine/apply/apply";
import { applySummary, parseDuration } from "../engine/apply/applyText";
import { terminalReport } from "../engine/apply/terminalReport";

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
