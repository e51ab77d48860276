/** Connects to the cluster of a stack: the one that its environment or the user names, never the current context. */
import { setMaxListeners } from "node:events";
import { existsSync } from "node:fs";

import { builtBinaries } from "../../../local-cluster/binaries";
import { defaultName, describeInstance } from "../../../local-cluster/instance";
import { requireRunning } from "../../../local-cluster/localCluster";
import { LocalError } from "../../../local-cluster/localError";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { baas } from "../../../model/baasCommand";
import { UserError } from "../../../model/userError";
import type { ProgramResult } from "../declared/registration";
import { Api, ApiError } from "./api";
import { Discovery } from "./discovery";
import { kubectlOnPath, KubectlProxy, type KubectlTarget, listContexts } from "./kubectl";

/** A connected cluster. */
export interface Connection {
  api: Api;
  discovery: Discovery;
  context: string;
  /** Set for the local Kubernetes of this clone. */
  local?: LocalCluster;
  /** Must be called at the end. */
  close(): void;
}

/**
 * The context that a program's Kubernetes providers name.
 *
 * @throws {@link UserError} when they name none, or several
 */
export function contextOf(result: Pick<ProgramResult, "registrations" | "stack">): string {
  const different = contextsOf(result);
  if (different.length === 1) return different[0] as string;
  const what = different.length === 0 ? "names no context" : `names several contexts (${different.join(", ")})`;
  throw new UserError(`stack "${result.stack}" ${what}\n  -> Name the cluster: --context NAME`);
}

/** The contexts that a program's Kubernetes providers name, without repetition. */
export function contextsOf({ registrations }: Pick<ProgramResult, "registrations">): string[] {
  const contexts = registrations.flatMap(({ type, inputs }) =>
    type === "pulumi:providers:kubernetes" && typeof inputs.context === "string" ? [inputs.context] : [],
  );
  return [...new Set(contexts)];
}

/**
 * Connects to the cluster behind a context.
 *
 * @param signal - ends all requests over the connection
 * @throws {@link UserError} naming context, server and remedy when it cannot be reached
 */
export async function connect(context: string, signal?: AbortSignal): Promise<Connection> {
  // Every request adds a listener to it.
  if (signal !== undefined) setMaxListeners(0, signal);
  const { local, ...target } = await findCluster(context);
  const proxy = await KubectlProxy.start(target);
  const api = new Api(proxy.socketPath, () => proxy.lastError(), signal);
  const close = (): void => {
    api.close();
    proxy.close();
  };
  try {
    const discovery = await Discovery.load(api);
    return { api, discovery, context, ...(local && { local }), close };
  } catch (error) {
    close();
    throw error instanceof UserError || signal?.aborted ? error : unreachable(target, error);
  }
}

/**
 * How kubectl finds the cluster behind a context. Nothing is sent to it.
 *
 * @throws {@link UserError} when there is no such context
 */
export async function findCluster(context: string): Promise<KubectlTarget & { local?: LocalCluster }> {
  const local = await runningInstance(context);
  if (local instanceof Object && "kubectl" in local) {
    const { kubectl, kubeconfig, server } = local;
    return { kubectl, kubeconfig, context, server, local };
  }
  const built = builtBinaries().kubectl;
  const kubectl = kubectlOnPath() ?? (existsSync(built) ? built : undefined);
  const contexts = kubectl === undefined ? [] : await listContexts(kubectl);
  const found = contexts.find(({ name }) => name === context);
  if (kubectl !== undefined && found !== undefined) return { kubectl, context, server: found.server };
  if (local !== undefined) throw new UserError(local.message);
  if (kubectl === undefined) {
    throw new UserError(`context "${context}" needs kubectl, which is not on the PATH\n  -> Install kubectl.`);
  }
  const known = contexts.length === 0 ? "It holds none." : `It holds: ${contexts.map(({ name }) => name).join(", ")}.`;
  throw new UserError(
    `there is no context "${context}" in your kubeconfig (${process.env.KUBECONFIG || "~/.kube/config"}). ${known}\n` +
      `  -> Correct --context, or "context" in stacks/environments/; for the Kubernetes of this machine: ${baas("local up")}`,
  );
}

/** The local cluster with this context, or the reason why there is none; undefined for a context of another cluster. */
async function runningInstance(context: string): Promise<LocalCluster | LocalError | undefined> {
  const standard = describeInstance().context;
  const name =
    context === standard ? defaultName : context.startsWith(`${standard}-`) ? context.slice(standard.length + 1) : "";
  if (name === "") return undefined;
  try {
    return await requireRunning(name);
  } catch (error) {
    if (error instanceof LocalError) return error;
    throw error;
  }
}

function unreachable({ context, server, kubeconfig }: KubectlTarget, error: unknown): UserError {
  const reason = error instanceof Error ? error.message : String(error);
  const refused = error instanceof ApiError && (error.status === 401 || error.status === 403);
  const problem = refused
    ? `the cluster of context "${context}" (${server}) does not accept your credentials: ${reason}`
    : `the cluster of context "${context}" does not answer at ${server}: ${reason}`;
  const option = kubeconfig === undefined ? "" : ` --kubeconfig ${kubeconfig}`;
  return new UserError(
    `${problem}\n  -> Nothing was changed. Check: kubectl --context ${context}${option} get namespaces`,
  );
}
