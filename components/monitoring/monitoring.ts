/** The monitoring of a platform. */
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import { alertmanagerName } from "../../model/contracts/monitoring";
import type { RolloutNode } from "../../model/customResources/rollout";
import type { MonitoringPlan } from "../../model/platform/planMonitoring";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { alertmanager } from "./alertmanager";
import { grafana } from "./grafana";
import type { RenderFolder } from "./grafanaDashboards";
import { kubeStateMetrics } from "./kubeStateMetrics";
import type { MonitoringContext } from "./monitoringServer";
import { prometheus } from "./prometheus";

/** Arguments of {@link Monitoring}. */
export interface MonitoringArgs extends MonitoringContext {
  plan: MonitoringPlan;
  /** References of the images. */
  images: Record<"prometheus" | "alertmanager" | "grafana" | "kubeStateMetrics", string>;
  /** Name of the environment. */
  environment: string;
  /** How long certificates of nodes live, in seconds. */
  certificateLife: number;
  /** Makes Grafana's dashboards; needed where there is a Grafana. */
  render?: RenderFolder | undefined;
}

/** Prometheus, which reads the metrics of the platform and of all networks, Alertmanagers, which tell people of alerts, and Grafana. */
export class Monitoring extends pulumi.ComponentResource {
  /** Its servers as the platform's Rollout names them. */
  readonly rolled: RolloutNode[];

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:Monitoring", name, {}, opts);
    const { plan, images, surroundings } = args;
    const child = { parent: this };
    this.rolled = [
      ...plan.alertmanagers.map((node) => alertmanager({ ...args, node, image: images.alertmanager }, child)),
      prometheus({ ...args, image: images.prometheus }, child),
      ...(plan.grafana === undefined
        ? []
        : [grafana({ ...args, grafana: plan.grafana, image: images.grafana, render: args.render! }, child)]),
    ];
    if (plan.config.kubeStateMetrics) kubeStateMetrics({ ...args, image: images.kubeStateMetrics }, child);
    const metadata = {
      name: alertmanagerName,
      namespace: surroundings.namespace,
      labels: labels({ role: "alertmanager" }),
    };
    disruptionBudget(alertmanagerName, metadata, plan.alertmanagers.length, child);
    this.registerOutputs({});
  }
}
