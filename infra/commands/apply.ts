/** `npm run apply -- STACK`: makes a stack so in a cluster, without the Pulumi CLI. */
import { join } from "node:path";

import { apply } from "../offline/apply/apply";
import { applySummary, parseDuration, runCommand, stackArguments } from "../offline/apply/command";
import { terminalReport } from "../offline/apply/report";

const usage = `usage: npm run apply -- STACK [--context NAME] [--timeout 10m] [--force-conflicts]
  --context NAME      the cluster; by default the one that the stack's environment names
  --timeout DURATION  how long to wait until everything is ready, such as 90s or 10m (the default)
  --force-conflicts   take over fields that another program manages`;

runCommand(async (args, signal) => {
  const options = {
    context: { type: "string" },
    timeout: { type: "string", default: "10m" },
    "force-conflicts": { type: "boolean", default: false },
  } as const;
  const { stack, values } = stackArguments(args, options, usage);
  const result = await apply({
    projectDir: join(__dirname, "../.."),
    stack,
    ...(values.context !== undefined && { context: values.context }),
    timeoutMs: parseDuration(values.timeout),
    forceConflicts: values["force-conflicts"],
    progress: terminalReport(),
    signal,
  });
  console.log(applySummary(result));
  return result.notReady.length === 0 ? 0 : 1;
});
