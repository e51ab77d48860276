/** `npm run local -- COMMAND`: the Kubernetes of this machine, for those who develop and test. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { defaultName, describeInstance } from "../../local-cluster/instance";
import { down, requireRunning, status, up } from "../../local-cluster/localCluster";
import { LocalError, messageOf } from "../../local-cluster/localError";
import { type Progress, terminalProgress } from "../../local-cluster/progress";
import { loadArchive } from "../../local-cluster/releaseArchive";
import { deleteRecordsOf } from "../engine/record/writeRecord";

const usage = `The local Kubernetes: a single node on this machine, for development and tests.

  npm run local -- up                  start it (the first time it is built from source: some ten minutes)
  npm run local -- status              what runs, and where
  npm run local -- load ARCHIVE        make node images from a Fabric release archive
  npm run local -- kubectl ARGS...     kubectl of the same version, with this cluster's kubeconfig
  npm run local -- down [--purge]      stop it; --purge removes its data too

  --name NAME    another instance beside "${defaultName}"
`;

// Not by runCommand: here an interrupt ends with 130, and an error first clears the live line of the progress.
// Whoever reads the output may have seen enough, as `head` does.
process.stdout.on("error", () => process.exit(0));
// An exit, unlike a signal, lets everything clean up behind itself.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => process.exit(130));

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    console.error(error instanceof LocalError || !(error instanceof Error) ? messageOf(error) : error.stack);
    process.exitCode = 1;
  },
);

/** Returns the exit code. */
async function main([command, ...rest]: readonly string[]): Promise<number> {
  if (command === "kubectl") return kubectl(rest);
  const { values, positionals } = parse(rest);
  const { name } = values;
  const progress = terminalProgress();
  switch (command) {
    case "up":
      expect(positionals, []);
      return start(name, progress);
    case "down":
      expect(positionals, []);
      return stop(name, values.purge, progress);
    case "status":
      expect(positionals, []);
      return printStatus(name);
    case "load": {
      expect(positionals, ["ARCHIVE"]);
      const cluster = await requireRunning(name);
      for (const reference of await loadArchive(cluster, positionals[0], progress)) console.log(reference);
      return 0;
    }
    case undefined:
    case "help":
    case "--help":
      console.log(usage);
      return command === undefined ? 1 : 0;
    default:
      throw new LocalError(`There is no command "${command}".`, "One of: up, down, status, load, kubectl.");
  }
}

async function start(name: string | undefined, progress: Progress): Promise<number> {
  const since = Date.now();
  const cluster = await up({ name, progress });
  progress.done();
  const seconds = ((Date.now() - since) / 1000).toFixed(1);
  console.log(`The local cluster "${cluster.name}" is ready (${seconds} s).`);
  console.log(`  kubeconfig  ${cluster.kubeconfig} (context ${cluster.context})`);
  console.log(`  node        ${cluster.nodeAddress}: NodePorts answer there, on this machine only`);
  console.log(`  next        npm run local -- kubectl${nameOption(name)} get pods --all-namespaces`);
  return 0;
}

async function stop(name: string | undefined, purge: boolean | undefined, progress: Progress): Promise<number> {
  await down({ name, purge, progress });
  if (purge) deleteRecordsOf(join(__dirname, "../.."), describeInstance(name).context);
  progress.done();
  console.log(`The local cluster "${name ?? defaultName}" is ${purge ? "removed" : "stopped; its data is kept"}.`);
  return 0;
}

async function printStatus(name: string | undefined): Promise<number> {
  const found = await status({ name });
  console.log(`The local cluster "${found.name}" is ${found.state}.`);
  for (const [component, alive] of Object.entries(found.components))
    console.log(`  ${alive ? "runs  " : "ENDED "} ${component}`);
  if (found.cluster) {
    console.log(`  kubeconfig ${found.cluster.kubeconfig} (context ${found.cluster.context})`);
    console.log(`  node ${found.cluster.nodeAddress}, ${found.images.length} images`);
  } else {
    console.log(`  -> npm run local -- up${nameOption(name)}`);
  }
  return found.state === "running" ? 0 : 1;
}

/** Hands everything behind `kubectl` to it, but a leading `--name NAME`. */
async function kubectl(args: readonly string[]): Promise<number> {
  const name = args[0] === "--name" ? args[1] : undefined;
  const cluster = await requireRunning(name);
  const child = spawn(cluster.kubectl, name ? args.slice(2) : args, {
    stdio: "inherit",
    env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
  });
  // kubectl decides what Ctrl-C means; this process only waits for it.
  process.removeAllListeners("SIGINT").on("SIGINT", () => undefined);
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("exit", (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { name: { type: "string" }, purge: { type: "boolean" } },
    });
  } catch (error) {
    throw new LocalError(messageOf(error), "See npm run local -- help");
  }
}

function expect(positionals: readonly string[], names: readonly string[]): void {
  if (positionals.length === names.length) return;
  throw new LocalError(
    names.length > 0 ? `This command takes ${names.join(" ")}.` : `Not understood: ${positionals.join(" ")}`,
    "See npm run local -- help",
  );
}

function nameOption(name: string | undefined): string {
  return name ? ` --name ${name}` : "";
}
