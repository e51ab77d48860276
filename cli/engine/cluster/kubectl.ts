/**
 * Reaches a cluster through kubectl: it reads the kubeconfig, runs credential plugins, and forwards requests through
 * `kubectl proxy`, over a socket that only this user can open. Credentials appear neither on a command line nor in a file.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { tryRun } from "../../../local-cluster/run";
import { UserError } from "../../../model/userError";

/** The arguments with which kubectl finds a cluster. */
export interface KubectlTarget {
  /** Path of kubectl. */
  kubectl: string;
  /** File to use instead of the user's own configuration. */
  kubeconfig?: string;
  context: string;
  /** Address of its API server, for messages. */
  server: string;
}

/** A context of a kubeconfig. */
export interface KubeContext {
  name: string;
  server: string;
}

/** The user's kubectl, if there is one. */
export function kubectlOnPath(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, "kubectl")).find((file) => existsSync(file));
}

/**
 * The contexts of a kubeconfig.
 *
 * @param kubeconfig - file to read instead of the user's own configuration
 * @throws {@link UserError} when it cannot be read
 */
export async function listContexts(kubectl: string, kubeconfig?: string): Promise<KubeContext[]> {
  // Without --raw, kubectl leaves out the credentials.
  const { code, stdout, stderr } = await tryRun(kubectl, ["config", "view", "--output=json"], {
    env: environment(kubeconfig),
  });
  if (code !== 0) throw new UserError(`the kubeconfig cannot be read: ${stderr.trim()}`);
  const { contexts, clusters } = JSON.parse(stdout);
  const servers = new Map<string, string>(
    (clusters ?? []).map((each: any) => [each.name, each.cluster?.server ?? "?"]),
  );
  return (contexts ?? []).map((each: any) => ({
    name: each.name,
    server: servers.get(each.context?.cluster) ?? "an unknown server",
  }));
}

function environment(kubeconfig?: string): Record<string, string> {
  return kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig };
}

// Ends kubectl when this process ends in any way, as the pipe on standard input closes then.
const supervisor = `exec 3<&0
"$@" </dev/null &
child=$!
(cat <&3; kill "$child") >/dev/null 2>&1 &
wait "$child"`;

const startTimeout = 15_000;

/** A running `kubectl proxy`. */
export class KubectlProxy {
  private log = "";

  private constructor(
    /** Where it listens. */
    readonly socketPath: string,
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.log = (this.log + text).slice(-4000)));
  }

  /**
   * Starts it. It does not send requests to the cluster yet.
   *
   * @throws {@link UserError} when kubectl rejects the context
   */
  static async start(target: KubectlTarget): Promise<KubectlProxy> {
    const folder = mkdtempSync(join(tmpdir(), "baas-"));
    const socketPath = join(folder, "api");
    const args = ["proxy", `--unix-socket=${socketPath}`, `--context=${target.context}`, "--keepalive=30s"];
    const child = spawn("/bin/sh", ["-c", supervisor, "sh", target.kubectl, ...args], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...environmentOf(target) },
      // In a process group of its own, so that Ctrl-C does not end it: this process still needs it for cleanup.
      detached: true,
    });
    child.stdin?.on("error", () => undefined);
    const proxy = new KubectlProxy(socketPath, folder, child);
    process.once("exit", proxy.close);
    try {
      await proxy.started(target);
      return proxy;
    } catch (error) {
      proxy.close();
      throw error;
    }
  }

  /** The last error of kubectl about requests that it could not forward. */
  lastError(): string {
    const lines = this.log.trim().split("\n");
    return (lines.at(-1) ?? "")
      .replace(/^[EWI]\d{4} .*?\] /, "")
      .replace(/^"?Error while proxying request:?"? ?(err=)?/, "");
  }

  /** Stops it. */
  readonly close = (): void => {
    process.removeListener("exit", this.close);
    this.child.stdin?.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  };

  private started(target: KubectlTarget): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string) =>
        reject(new UserError(`kubectl does not reach context "${target.context}": ${reason || "it ended at once"}`));
      const timer = setTimeout(() => fail("it does not start"), startTimeout);
      let printed = "";
      this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
        if (!printed.includes("Starting to serve")) return;
        clearTimeout(timer);
        resolve();
      });
      this.child.once("exit", () => {
        clearTimeout(timer);
        // It asks for a user name and a password if it has no other credentials.
        fail(printed.includes("Username") ? "your kubeconfig holds no credentials for it" : this.log.trim());
      });
      this.child.once("error", (error) => fail(error.message));
    });
  }
}

/** What kubectl needs in its environment to reach a cluster. */
export function environmentOf({ kubeconfig, server }: KubectlTarget): Record<string, string> {
  return { ...environment(kubeconfig), ...withoutProxyFor(server) };
}

/** The environment without HTTP proxies: a cluster on this machine is reached directly. */
function withoutProxyFor(server: string): Record<string, string> {
  const host = /^https?:\/\/\[?([^\]/:]+)/.exec(server)?.[1];
  if (host === undefined || !/^(localhost|127\.|10\.213\.)/.test(host)) return {};
  const list = [process.env.NO_PROXY ?? process.env.no_proxy, host].filter((each) => each).join(",");
  return { NO_PROXY: list, no_proxy: list };
}
