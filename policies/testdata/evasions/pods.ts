/** Attempts by what a pod has and uses, and by labels and annotations that others act on. */
import { clusterWide, configMap, evasion, own, secret, tool, toolWith } from "../../testing/evasion";
import { container, labels, peer, podSpec, workload } from "../../testing/fixtures";

const fields = "security-pod-fields";
const metadata = "security-metadata";

const pod = (spec: Record<string, unknown>) => tool(podSpec(spec));
const mounting = (volume: object) => pod({ volumes: [{ name: "a", ...volume }] });
const referring = (valueFrom: object) => toolWith({ env: [{ name: "A", valueFrom }] });
const restricted = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
const secured = (context: object) => pod({ securityContext: { ...restricted, ...context } });
const claimed = (spec: object) =>
  peer({ volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], ...spec } }] });
const marked = (more: { annotations?: object; labels?: object }) =>
  tool(podSpec(), {
    template: {
      metadata: { labels: { ...labels("client", "org1", "tool"), ...more.labels }, annotations: more.annotations },
      spec: podSpec(),
    },
  });
const namespace = (more: Record<string, unknown>, spec?: object) =>
  clusterWide({
    ...{ apiVersion: "v1", kind: "Namespace", ...(spec && { spec }) },
    metadata: {
      name: "trade",
      ...more,
      labels: { "pod-security.kubernetes.io/enforce": "restricted", ...(more.labels as object) },
    },
  });

/** What belongs to other nodes, identities and accounts of the namespace. */
export const ofOthers = [
  ...["ca-org1-registrar", "peer0-org1-enrolment", "admin-org1-enrolment", "peer0-org1-couchdb"].flatMap((name) => [
    evasion(fields, `the Secret ${name} as a volume`, mounting({ secret: { secretName: name } })),
    evasion(fields, `the Secret ${name} as a variable`, referring({ secretKeyRef: { name, key: "password" } })),
  ]),
  evasion(
    fields,
    "another's Secret as variables",
    toolWith({ envFrom: [{ secretRef: { name: "ca-org1-registrar" } }] }),
  ),
  evasion(
    fields,
    "another's Secret in a projected volume",
    mounting({ projected: { sources: [{ secret: { name: "ca-org1-registrar" } }] } }),
  ),
  evasion(fields, "another's Secret for pulling images", pod({ imagePullSecrets: [{ name: "ca-org1-registrar" }] })),
  evasion(
    fields,
    "the registrar's Secret by a Job of the certificate authority's name",
    workload(
      "Job",
      { name: "ca-org1", role: "client", organization: "org1" },
      podSpec({ volumes: [{ name: "a", secret: { secretName: "ca-org1-registrar" } }] }),
    ),
  ),
  evasion(
    fields,
    "a peer's Secret by a Job of the peer's name",
    workload(
      "Job",
      { name: "peer0-org1", role: "client", organization: "org1" },
      podSpec({ volumes: [{ name: "a", secret: { secretName: "peer0-org1-enrolment" } }] }),
    ),
  ),
  evasion(
    fields,
    "a client's Secret by pods that say that they are the API server's, which acts as no such client",
    workload(
      "StatefulSet",
      { name: "api", role: "api", organization: "org1" },
      podSpec({ volumes: [{ name: "a", secret: { secretName: "app-org1-enrolment" } }] }),
    ),
  ),
  evasion(
    fields,
    "pods that say that they are another's",
    tool(podSpec(), { template: { metadata: { labels: labels("client", "org1", "ca-org1") }, spec: podSpec() } }),
  ),
  evasion(
    fields,
    "pods that say that they are the gateway's",
    workload("Deployment", { name: "any", role: "gateway" }, podSpec(), { replicas: 2 }),
  ),
  evasion(fields, "another's configuration", mounting({ configMap: { name: "peer0-org1" } })),
  evasion(fields, "another's volume", mounting({ persistentVolumeClaim: { claimName: "data-ca-org1-0" } })),
  evasion(fields, "another's account", pod({ serviceAccountName: "ca-org1" })),
  evasion(fields, "a token of the Kubernetes API for all containers", pod({ automountServiceAccountToken: true })),
  evasion(
    fields,
    "a token for a cloud",
    mounting({ projected: { sources: [{ serviceAccountToken: { path: "t", audience: "sts.amazonaws.com" } }] } }),
  ),
  evasion(
    fields,
    "a token for years",
    mounting({ projected: { sources: [{ serviceAccountToken: { path: "t", expirationSeconds: 99999999 } }] } }),
  ),
];

