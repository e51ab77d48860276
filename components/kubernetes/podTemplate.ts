/** The template of a workload's pods: what their component asks for, and what environment and stack file add. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";

import { configurationHashAnnotation } from "../../model/contracts/annotations";
import { filesDigest } from "../../model/contracts/loadedFiles";
import { leavingLostNodes } from "../../model/contracts/lostNodes";
import type { PodsPlan } from "../../model/stackFile/mergedPods";
import type { PodRole, PodSettings } from "../../model/stackFile/podSchema";
import type { ObjectMetadata } from "./metadata";
import { podDefaults } from "./podSecurity";
import { spread } from "./spread";

/** Arguments of {@link podTemplate}. */
export interface PodTemplateArgs {
  pods: PodsPlan;
  role: PodRole;
  /** Name of the ServiceAccount. */
  account: string;
  /** Labels of the pods; those of the workload's selector are among them. */
  labels: Record<string, string>;
  annotations?: Record<string, string>;
  /** Labels of the pods that stand in for each other, which are spread. Default: the pod stands alone. */
  spreadOver?: Record<string, string>;
  /** Whether any node can run the pods: they are soon replaced when theirs is lost. */
  canMove?: boolean;
  spec: k8sInput.core.v1.PodSpec;
}

/** Annotations that restart pods when their configuration changes, if they have any. */
export function configurationAnnotations(configuration?: Record<string, string>): Record<string, string> {
  return configuration === undefined ? {} : { [configurationHashAnnotation]: filesDigest(configuration) };
}

/** The pods of a workload. Its own labels and annotations go before those of the files. */
export function podTemplate(args: PodTemplateArgs): k8sInput.core.v1.PodTemplateSpec {
  const { pods, role, account, spreadOver, canMove = false, spec } = args;
  const settings = pods.roles[role];
  const annotations = { ...settings.annotations, ...args.annotations };
  return {
    metadata: {
      labels: { ...settings.labels, ...args.labels },
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      ...podDefaults(account, pods.security),
      ...placement(canMove ? { ...settings, tolerations: leavingLostNodes(settings.tolerations) } : settings),
      ...(spreadOver && { topologySpreadConstraints: spread(spreadOver, settings.topologySpread) }),
      ...spec,
    },
  };
}

/** Metadata of a workload: its own, and the labels and annotations that the files add for its role. No selector reads it. */
export function workloadMetadata(metadata: ObjectMetadata, pods: PodsPlan, role: PodRole): ObjectMetadata {
  const { labels, annotations } = pods.roles[role];
  const all = { ...annotations, ...metadata.annotations };
  return {
    ...metadata,
    labels: { ...labels, ...metadata.labels },
    ...(Object.keys(all).length > 0 && { annotations: all }),
  };
}

function placement({ imagePullSecrets, nodeSelector, tolerations, affinity, priorityClassName }: PodSettings) {
  return {
    ...(imagePullSecrets && { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations }),
    ...(affinity && { affinity }),
    ...(priorityClassName !== undefined && { priorityClassName }),
  } as Partial<k8sInput.core.v1.PodSpec>;
}
