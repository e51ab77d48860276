/** Asks the Prometheus of a platform, which nobody in the cluster may reach, by a forwarded port. */
import { once } from "node:events";
import { get } from "node:https";

import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { monitoringPorts } from "../../../model/contracts/ports";
import { forwardPort } from "../kubectl";

/** A target of Prometheus, as its API shows it. */
export interface Target {
  labels: Record<string, string>;
  health: string;
  lastError: string;
}

/** An alert that Prometheus has. */
export interface ActiveAlert {
  state: "pending" | "firing";
  labels: Record<string, string>;
}

/** A sample of an instant query. */
export interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

/** Reads targets, alerts and series. */
export class PrometheusReader {
  /** @param root - of the certificate of Prometheus, in PEM */
  constructor(
    private readonly cluster: LocalCluster,
    private readonly root: () => Promise<string>,
  ) {}

  async targets(): Promise<Target[]> {
    return (await this.ask("/api/v1/targets?state=active")).activeTargets;
  }

  async alerts(): Promise<ActiveAlert[]> {
    return (await this.ask("/api/v1/alerts")).alerts;
  }

  async query(expression: string): Promise<Sample[]> {
    return (await this.ask(`/api/v1/query?query=${encodeURIComponent(expression)}`)).result;
  }

  private async ask(path: string): Promise<any> {
    const forward = await forwardPort(this.cluster, "baas-platform", "pod/prometheus-0", monitoringPorts.prometheus);
    try {
      const call = get(`https://localhost:${forward.port}${path}`, { ca: await this.root() });
      const [response] = await once(call, "response");
      const { status, data, error } = JSON.parse((await response.setEncoding("utf8").toArray()).join(""));
      if (status !== "success") throw new Error(`${path}: ${error}`);
      return data;
    } finally {
      forward.process.kill();
    }
  }
}