/** Fields that no pod of the product has. */
export const ofFields = [
  ...Object.entries({
    nodeName: "control-plane",
    priorityClassName: "system-node-critical",
    runtimeClassName: "privileged",
    schedulerName: "another",
    hostAliases: [{ ip: "192.0.2.1", hostnames: ["ca-org1.trade.svc"] }],
    dnsPolicy: "None",
    dnsConfig: { nameservers: ["192.0.2.1"] },
    shareProcessNamespace: true,
    hostname: "peer0-org1",
    subdomain: "peer0-org1-headless",
    resourceClaims: [{ name: "g", resourceClaimName: "gpu" }],
    tolerations: [{ operator: "Exists" }],
    nodeSelector: { "node-role.kubernetes.io/control-plane": "" },
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [] } },
    ephemeralContainers: [container({ name: "debug" })],
  }).map(([field, value]) => evasion(fields, `the field ${field}`, pod({ [field]: value }))),
  evasion(
    fields,
    "a volume that is made with the pod, of one that is there already",
    mounting({ ephemeral: { volumeClaimTemplate: { spec: { volumeName: "root-of-machine", storageClassName: "" } } } }),
  ),
  evasion(fields, "a claim on any volume that is there already", claimed({ storageClassName: "" })),
  evasion(
    fields,
    "a copy of another's volume",
    claimed({ dataSourceRef: { kind: "PersistentVolumeClaim", name: "x" } }),
  ),
  evasion(fields, "memory without a limit", mounting({ emptyDir: { medium: "Memory" } })),
  evasion(fields, "memory of the whole machine", mounting({ emptyDir: { medium: "Memory", sizeLimit: "500Gi" } })),
  evasion(fields, "an image as a volume", mounting({ image: { reference: "quay.io/x:1" } })),
  evasion(fields, "the group of root", secured({ runAsGroup: 0 })),
  evasion(fields, "files of the group of root", secured({ fsGroup: 0 })),
  evasion(fields, "more groups", secured({ supplementalGroups: [0] })),
  evasion(fields, "the kernel's settings", secured({ sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "0" }] })),
  evasion(fields, "a user of Windows", secured({ windowsOptions: { runAsUserName: "NT AUTHORITY\\SYSTEM" } })),
  evasion(fields, "a device", toolWith({ volumeDevices: [{ name: "d", devicePath: "/dev/sda" }] })),
  evasion(fields, "devices by claims", toolWith({ resources: { claims: [{ name: "gpu" }] } })),
  evasion(fields, "variables whose names begin elsewhere", toolWith({ envFrom: [{ prefix: "CORE_PEER_TLS_" }] })),
  evasion(fields, "a thousand pods of a Job", tool(podSpec(), { parallelism: 1000, completions: 1000 })),
  evasion(fields, "a Job that another program runs", tool(podSpec(), { managedBy: "example.com/any" })),
];

/** Labels and annotations by which others act. */
export const ofMetadata = [
  ...Object.entries({
    "k8s.v1.cni.cncf.io/networks": "kube-system/host",
    "iam.amazonaws.com/role": "admin",
    "io.kubernetes.cri-o.userns-mode/main": "host",
    "vault.hashicorp.com/agent-inject": "true",
    "sidecar.istio.io/inject": "false",
    "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
    "cni.projectcalico.org/ipAddrs": '["10.0.0.1"]',
  }).map(([key, value]) =>
    evasion(metadata, `the annotation ${key} of pods`, marked({ annotations: { [key]: value } })),
  ),
  evasion(metadata, "rights of a cloud by a label", marked({ labels: { "azure.workload.identity/use": "true" } })),
  evasion(
    metadata,
    "rights of a cloud by a label of an account",
    own({
      ...{ apiVersion: "v1", kind: "ServiceAccount" },
      metadata: { name: "any", labels: { "azure.workload.identity/use": "true" } },
    }),
  ),
  evasion(
    metadata,
    "a Secret that is copied elsewhere",
    secret({}, { annotations: { "reflector.v1.k8s.emberstack.com/reflection-allowed": "true" } }),
  ),
  ...["kube-root-ca.crt", "ca-org1-roots", "trades-genesis"].map((name) =>
    evasion(metadata, `the ConfigMap ${name}, which others make and trust`, configMap({}, { name })),
  ),
  evasion(metadata, "a registrar of one's own", secret({}, { name: "ca-org1-registrar" })),
  evasion(
    "security-rbac",
    "an account that hands its token to all pods",
    own({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "any" }, automountServiceAccountToken: true }),
  ),
  evasion(metadata, "another network's label", configMap({}, { labels: { "baas.io/network": "loans" } })),
  evasion(metadata, "a finalizer", configMap({}, { finalizers: ["example.com/never"] })),
  evasion(metadata, "an owner", configMap({}, { ownerReferences: [{ kind: "Namespace", name: "loans", uid: "1" }] })),
  evasion(
    metadata,
    "an object that is taken over",
    configMap({}, { annotations: { "pulumi.com/patchForce": "true" } }),
  ),
  evasion(
    "security-pod-security",
    "a standard of the future",
    namespace({
      labels: { "pod-security.kubernetes.io/enforce-version": "v1.999" },
    }),
  ),
  evasion(metadata, "a namespace of another network", namespace({ labels: { "baas.io/network": "loans" } })),
  evasion(metadata, "a namespace of another name", namespace({ labels: { "kubernetes.io/metadata.name": "loans" } })),
  evasion(
    metadata,
    "a namespace that is not guarded",
    namespace({ labels: { "admission.gatekeeper.sh/ignore": "true" } }),
  ),
  evasion(
    metadata,
    "users of root in a namespace",
    namespace({ annotations: { "openshift.io/sa.scc.uid-range": "0/10000" } }),
  ),
  evasion(metadata, "a namespace that stays", namespace({ finalizers: ["example.com/never"] })),
  evasion(metadata, "a namespace that stays, by its spec", namespace({}, { finalizers: ["example.com/never"] })),
];
