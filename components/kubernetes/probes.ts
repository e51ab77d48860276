/** How the kubelet finds out whether a server is well. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";

import { ports } from "../../model/contracts/ports";

/** The request of a probe. */
export type ProbeAction = Pick<k8sInput.core.v1.Probe, "httpGet" | "tcpSocket">;

/** Arguments of {@link serverProbes}. */
export interface ServerProbesArgs {
  /** Succeeds while the server is healthy. */
  healthy: ProbeAction;
  /** Fails only when the server must be restarted: it asks for less than `healthy`, and not for what a restart would not bring back. */
  alive: ProbeAction;
  /** How long it may take to start. */
  startSeconds: number;
  /** Interval of the readiness probe, in seconds. Default: 5. */
  readinessSeconds?: number;
}

/** The health check on the operations port of Fabric's nodes, and of the gateway. */
export const operationsHealth = operations("/healthz");

/**
 * Checks that a Fabric node answers at all, even if what it depends on fails. It is no bare TCP connection to the gRPC port, because
 * nodes log those as failed TLS handshakes.
 */
export const operationsAnswer = operations("/version");

/** Checks that a server of this project answers at all: a gateway without room for another client, an API server without its database. */
export const operationsAlive = operations("/livez");

function operations(path: string): ProbeAction {
  return { httpGet: { path, port: ports.operations, scheme: "HTTPS" } };
}

/** Probes of a server that may take 5 seconds to answer, and is restarted after two minutes of silence. */
export function serverProbes({ healthy, alive, startSeconds, readinessSeconds = 5 }: ServerProbesArgs) {
  return {
    startupProbe: { ...healthy, periodSeconds: 1, failureThreshold: startSeconds },
    readinessProbe: { ...healthy, periodSeconds: readinessSeconds, timeoutSeconds: 5 },
    livenessProbe: { ...alive, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
  } satisfies Partial<k8sInput.core.v1.Container>;
}
