/** What pods of the product have and use: fields of workloads, pods, containers and volumes by name, and whose objects they use. */
import { caNamesOf } from "../../model/contracts/certificateAuthority";
import { debugRelayAddress } from "../../model/contracts/debugging";
import { debugLabel, instanceLabel } from "../../model/contracts/labels";
import {
  authorityOfRoots,
  gatewayName,
  ownerOfSecret,
  type SecretUse,
  volumeClaimName,
} from "../../model/contracts/names";
import { platformIdentityName } from "../../model/contracts/platformCa";
import { quantity } from "../../model/contracts/quantity";
import { isRecord } from "./nodes";
import { containersOf, type KubernetesObject, type PodTemplate, roleOf } from "./objects";
import type { StackFile } from "./stackFile";

/** What a pod has that no pod of the product has. */
export interface Use {
  /** The field without its places in lists, by which an environment can allow it: `volumes.ephemeral`. */
  field?: string;
  /** What is wrong, in words: `containers[0].volumeDevices is no field that the product uses`. */
  what: string;
}

// Those that other policies judge are listed, too: the host's namespaces, privileges, profiles of SELinux and AppArmor.
const listed = {
  Deployment: "replicas selector strategy template minReadySeconds progressDeadlineSeconds revisionHistoryLimit",
  StatefulSet:
    "replicas selector serviceName template volumeClaimTemplates persistentVolumeClaimRetentionPolicy podManagementPolicy " +
    "updateStrategy minReadySeconds revisionHistoryLimit",
  DaemonSet: "selector template updateStrategy minReadySeconds revisionHistoryLimit",
  Job: "backoffLimit podFailurePolicy template ttlSecondsAfterFinished activeDeadlineSeconds suspend",
  pod:
    "serviceAccountName automountServiceAccountToken enableServiceLinks securityContext containers initContainers volumes " +
    "restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds topologySpreadConstraints imagePullSecrets nodeSelector " +
    "tolerations affinity priorityClassName hostNetwork hostPID hostIPC",
  container:
    "name image imagePullPolicy command args workingDir env envFrom ports resources volumeMounts securityContext startupProbe " +
    "readinessProbe livenessProbe lifecycle restartPolicy terminationMessagePath terminationMessagePolicy",
  security:
    "runAsUser runAsGroup runAsNonRoot fsGroup fsGroupChangePolicy seccompProfile appArmorProfile seLinuxOptions procMount " +
    "privileged allowPrivilegeEscalation readOnlyRootFilesystem capabilities",
  resources: "requests limits",
  // A driver's volume is allowed by security-pod-security, csiDrivers.
  volume: "name emptyDir configMap secret projected persistentVolumeClaim csi",
  projected: "serviceAccountToken configMap secret downwardAPI",
  variable: "secretKeyRef configMapKeyRef fieldRef resourceFieldRef",
  claim: "accessModes resources storageClassName volumeMode volumeName",
} as const;

const fields = Object.fromEntries(
  Object.entries(listed).map(([name, keys]) => [name, new Set(keys.split(" "))]),
) as Record<keyof typeof listed, Set<string>>;

/** Fields that hold a value which Kubernetes would take anyway. */
const defaults: Record<string, unknown> = {
  dnsPolicy: "ClusterFirst",
  schedulerName: "default-scheduler",
  parallelism: 1,
  completions: 1,
  hostUsers: false,
  shareProcessNamespace: false,
};

/** Fields that are not listed. */
function unlisted(value: unknown, kind: keyof typeof listed, path: string): Use[] {
  if (!isRecord(value)) return [];
  return Object.keys(value)
    .filter((key) => !fields[kind].has(key))
    .filter((key) => (value[key] ?? undefined) !== undefined && value[key] !== defaults[key])
    .map((key) => {
      const full = path === "" ? key : `${path}.${key}`;
      return { field: full.replace(/\[\d+\]/g, ""), what: `${full} is no field that the product uses` };
    });
}

