/** Which labels and annotations users may give to pods: not those by which baas or Kubernetes work, nor rights that a stack lacks. */
import { group } from "../contracts/apiGroup";
import {
  instanceLabel,
  managedByLabel,
  networkLabel,
  organizationLabel,
  partOfLabel,
  roleLabel,
} from "../contracts/labels";

/** Whose file it is. An environment decides for its cluster; a stack file is written by the team of one network. */
export type FileOwner = "environment" | "stack";

/** Selectors find objects by these, and they never change. */
const ownLabels = [partOfLabel, networkLabel, organizationLabel, roleLabel, instanceLabel, managedByLabel];

const isOwn = (key: string): boolean => ownLabels.includes(key) || key.startsWith(`${group}/`);

/** Prefixes of labels that controllers of Kubernetes write and select by. */
const kubernetesLabels =
  /^((apps|batch|statefulset|pod-security|topology)\.kubernetes\.io\/|kubernetes\.io\/|controller-uid$|job-name$|pod-template-hash$|controller-revision-hash$)/;

/** What is wrong with a label; undefined if nothing. */
export function refusedLabel(owner: FileOwner, key: string): string | undefined {
  if (isOwn(key)) return "is a label of baas itself, which selectors find objects by: choose another key";
  if (kubernetesLabels.test(key)) return "is a label that Kubernetes itself writes: choose another key";
  return beyondStack(owner, key);
}

/** What is wrong with an annotation; undefined if nothing. */
export function refusedAnnotation(owner: FileOwner, key: string, value: string): string | undefined {
  if (isOwn(key) || key.startsWith("pulumi.com/")) return "is an annotation of baas or Pulumi: choose another key";
  if (securityAnnotations.test(key)) {
    return "would change the security of pods, which podSecurity of the environment decides: leave it out";
  }
  if (isWrittenByKubernetes(key)) return "is an annotation that Kubernetes itself writes: choose another key";
  return beyondStack(owner, key) ?? refusedValue(key, value);
}

const securityAnnotations =
  /^((container\.)?(apparmor|seccomp)\.security\.(alpha|beta)\.kubernetes\.io\/|seccomp\.security\.alpha\.)/;

/** Whether kubectl, a controller or a kubelet writes an annotation. */
export function isWrittenByKubernetes(key: string): boolean {
  return /^((kubectl|deployment|deprecated\.daemonset\.template)\.kubernetes\.io\/|kubernetes\.io\/config\.)/.test(key);
}

// With other values the API server (validation of PodSpecificAnnotations), or the network plugin, refuses the pod.
const valueRules: [key: RegExp, isAllowed: (value: string) => boolean, rule: string][] = [
  [
    /^controller\.kubernetes\.io\/pod-deletion-cost$/,
    (value) => /^(0|-?[1-9][0-9]{0,9})$/.test(value) && Number(value) === (Number(value) | 0),
    "must be a whole number of 32 bits, in quotes",
  ],
  [
    /^kubernetes\.io\/(in|e)gress-bandwidth$/,
    (value) => /^[1-9][0-9]{0,5}[kMGT]i?$/.test(value) && !value.includes("ki"),
    'must be a whole number of at most 6 digits with k, M, G or T, such as "10M"',
  ],
];

function refusedValue(key: string, value: string): string | undefined {
  return valueRules.find(([pattern, isAllowed]) => pattern.test(key) && !isAllowed(value))?.[2];
}

/** Of Kubernetes' own keys, those that concern a stack's own pods only. */
const harmlessKubernetes =
  /^(app\.kubernetes\.io\/|kubernetes\.io\/(in|e)gress-bandwidth$|controller\.kubernetes\.io\/pod-deletion-cost$|cluster-autoscaler\.kubernetes\.io\/|descheduler\.alpha\.kubernetes\.io\/)/;

/** Domains of keys by which programs in clusters give pods networks, addresses, identities, devices or containers. */
const entitlingDomains = [
  ...["kubernetes.io", "k8s.io", "cncf.io", "openshift.io"],
  ...["cilium.io", "k8s.ovn.org", "multus.io", "projectcalico.org", "tigera.io", "antrea.io"],
  ...["amazonaws.com", "azure.com", "cloud.google.com", "gke.io", "azure.workload.identity", "spiffe.io"],
  ...["cri-o.io", "gvisor.dev", "katacontainers.io", "nri.io", "nvidia.com", "intel.com"],
  ...[
    "istio.io",
    "linkerd.io",
    "kuma.io",
    "dapr.io",
    "hashicorp.com",
    "external-secrets.io",
    "gatekeeper.sh",
    "kyverno.io",
  ],
];

/** Keys that container runtimes read begin with such a domain the other way round. */
const runtimeKeys =
  /^(io\.kubernetes|io\.cri-o|io\.katacontainers|io\.containerd|dev\.gvisor|run\.oci|aadpodidbinding$)/;

function beyondStack(owner: FileOwner, key: string): string | undefined {
  if (owner === "environment" || harmlessKubernetes.test(key)) return undefined;
  const domain = key.includes("/") ? `.${key.split("/")[0]}` : "";
  if (!entitlingDomains.some((each) => domain.endsWith(`.${each}`)) && !runtimeKeys.test(key)) return undefined;
  return "could give pods rights beyond their stack, such as networks, identities or devices: only `pods` of the environment may have it";
}
