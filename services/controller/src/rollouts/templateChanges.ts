/** Finds the nodes whose pods were made from another pod template than their StatefulSets have. */
import { restartingPart } from "../../../../model/contracts/podTemplate";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { unlessMissing } from "../../../common/kubernetes/request";
import { collections, type ControllerRevision } from "../resources";
import type { Node } from "./nodes";

/** Most comparisons that are remembered. */
const mostRemembered = 10_000;

/**
 * Compares pod templates, without what needs no restart. Kubernetes keeps the template of every pod that is there in a
 * ControllerRevision, which never changes; so what two of them have shown is remembered.
 */
export class TemplateChanges {
  private readonly remembered = new Map<string, boolean>();

  constructor(private readonly api: KubernetesApi) {}

  /** Why a node must restart, if its template has changed. */
  async reason({ namespace, pod, revision }: Node): Promise<string | undefined> {
    if (pod?.revision === undefined || revision === undefined || pod.revision === revision) return undefined;
    const key = `${namespace} ${pod.revision} ${revision}`;
    let differs = this.remembered.get(key);
    if (differs === undefined) {
      const [old, now] = await Promise.all([pod.revision, revision].map((name) => this.template(namespace, name)));
      // A template that is gone cannot be compared. A restart is the safe answer.
      differs = old === undefined || old !== now;
      if (this.remembered.size >= mostRemembered) this.remembered.clear();
      this.remembered.set(key, differs);
    }
    return differs ? "its pod template has changed" : undefined;
  }

  private async template(namespace: string, name: string): Promise<string | undefined> {
    const path = `${collections.controllerRevisions(namespace)}/${name}`;
    const found = await unlessMissing(this.api.call<ControllerRevision>("GET", path));
    return found && restartingPart(found.data?.spec?.template);
  }
}
