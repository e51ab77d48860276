/** The one pod of the product that sees its machine: node-exporter, in the namespace that a platform has for it. */
import { nodeExporterUser } from "../../model/contracts/monitoring";
import { containersOf, type KubernetesObject, namespaceOf, type PodTemplate, roleOf } from "./objects";
import type { StackFile } from "./stackFile";

/**
 * A pod as policies judge it: without the machine's root, if it may mount that. It may where it writes nothing there, and reads what
 * everybody may read: as a user and a group that own nothing.
 */
export function withoutMachineRoot(object: KubernetesObject, pod: PodTemplate, stackFile: StackFile): PodTemplate {
  if (!isNodeExporter(object, stackFile) || !readsAsNobody(pod)) return pod;
  const isRoot = ({ hostPath }: any): boolean => hostPath?.path === "/";
  const isWritten = ({ name }: any): boolean =>
    containersOf(pod).some(({ container }) =>
      (container.volumeMounts ?? []).some((mount: any) => mount.name === name && mount.readOnly !== true),
    );
  const volumes = (pod.spec.volumes ?? []).map((volume: any) =>
    isRoot(volume) && !isWritten(volume) ? { name: volume.name } : volume,
  );
  return { ...pod, spec: { ...pod.spec, volumes } };
}

function isNodeExporter(object: KubernetesObject, { machineNamespace }: StackFile): boolean {
  return (
    object.kind === "DaemonSet" &&
    object.within === undefined &&
    roleOf(object) === "node-exporter" &&
    namespaceOf(object) === machineNamespace
  );
}

function readsAsNobody(pod: PodTemplate): boolean {
  const { runAsUser, runAsGroup, fsGroup, supplementalGroups = [] } = pod.spec.securityContext ?? {};
  const ofContainers = containersOf(pod).map(({ container }) => container.securityContext ?? {});
  return (
    runAsUser === nodeExporterUser &&
    runAsGroup === nodeExporterUser &&
    fsGroup === undefined &&
    supplementalGroups.length === 0 &&
    ofContainers.every((own) => own.runAsUser === undefined && own.runAsGroup === undefined)
  );
}
