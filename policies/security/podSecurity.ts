import { withoutMachineRoot } from "../kit/machineRoot";
import { type KubernetesObject, podOf } from "../kit/objects";
import { type Breach, breaches, minorVersion, strayBreaches } from "../kit/podSecurityStandard";
import { objectPolicy, texts } from "../kit/policy";
import type { StackFile } from "../kit/stackFile";

const enforced = "pod-security.kubernetes.io/enforce";

/** Pods follow the Pod Security Standard `restricted`, and namespaces enforce it. */
export const podSecurity = objectPolicy<{ csiDrivers: string[] }>({
  name: "security-pod-security",
  level: "mandatory",
  description: "Every pod keeps the Pod Security Standard restricted, and every namespace enforces it.",
  why:
    "A process that breaks out of its container as root, or with capabilities, owns the machine and the keys of every other " +
    "organization on it. A namespace without the label lets in pods that nobody has reviewed.",
  limits:
    "The node-exporter of a platform with `monitoring.nodeExporter` mounts its machine's root, read-only and as nobody, in a namespace of its " +
    "own, which enforces nothing: this policy holds all else that a stack has there.",
  settings: {
    csiDrivers: {
      ...texts,
      description: "Drivers of volumes that pods may have without a claim: `secrets-store.csi.k8s.io`.",
    },
  },
  allowing: ["csiDrivers"],
  check(object, { settings, stackFile }) {
    const place = stackFile.place(object);
    const file = stackFile.component(object);
    if (object.kind === "Namespace")
      return namespaceBreaches(object, stackFile).map((message) => ({ place, message: `${message} in ${file}` }));
    const own = podOf(object);
    const pod = own && withoutMachineRoot(object, own, stackFile);
    const found =
      pod === undefined ? strayBreaches(object) : [...breaches(pod), ...driverBreaches(pod.spec, settings.csiDrivers)];
    const of = pod === undefined ? "" : " of its pods";
    return found.map(({ field, is, must }) => ({
      place,
      message: `${field}${of} is ${is}; restricted wants it to be ${must}. Change it in ${file}`,
    }));
  },
  // Fills in missing fields. Fields with another value are left for people to decide.
  remediate(object) {
    const pod = podOf(object);
    if (pod === undefined || object.kind === "PodTemplate" || breaches(pod).length === 0) return undefined;
    const container = (each: any) => ({
      ...each,
      securityContext: {
        ...each.securityContext,
        allowPrivilegeEscalation: each.securityContext?.allowPrivilegeEscalation ?? false,
        capabilities: { ...each.securityContext?.capabilities, drop: ["ALL"] },
      },
    });
    const context = pod.spec.securityContext;
    const spec = {
      ...pod.spec,
      securityContext: {
        ...context,
        runAsNonRoot: context?.runAsNonRoot ?? true,
        seccompProfile: context?.seccompProfile ?? { type: "RuntimeDefault" },
      },
      ...Object.fromEntries(
        ["initContainers", "containers"].flatMap((list) =>
          pod.spec[list] === undefined ? [] : [[list, pod.spec[list].map(container)]],
        ),
      ),
    };
    return withPodSpec(object, spec);
  },
});

/** Volumes of drivers that nobody lists: the standard allows every driver, and there are those of the machine's folders. */
function driverBreaches(spec: any, allowed: readonly string[]): Breach[] {
  const must = ["listed in policies.security-pod-security.csiDrivers", ...allowed].join(", ");
  return (spec.volumes ?? []).flatMap(({ csi }: any, i: number) =>
    csi === undefined || allowed.includes(csi.driver)
      ? []
      : [{ field: `volumes[${i}].csi.driver`, is: csi.driver, must }],
  );
}

function namespaceBreaches({ name, labels }: KubernetesObject, { machineNamespace }: StackFile): string[] {
  const { [enforced]: level, [`${enforced}-version`]: version = "latest" } = labels;
  if (level === "privileged" && name === machineNamespace) return [];
  if (level !== "restricted") {
    const is = level === undefined ? "it has no" : `"${level}" is its`;
    return [`${is} label ${enforced}. Set it to "restricted"`];
  }
  // Earlier versions of the standard are weaker: v1.0 requires no seccomp profile. One that no API server knows is a mistake.
  const [, minor] = /^v1\.(\d+)$/.exec(version) ?? [];
  if (version === "latest" || (Number(minor) >= minorVersion && Number(minor) < 100)) return [];
  const message = `"${version}" is its label ${enforced}-version, neither "latest" nor from v1.${minorVersion} on`;
  return [`${message}. Leave it out`];
}

function withPodSpec({ kind, body }: KubernetesObject, spec: unknown): Record<string, unknown> {
  const withTemplate = (owner: any) => ({ ...owner, template: { ...owner.template, spec } });
  if (kind === "Pod") return { ...body, spec };
  if (kind !== "CronJob") return { ...body, spec: withTemplate(body.spec) };
  const { jobTemplate } = body.spec;
  return { ...body, spec: { ...body.spec, jobTemplate: { ...jobTemplate, spec: withTemplate(jobTemplate.spec) } } };
}
