/** Finds Prometheus, Alertmanager and their tools for tests, and runs Alertmanagers. */
import { type ChildProcess, spawn } from "node:child_process";

import { ensurePackages, type Prefix } from "../../local-cluster/debianPackages";
import { LocalError } from "../../local-cluster/localError";
import { progressTo } from "../../local-cluster/progress";
import { tryRun } from "../../local-cluster/run";

/** The packages of the distribution; or the reason why there are none. */
export async function findMonitoring(): Promise<Prefix | string> {
  const { code } = await tryRun("apt-get", ["--version"]).catch(() => ({ code: 1 }));
  if (code !== 0) return "Prometheus and Alertmanager are fetched on Debian and Ubuntu only";
  try {
    return await ensurePackages(
      ["prometheus", "prometheus-alertmanager"],
      progressTo(() => undefined),
    );
  } catch (error) {
    if (error instanceof LocalError) return error.problem;
    throw error;
  }
}

/** A process of a test. */
export class TestProcess {
  private readonly exited: Promise<unknown>;

  constructor(private readonly child: ChildProcess) {
    running.add(child);
    this.exited = new Promise((resolve) => child.on("exit", resolve));
    void this.exited.then(() => running.delete(child));
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.child.kill(signal);
    await this.exited;
  }
}

/** Starts a program of the packages. */
export function start({ program, env }: Prefix, name: string, args: readonly string[]): TestProcess {
  return new TestProcess(spawn(program(name), args, { stdio: "ignore", env }));
}

/** Starts an Alertmanager. The distribution's reads its templates below /usr/share, where they are not installed: it has them there alone. */
export function startAlertmanager({ program, file, env }: Prefix, args: readonly string[]): TestProcess {
  const templates = file("/usr/share/prometheus");
  const share = templates.replace(/\/prometheus$/, "");
  const enter = share === "/usr/share" ? 'exec "$@"' : 'mount --bind "$0" /usr/share && exec "$@"';
  const apart = ["--mount", "--propagation", "private", "sh", "-c", enter, share];
  const command = [...apart, program("prometheus-alertmanager"), ...args];
  return new TestProcess(spawn("unshare", command, { stdio: "ignore", env }));
}

// A test that fails leaves nothing running.
const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
