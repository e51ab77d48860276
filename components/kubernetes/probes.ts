/** How the kubelet finds out whether a server is well. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";

import { ports } from "../../model/contracts/ports";

/** What a probe asks. */
export type ProbeAction = Pick<k8sInput.core.v1.Probe, "httpGet">;

/** Arguments of {@link serverProbes}. */
export interface ServerProbesArgs {
  /** What tells that the server is well. */
  healthy: ProbeAction;
  /** What tells that it need not be restarted. Default: that it is well. */
  alive?: ProbeAction;
  /** How long it may take to start. */
  startSeconds: number;
  /** Time between two looks at whether it is ready. Default: 5. */
  readinessSeconds?: number;
}

/** What Fabric's nodes, and the gateway like them, say of themselves on their operations port. */
export const operationsHealth = operations("/healthz");

/**
 * That a Fabric node answers at all, whatever it depends on. Not asked with a bare TCP connection to its gRPC port: a node
 * logs each of those as a failed TLS handshake.
 */
export const operationsAnswer = operations("/version");

function operations(path: string): ProbeAction {
  return { httpGet: { path, port: ports.operations, scheme: "HTTPS" } };
}

/** Probes of a server that may take 5 seconds to answer, and is restarted after two minutes of silence. */
export function serverProbes({ healthy, alive = healthy, startSeconds, readinessSeconds = 5 }: ServerProbesArgs) {
  return {
    startupProbe: { ...healthy, periodSeconds: 1, failureThreshold: startSeconds },
    readinessProbe: { ...healthy, periodSeconds: readinessSeconds, timeoutSeconds: 5 },
    livenessProbe: { ...alive, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
  } satisfies Partial<k8sInput.core.v1.Container>;
}
