/** A small volume of a pod on the local Kubernetes, which a test fills. */
import { run } from "../../../local-cluster/run";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { nodeProcess } from "../edge/networkNamespaces";
import { applyObjects, kubectl } from "../kubectl";

const name = "small";
const folder = `/run/baas-test-${name}`;
const size = 32;

/** The volume, and the pod that has it. */
export class SmallVolume {
  private constructor(private readonly cluster: LocalCluster) {}

  /**
   * Makes a memory file system the volume of a pod.
   *
   * @param image - what the pod runs, which has Node.js
   */
  static async of(cluster: LocalCluster, namespace: string, image: string): Promise<SmallVolume> {
    const volume = new SmallVolume(cluster);
    await volume.onNode(`mkdir -p ${folder} && mount -t tmpfs -o size=${size}m,mode=777 none ${folder}`);
    const shared = { storageClassName: "", accessModes: ["ReadWriteOnce"] };
    const hostname = { key: "kubernetes.io/hostname", operator: "Exists" };
    const restricted = {
      ...{ allowPrivilegeEscalation: false, runAsNonRoot: true, runAsUser: 1000 },
      ...{ capabilities: { drop: ["ALL"] }, seccompProfile: { type: "RuntimeDefault" } },
    };
    await applyObjects(cluster, [
      {
        ...{ apiVersion: "v1", kind: "PersistentVolume", metadata: { name } },
        spec: {
          ...shared,
          capacity: { storage: `${size}Mi` },
          local: { path: folder },
          nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [hostname] }] } },
        },
      },
      {
        ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name, namespace } },
        spec: { ...shared, volumeName: name, resources: { requests: { storage: `${size}Mi` } } },
      },
      {
        ...{ apiVersion: "v1", kind: "Pod", metadata: { name, namespace } },
        spec: {
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              ...{ name, image, command: ["node", "-e", "setInterval(() => {}, 1e6)"], securityContext: restricted },
              resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "128Mi" } },
              volumeMounts: [{ name, mountPath: "/data" }],
            },
          ],
          volumes: [{ name, persistentVolumeClaim: { claimName: name } }],
        },
      },
    ]);
    await kubectl(cluster, "-n", namespace, "wait", "--for=condition=Ready", `pod/${name}`, "--timeout=120s");
    return volume;
  }

  /** Leaves a tenth of it. */
  fill(): Promise<string> {
    return this.onNode(`head -c ${Math.floor(size * 0.9)}M /dev/zero > ${folder}/ballast`);
  }

  empty(): Promise<string> {
    return this.onNode(`rm ${folder}/ballast`);
  }

  private onNode(script: string): Promise<string> {
    return run("nsenter", [`--target=${nodeProcess(this.cluster)}`, "--mount", "--", "sh", "-c", script]);
  }
}
