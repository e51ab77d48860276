/** For tests: a volume of a node, of which nothing but what the API server keeps of it is there. */
import { labels } from "../../model/contracts/labels";
import { volumeClaimName } from "../../model/contracts/names";
import type { ControllerPlatform, NetworkNamespace } from "./controllerPlatform";

/** A claim and its volume, as a provisioner leaves them. */
export class ClaimedVolume {
  private constructor(
    private readonly namespace: NetworkNamespace,
    private readonly claim: string,
  ) {}

  /**
   * Applies them, and waits until they are bound.
   *
   * @param node - name of the node
   * @param storageClass - which is made here
   */
  static async of(
    platform: ControllerPlatform,
    namespace: NetworkNamespace,
    node: string,
    storageClass: { name: string; allowVolumeExpansion: boolean },
  ): Promise<ClaimedVolume> {
    const { name: storageClassName, allowVolumeExpansion } = storageClass;
    const [claim, volume] = [volumeClaimName(node), `${namespace.name}-${node}`];
    const shared = { storageClassName, accessModes: ["ReadWriteOnce"] };
    await platform.apply({
      ...{ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: storageClassName } },
      ...{ provisioner: "tests.baas.io/none", allowVolumeExpansion },
    });
    await platform.apply({
      ...{ apiVersion: "v1", kind: "PersistentVolume", metadata: { name: volume } },
      spec: { ...shared, capacity: { storage: "1Gi" }, hostPath: { path: "/nowhere" } },
    });
    await platform.apply({
      ...{ apiVersion: "v1", kind: "PersistentVolumeClaim" },
      metadata: { name: claim, namespace: namespace.name, labels: labels({ network: "dev" }) },
      spec: { ...shared, volumeName: volume, resources: { requests: { storage: "1Gi" } } },
    });
    await namespace.kubectl("wait", "--for=jsonpath={.status.phase}=Bound", "--timeout=60s", `pvc/${claim}`);
    return new ClaimedVolume(namespace, claim);
  }

  /** The size that its claim asks for. */
  async asked(): Promise<string> {
    return (await this.namespace.get("PersistentVolumeClaim", this.claim))!.spec.resources.requests.storage;
  }

  /** Gives it a size, as a storage driver does. */
  async enlarge(storage: string): Promise<void> {
    const patch = JSON.stringify({ status: { capacity: { storage } } });
    await this.namespace.kubectl("patch", "pvc", this.claim, "--subresource=status", "--type=merge", "-p", patch);
  }
}