/** Fields of a workload, its pods and its claims that the product does not use. */
export function unlistedFields(object: KubernetesObject, pod: PodTemplate | undefined, stackFile: StackFile): Use[] {
  const { kind, body } = object;
  const isWorkload = kind === "Deployment" || kind === "StatefulSet" || kind === "DaemonSet" || kind === "Job";
  const own = isWorkload ? unlisted(body.spec, kind, "") : [];
  const claims = kind === "PersistentVolumeClaim" ? [body] : list(body.spec?.volumeClaimTemplates);
  const ofClaims = claims.flatMap((claim, i) => [
    ...unlisted(claim?.spec, "claim", `volumeClaimTemplates[${i}]`),
    // It takes any volume that is there already.
    ...(claim?.spec?.storageClassName === ""
      ? [
          {
            field: "volumeClaimTemplates.storageClassName",
            what: `volumeClaimTemplates[${i}].storageClassName is empty`,
          },
        ]
      : []),
  ]);
  if (pod === undefined) return [...own, ...ofClaims];
  const { spec } = pod;
  return [
    ...own,
    ...ofClaims,
    ...unlisted(withoutRuntimeClass(withoutRelayAliases(pod), object, stackFile), "pod", ""),
    ...unlistedSecurity(spec.securityContext, "securityContext"),
    ...list(spec.volumes).flatMap((volume, i) => unlistedOfVolume(volume, `volumes[${i}]`)),
    ...containersOf(pod).flatMap(({ container, path }) => [
      ...unlisted(container, "container", path),
      ...unlisted(container.resources, "resources", `${path}.resources`),
      ...unlistedSecurity(container.securityContext, `${path}.securityContext`),
      ...list(container.env).flatMap(({ valueFrom }, i) =>
        unlisted(valueFrom, "variable", `${path}.env[${i}].valueFrom`),
      ),
      ...list(container.envFrom).flatMap(({ prefix }, i) =>
        // Nobody sees what the variables are called.
        prefix
          ? [
              {
                field: "containers.envFrom.prefix",
                what: `${path}.envFrom[${i}].prefix is no field that the product uses`,
              },
            ]
          : [],
      ),
    ]),
  ];
}

/** A debug peer takes the relay beside it, on an address of its own loopback, for the chaincode servers. Other aliases stay. */
function withoutRelayAliases({ spec, labels }: PodTemplate): unknown {
  const { hostAliases, ...others } = spec;
  const aliases = list(hostAliases);
  const isRelays = debugLabel in labels && aliases.length > 0 && aliases.every(({ ip }) => ip === debugRelayAddress);
  return isRelays ? others : spec;
}

/** The sessions of studios have the runtime class that the environment names. */
function withoutRuntimeClass(spec: any, object: KubernetesObject, { environment }: StackFile): unknown {
  const { runtimeClassName, ...others } = spec;
  const named = environment?.studio?.runtimeClass;
  const isNamed = named !== undefined && runtimeClassName === named && roleOf(object) === "studio-session";
  return isNamed ? others : spec;
}

function unlistedSecurity(context: any, path: string): Use[] {
  const roots = ["runAsGroup", "fsGroup"]
    .filter((key) => context?.[key] === 0)
    .map((key) => ({ field: `securityContext.${key}`, what: `${path}.${key} is 0, the group of root` }));
  return [...unlisted(context, "security", path), ...roots];
}

/** The most that a volume in memory may hold: it is memory of the machine, and of no container's request. */
const mostInMemory = "64Mi";

function unlistedOfVolume(volume: any, path: string): Use[] {
  const { emptyDir, projected } = volume;
  const found = unlisted(volume, "volume", path);
  if (
    isRecord(emptyDir) &&
    (emptyDir.medium ?? "") !== "" &&
    !(quantity(emptyDir.sizeLimit) <= quantity(mostInMemory))
  ) {
    found.push({
      field: "volumes.emptyDir.medium",
      what: `${path} is memory of the machine, without a sizeLimit of ${mostInMemory} or less`,
    });
  }
  for (const [i, source] of list(projected?.sources).entries()) {
    const where = `${path}.projected.sources[${i}]`;
    found.push(...unlisted(source, "projected", where));
    const { audience, expirationSeconds } = source.serviceAccountToken ?? {};
    if (audience !== undefined) {
      const what = `${where} is a token for "${audience}", which is not the Kubernetes API`;
      found.push({ field: "volumes.projected.sources.serviceAccountToken.audience", what });
    }
    if (expirationSeconds > 86_400) {
      const what = `${where} is a token that is valid for more than a day`;
      found.push({ field: "volumes.projected.sources.serviceAccountToken.expirationSeconds", what });
    }
  }
  return found;
}

