import { clusterScopedKinds } from "../../model/pulumi/kubernetesTypes";
import { isPodOfTemplate } from "../kit/objects";
import { objectPolicy, texts } from "../kit/policy";

/** Objects are in the namespace of their stack. */
export const namespaces = objectPolicy<{ allowed: string[]; clusterWide: string[] }>({
  name: "security-namespaces",
  level: "mandatory",
  description: "Every object is in the namespace of its stack.",
  why:
    "In another network's namespace, a pod mounts that network's Secrets and is let through by its NetworkPolicies; in " +
    "kube-system, it has the rights of Kubernetes itself. Nothing there is deleted with the stack.",
  settings: {
    allowed: {
      ...texts,
      description: "Other namespaces in which a stack may have objects.",
    },
    clusterWide: {
      ...texts,
      description:
        "Kinds of custom resources whose objects are in no namespace: `cert-manager.io/v1 ClusterIssuer`. Kubernetes' own are known.",
    },
  },
  allowing: ["allowed", "clusterWide"],
  check(object, { settings, stackFile }) {
    const { apiVersion, kind, name, namespace, body } = object;
    // It is where the object around it is.
    if (isPodOfTemplate(object)) return [];
    // A chart, which makes objects.
    if (body.metadata === undefined && name === "" && kind !== "Pod") return [];
    const place = stackFile.place(object);
    const allowed = [...stackFile.namespaces, ...settings.allowed];
    const remedy = `Put it into "${stackFile.namespace}"${stackFile.orAllow("security-namespaces", "allowed")}`;
    if (kind === "Namespace") {
      if (allowed.includes(name)) return [];
      const instead = `Declare "${stackFile.namespace}" only${stackFile.orAllow("security-namespaces", "allowed")}`;
      return [{ place, message: `it is not the namespace of the stack. ${instead}` }];
    }
    if (namespace !== undefined) {
      if (allowed.includes(namespace)) return [];
      return [{ place, message: `"${namespace}" is not the namespace of the stack. ${remedy}` }];
    }
    const isClusterWide = clusterScopedKinds.has(kind) || settings.clusterWide.includes(`${apiVersion} ${kind}`);
    if (isClusterWide) return [];
    const message = `it names no namespace, and would be in that of the user's context. Put it into "${stackFile.namespace}"`;
    return [{ place, message }];
  },
});
