/** Attempts to get past the pack, and what is fair: resources that are declared beside a stack that violates nothing. */
import { parseUrn } from "../../model/pulumi/urn";
import { container, labels, object, podSpec, type Resource, workload } from "./fixtures";

/** Resources that the pack refuses, whatever stands beside them. */
export interface Evasion {
  /** Name of the policy that refuses them. */
  refusedBy: string;
  /** What is tried. */
  title: string;
  resources: Resource[];
}

/** An attempt, with the policy that refuses it. */
export function evasion(refusedBy: string, title: string, ...resources: Resource[]): Evasion {
  return { refusedBy, title, resources };
}

/** The resources of a stack that violates no policy; those with the same URN are replaced. */
export function besideCleanStack(resources: readonly Resource[]): Resource[] {
  const { stack } = parseUrn(resources[0]!.urn);
  const replaced = new Set(resources.map(({ urn }) => urn));
  return [...cleanStack(stack).filter(({ urn }) => !replaced.has(urn)), ...resources];
}

/** The namespace of a stack in the environment `bank`. */
function namespaceOfStack(stack: string): string {
  return stack.startsWith("platform-") ? "baas-platform" : stack;
}

/** A namespace that denies all traffic, and in the network `trade` a Job that keeps every policy. */
function cleanStack(stack: string): Resource[] {
  const name = namespaceOfStack(stack);
  const enforced = { "pod-security.kubernetes.io/enforce": "restricted" };
  const all = [
    object({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: enforced } }, { stack }),
    networkPolicy("default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }, stack),
  ];
  return stack === "trade" ? [...all, tool(), networkPolicy("tool", { podSelector: ofTool })] : all;
}

const ofTool = { matchLabels: labels("client", "org1", "tool") };

/** The Job of a stack that violates no policy, with another pod or other fields. */
export function tool(spec = podSpec(), changes: Record<string, unknown> = {}): Resource {
  return workload("Job", { name: "tool", role: "client", organization: "org1" }, spec, changes);
}

/** The same, with changes of its only container. */
export function toolWith(changes: Record<string, unknown>): Resource {
  return tool(podSpec({}, [container(changes)]));
}

/** The same, with these environment variables. */
export function toolWithEnv(variables: Record<string, string>): Resource {
  return toolWith({ env: Object.entries(variables).map(([name, value]) => ({ name, value })) });
}

/** A NetworkPolicy of the pods of {@link tool}, with these rules. */
export function toolPolicy(rules: Record<string, unknown>): Resource {
  return networkPolicy("tool", { podSelector: ofTool, ...rules });
}

/** A NetworkPolicy of a stack. */
export function networkPolicy(name: string, spec: Record<string, unknown>, stack = "trade"): Resource {
  return inStack(stack, { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name }, spec });
}

/** An object of the network `trade`, in its namespace unless the manifest says another. */
export function own(manifest: Record<string, any>): Resource {
  return inStack("trade", manifest);
}

/** An object of the platform. */
export function ofPlatform(manifest: Record<string, any>): Resource {
  return inStack("platform-bank", manifest);
}

/** An object without a namespace. */
export function clusterWide(manifest: Record<string, any>, stack = "trade"): Resource {
  return object(manifest, { stack });
}

function inStack(stack: string, manifest: Record<string, any>): Resource {
  const metadata = { namespace: namespaceOfStack(stack), ...manifest.metadata };
  return object({ ...manifest, metadata }, { stack });
}

/** A ConfigMap of the network `trade`. */
export function configMap(data: Record<string, string>, metadata: Record<string, unknown> = {}): Resource {
  return own({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", ...metadata }, data });
}

/** A Secret of the network `trade`, with `data` or `stringData`. */
export function secret(fields: Record<string, unknown>, metadata: Record<string, unknown> = {}): Resource {
  return own({ apiVersion: "v1", kind: "Secret", metadata: { name: "a", ...metadata }, ...fields });
}

/** API version of roles and bindings. */
export const rbacVersion = "rbac.authorization.k8s.io/v1";

/** A Role of the network `trade`. */
export function role(...rules: object[]): Resource {
  return own({ apiVersion: rbacVersion, kind: "Role", metadata: { name: "any" }, rules });
}

/** A RoleBinding of the network `trade`. */
export function binding(roleRef: object, ...subjects: object[]): Resource {
  return own({ apiVersion: rbacVersion, kind: "RoleBinding", metadata: { name: "any" }, roleRef, subjects });
}

/** A ServiceAccount, as a subject of a binding. */
export function account(name: string, namespace = "trade"): object {
  return { kind: "ServiceAccount", name, namespace };
}

/** A custom resource of a listed kind, with fields that its schema does not have. */
export function identity(spec: Record<string, unknown>, metadata: Record<string, unknown> = {}): Resource {
  return own({
    apiVersion: "baas.io/v1alpha1",
    kind: "Identity",
    metadata: { name: "extra", labels: labels("client", "org1"), ...metadata },
    spec: { certificateAuthority: "ca-org1", enrolmentId: "extra", type: "client", ...spec },
  });
}

/** A pod that takes the machine over. */
export const hostilePod = {
  hostNetwork: true,
  containers: [{ name: "main", image: "docker.io/library/tool:1", securityContext: { privileged: true } }],
};
