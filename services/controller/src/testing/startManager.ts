/** For tests: runs the whole controller in this process. */
import { jsonLog } from "../../../common/log";
import type { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { Manager, type ManagerOptions } from "../manager";
import { Metrics } from "../metrics";
import { clientOf } from "./apiClient";

/**
 * Starts it.
 *
 * @param options - what differs from a controller that says nothing of what it does
 * @returns what stops it, and waits for the end
 */
export function startManager(kubernetes: KubernetesDouble, options: Partial<ManagerOptions> = {}): () => Promise<void> {
  const stopping = new AbortController();
  const usual = { api: clientOf(kubernetes), metrics: new Metrics(), log: jsonLog("error", () => {}) };
  const running = new Manager({ ...usual, ...options }).run(stopping.signal);
  return async () => {
    stopping.abort();
    await running;
  };
}
