/**
 * The Pod Security Standard `restricted`: lists the fields of a pod that break its rules.
 *
 * Source of the rules: Kubernetes documentation, "Pod Security Standards" (v1.34).
 */
import { isJudgedAlone } from "./embedded";
import { isRecord, pathOf, walk } from "./nodes";
import { containersOf, type KubernetesObject, type PodTemplate } from "./objects";

/** Minor version of Kubernetes 1 that these rules are from. */
export const minorVersion = 34;

/** A field that breaks the standard. */
export interface Breach {
  /** The field, from the pod's spec: `containers[0].securityContext.privileged`. */
  field: string;
  /** Its value. */
  is: string;
  /** The value that the standard requires. */
  must: string;
}

const volumeTypes = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

const safeSysctls = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
]);

/** Lists the breaches of a pod, in the order of its fields. */
export function breaches(pod: PodTemplate): Breach[] {
  return [
    ...podBreaches(pod.spec),
    ...annotationBreaches(pod),
    ...containersOf(pod).flatMap((placed) => containerBreaches(pod.spec, placed)),
  ];
}

/**
 * Breaches in an object that is no pod, by the fields that a pod would have: a volume, and what a custom resource tells an
 * operator about the pods that it makes.
 */
export function strayBreaches({ body }: KubernetesObject): Breach[] {
  const found: Breach[] = [];
  walk(body, (node): boolean | void => {
    const { key, value, up } = node;
    if (up !== undefined && isJudgedAlone(value)) return false;
    if (/^(hostNetwork|hostPID|hostIPC|privileged|allowPrivilegeEscalation)$/.test(key) && value === true) {
      found.push({ field: pathOf(node), is: "true", must: "false, or left out" });
    } else if (/^(hostPath|local)$/.test(key) && isRecord(value) && typeof value.path === "string") {
      found.push({ field: pathOf(node), is: `folder ${value.path} of the machine`, must: "left out" });
    }
  });
  return found;
}

const armorAnnotation = "container.apparmor.security.beta.kubernetes.io/";

function annotationBreaches({ annotations }: PodTemplate): Breach[] {
  return Object.entries(annotations)
    .filter(([key, value]) => key.startsWith(armorAnnotation) && !/^(runtime\/default|localhost\/.*)$/.test(value))
    .map(([key, value]) => ({ field: `annotation ${key}`, is: value, must: "runtime/default or localhost/*" }));
}

function podBreaches(spec: any): Breach[] {
  const found: Breach[] = [];
  for (const field of ["hostNetwork", "hostPID", "hostIPC"]) {
    if (spec[field] === true) found.push({ field, is: "true", must: "false, or left out" });
  }
  for (const [i, volume] of (spec.volumes ?? []).entries()) {
    const type = Object.keys(volume).find((key) => key !== "name");
    if (type !== undefined && !volumeTypes.includes(type)) {
      found.push({ field: `volumes[${i}]`, is: `a ${type}`, must: `one of ${volumeTypes.join(", ")}` });
    }
  }
  const context = spec.securityContext ?? {};
  for (const [i, { name }] of (context.sysctls ?? []).entries()) {
    if (!safeSysctls.has(name)) {
      found.push({ field: `securityContext.sysctls[${i}]`, is: name, must: "one of the safe ones, or left out" });
    }
  }
  // Admission refuses this even if every container overrides it.
  if (context.runAsNonRoot === false) {
    found.push({ field: "securityContext.runAsNonRoot", is: "false", must: "true, or left out" });
  }
  return [...found, ...sharedBreaches(context, "securityContext")];
}

function containerBreaches(spec: any, { container, path }: { container: any; path: string }): Breach[] {
  const context = container.securityContext ?? {};
  const pod = spec.securityContext ?? {};
  const field = `${path}.securityContext`;
  const found: Breach[] = [];
  const unless = (good: boolean, key: string, is: unknown, must: string): void => {
    if (!good) found.push({ field: `${field}.${key}`, is: shown(is), must });
  };
  unless(context.privileged !== true, "privileged", true, "false, or left out");
  unless(
    context.allowPrivilegeEscalation === false,
    "allowPrivilegeEscalation",
    context.allowPrivilegeEscalation,
    "false",
  );
  const { drop = [], add = [] } = context.capabilities ?? {};
  unless(drop.includes("ALL"), "capabilities.drop", context.capabilities?.drop, "[ALL]");
  unless(
    add.every((each: string) => each === "NET_BIND_SERVICE"),
    "capabilities.add",
    add,
    "left out, or [NET_BIND_SERVICE]",
  );
  // The pod's value applies if the container has none.
  const nonRoot = context.runAsNonRoot ?? pod.runAsNonRoot;
  unless(nonRoot === true, "runAsNonRoot", nonRoot, "true, here or in the pod's securityContext");
  const profile = context.seccompProfile?.type ?? pod.seccompProfile?.type;
  if (profile === undefined) {
    unless(false, "seccompProfile.type", profile, "RuntimeDefault or Localhost, here or in the pod's securityContext");
  }
  for (const [i, { hostPort }] of (container.ports ?? []).entries()) {
    if (hostPort !== undefined && hostPort !== 0) {
      found.push({ field: `${path}.ports[${i}].hostPort`, is: shown(hostPort), must: "left out" });
    }
  }
  return [...found, ...sharedBreaches(context, field), ...hostBreaches(container, path)];
}

/** Hosts in probes and hooks. By naming one, a pod makes the kubelet call any address that its machine reaches. */
function hostBreaches({ startupProbe, readinessProbe, livenessProbe, lifecycle = {} }: any, path: string): Breach[] {
  const { postStart, preStop } = lifecycle;
  const handlers = {
    startupProbe,
    readinessProbe,
    livenessProbe,
    "lifecycle.postStart": postStart,
    "lifecycle.preStop": preStop,
  };
  return Object.entries(handlers).flatMap(([name, handler]) =>
    ["httpGet", "tcpSocket"].flatMap((action) => {
      const host: string = handler?.[action]?.host ?? "";
      return host === "" ? [] : [{ field: `${path}.${name}.${action}.host`, is: shown(host), must: "left out" }];
    }),
  );
}

/** What the security contexts of pods and of containers have in common. */
function sharedBreaches(context: any, field: string): Breach[] {
  const found: Breach[] = [];
  const profile = context.seccompProfile?.type;
  if (profile !== undefined && profile !== "RuntimeDefault" && profile !== "Localhost") {
    found.push({ field: `${field}.seccompProfile.type`, is: profile, must: "RuntimeDefault or Localhost" });
  }
  if (context.runAsUser === 0) found.push({ field: `${field}.runAsUser`, is: "0", must: "another user than root" });
  const armor = context.appArmorProfile?.type;
  if (armor === "Unconfined") {
    found.push({ field: `${field}.appArmorProfile.type`, is: armor, must: "RuntimeDefault or Localhost" });
  }
  const { procMount } = context;
  if (procMount !== undefined && procMount !== "Default") {
    found.push({ field: `${field}.procMount`, is: procMount, must: "Default, or left out" });
  }
  const { type: seLinuxType, user, role } = context.seLinuxOptions ?? {};
  const types = ["container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
  if ((seLinuxType !== undefined && !types.includes(seLinuxType)) || user !== undefined || role !== undefined) {
    found.push({ field: `${field}.seLinuxOptions`, is: shown(context.seLinuxOptions), must: "left out" });
  }
  if (context.windowsOptions?.hostProcess === true) {
    found.push({ field: `${field}.windowsOptions.hostProcess`, is: "true", must: "left out" });
  }
  return found;
}

function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}