/** Accounts, Secrets, ConfigMaps and claims of others that a pod uses, and names of others that it takes. */
export function foreignUses(object: KubernetesObject, pod: PodTemplate, stackFile: StackFile): Use[] {
  const { name, kind } = object;
  const { spec } = pod;
  const found: Use[] = [];
  const instance = pod.labels[instanceLabel];
  if (object.within === undefined && instance !== undefined && instance !== name) {
    found.push({ what: `its pods say by label ${instanceLabel} that they are "${instance}"` });
  }
  if (roleOf(object) === "gateway" && name !== gatewayName) {
    found.push({ what: `its pods have the role gateway, which is for Deployment "${gatewayName}" only` });
  }
  if ((spec.serviceAccountName ?? name) !== name) {
    found.push({ what: `its pods use the account "${spec.serviceAccountName}", which is not their own` });
  }
  if (spec.automountServiceAccountToken === true) {
    found.push({
      what: "every container of its pods gets a token of the Kubernetes API. Leave automountServiceAccountToken false",
    });
  }
  for (const claim of list(spec.volumes).flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
  )) {
    if (kind === "StatefulSet" && claim === volumeClaimName(name)) continue;
    found.push({ what: `its pods use the claim "${claim}", which is not their own` });
  }
  const uses = usesOf(pod);
  for (const secret of new Set(uses.secrets)) {
    if (isForeignSecret(secret, object, stackFile)) {
      found.push({ what: `its pods use the Secret "${secret}", which is not theirs` });
    }
  }
  for (const configMap of new Set(uses.configMaps)) {
    if (authorityOfRoots(configMap) !== undefined || configMap === name) continue;
    if (stackFile.instances.has(configMap)) {
      found.push({ what: `its pods use the ConfigMap "${configMap}", which is not theirs` });
    }
  }
  return found;
}

/** Names of the Secrets and ConfigMaps that a pod mounts or has in variables. */
function usesOf({ spec }: PodTemplate): { secrets: string[]; configMaps: string[] } {
  const volumes = list(spec.volumes);
  const sources = [...volumes, ...volumes.flatMap(({ projected }) => list(projected?.sources))];
  const containers = containersOf({ spec }).map(({ container }) => container);
  const variables = containers.flatMap(({ env }) => list(env).map(({ valueFrom }) => valueFrom ?? {}));
  const imported = containers.flatMap(({ envFrom }) => list(envFrom));
  const named = (references: any[]): string[] => references.flatMap((each) => each?.secretName ?? each?.name ?? []);
  return {
    secrets: named([
      ...sources.map(({ secret }) => secret),
      ...variables.map(({ secretKeyRef }) => secretKeyRef),
      ...imported.map(({ secretRef }) => secretRef),
      ...volumes.map(({ csi }) => csi?.nodePublishSecretRef),
    ]),
    configMaps: named([
      ...sources.map(({ configMap }) => configMap),
      ...variables.map(({ configMapKeyRef }) => configMapKeyRef),
      ...imported.map(({ configMapRef }) => configMapRef),
    ]),
  };
}

const rolesOfSecrets: Partial<Record<SecretUse, readonly string[]>> = {
  registrar: ["certificate-authority"],
  couchdb: ["peer"],
  // For a Prometheus that is no pod of the product.
  "client-certificate": [],
  "link-key": ["studio-gate", "studio-session"],
};

/** Whether a Secret is another's: of a node, an identity or the gateway. Those of other names are nobody's. */
function isForeignSecret(secret: string, object: KubernetesObject, { plan, instances }: StackFile): boolean {
  const { name, kind } = object;
  const role = roleOf(object);
  if (plan !== undefined && secret === plan.gateway?.certificateSecret) return role !== "gateway";
  const owned = ownerOfSecret(secret);
  if (owned === undefined) return secret !== name && instances.has(secret);
  const { owner, use } = owned;
  if (role === "gateway" && use === "enrolment") return owner !== (plan?.gateway?.identity ?? owner);
  if (role === "api" && use === "enrolment" && kind === "StatefulSet" && name === plan?.api?.name) {
    if (plan.api.identities.some((client) => client.name === owner)) return false;
  }
  const identities = [name, ...caNamesOf.platform.map((issuer) => platformIdentityName(name, issuer))];
  // A Job can have the name of a node's StatefulSet.
  const isOwn = identities.includes(owner) && (kind === "StatefulSet" || instances.get(name) !== "StatefulSet");
  return !isOwn || !(rolesOfSecrets[use]?.includes(role ?? "") ?? true);
}

function list(value: unknown): any[] {
  return Array.isArray(value) ? value.filter((each) => isRecord(each)) : [];
}
