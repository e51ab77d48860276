/**
 * node-exporter of a platform, which shows what machines have of processors, memory, disks and file systems. What is on a file system can
 * only be seen from the machine's root: so it has a namespace of its own, in which Pod Security lets pods mount that. It mounts it read-only,
 * as a user of whom the machine knows nothing, without capabilities and without the machine's network.
 */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import { nodeExporterName as name, nodeExporterNamespace, nodeExporterUser } from "../../model/contracts/monitoring";
import { nodeExporterPort } from "../../model/contracts/ports";
import type { Cluster } from "../kubernetes/cluster";
import { defaultDeny } from "../kubernetes/defaultDeny";
import { allowFrom, podsIn } from "../kubernetes/networkAccess";
import { networkPolicy } from "../kubernetes/networkPolicy";
import { containerDefaults, privilegedNamespaceLabels } from "../kubernetes/podSecurity";
import { podTemplate, workloadMetadata } from "../kubernetes/podTemplate";
import { serverProbes } from "../kubernetes/probes";
import { serviceAccount } from "../kubernetes/serviceAccount";
import { resourcesOf } from "../kubernetes/sizes";
import type { MonitoringContext } from "./monitoringServer";

/** Arguments of {@link NodeExporter}. */
export interface NodeExporterArgs extends Pick<MonitoringContext, "surroundings" | "size"> {
  cluster: Cluster;
  image: string;
}

/** What it collects; of everything else, kubelets and Fabric show more. */
const collectors = ["cpu", "diskstats", "filefd", "filesystem", "loadavg", "meminfo", "pressure", "vmstat"];

/** Where the machine's root is mounted. */
const root = { name: "machine", mountPath: "/machine", readOnly: true, mountPropagation: "HostToContainer" };

/** What is no file system of the machine's own: those of the kernel, and those of containers. */
const others = "^/(dev|proc|run|sys|var/lib/(containerd|docker|containers|kubelet)/.+)($|/)";

/** node-exporter on every machine, and its namespace. It keeps nothing, so that it needs no Rollout. */
export class NodeExporter extends pulumi.ComponentResource {
  constructor(resourceName: string, args: NodeExporterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:NodeExporter", resourceName, {}, opts);
    const { surroundings, size, image, cluster } = args;
    const { pods: settings } = surroundings;
    const own = labels({ role: name });
    const metadata = { name, namespace: nodeExporterNamespace(`${surroundings.namespace}`), labels: own };
    const namespace = new k8s.core.v1.Namespace(
      metadata.namespace,
      { metadata: { name: metadata.namespace, labels: { ...labels({}), ...privilegedNamespaceLabels } } },
      { parent: this, provider: cluster.retainedProvider, retainOnDelete: true },
    );
    const within = { parent: this, dependsOn: [namespace] };
    const denied = defaultDeny(
      resourceName,
      metadata.namespace,
      { labels: labels({}), security: settings.security },
      within,
    );
    const account = serviceAccount(name, metadata, within);
    const from = podsIn(surroundings.namespace, { role: "prometheus" });
    const policy = networkPolicy(name, metadata, { ingress: [allowFrom(from, nodeExporterPort)], egress: [] }, within);
    new k8s.apps.v1.DaemonSet(
      name,
      {
        metadata: workloadMetadata(metadata, settings, "nodeExporter"),
        spec: {
          selector: { matchLabels: own },
          template: withoutOwnFiles(
            podTemplate({
              ...{ pods: settings, role: "nodeExporter", account: name, labels: own },
              spec: {
                containers: [container(image, size)],
                volumes: [{ name: root.name, hostPath: { path: "/", type: "Directory" } }],
              },
            }),
          ),
        },
      },
      { parent: this, dependsOn: [denied, account, policy] },
    );
    this.registerOutputs({});
  }
}

/** Its user owns nothing: files of pods of the product belong to the user that all others run as. */
function withoutOwnFiles(template: k8sInput.core.v1.PodTemplateSpec): k8sInput.core.v1.PodTemplateSpec {
  const spec = template.spec as k8sInput.core.v1.PodSpec;
  const { runAsNonRoot, seccompProfile } = spec.securityContext as k8sInput.core.v1.PodSecurityContext;
  const nobody = { runAsUser: nodeExporterUser, runAsGroup: nodeExporterUser };
  return { ...template, spec: { ...spec, securityContext: { ...nobody, runAsNonRoot, seccompProfile } } };
}

function container(image: string, size: MonitoringContext["size"]): k8sInput.core.v1.Container {
  const answer = { httpGet: { path: "/", port: nodeExporterPort } };
  return {
    name,
    image,
    args: [
      `--web.listen-address=:${nodeExporterPort}`,
      "--web.disable-exporter-metrics",
      `--path.rootfs=${root.mountPath}`,
      `--path.procfs=${root.mountPath}/proc`,
      `--path.sysfs=${root.mountPath}/sys`,
      "--collector.disable-defaults",
      ...collectors.map((collector) => `--collector.${collector}`),
      "--collector.vmstat.fields=^oom_kill$",
      `--collector.filesystem.mount-points-exclude=${others}`,
    ],
    ports: [{ name: "metrics", containerPort: nodeExporterPort }],
    volumeMounts: [root],
    ...serverProbes({ healthy: answer, alive: answer, startSeconds: 60 }),
    resources: resourcesOf(size, "nodeExporter"),
    ...containerDefaults,
  };
}
