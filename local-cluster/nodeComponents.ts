/** Command lines and configuration files of the node's long-running processes, from etcd to the kubelet. */
import { join } from "node:path";

import type { Binaries } from "./binaries";
import type { Prefix } from "./debianPackages";
import { type Instance, type Link, nodeAddress, type NodePlace, zoneOf } from "./instance";
import { dnsAddress, nodePodRange, podBridge, podRange, serviceRange } from "./nodeNetwork";
import { kubeletCertificates } from "./pki";

/** The inputs of a component's command line. */
export interface NodeContext {
  instance: Instance;
  /** The node that the component runs on. */
  node: NodePlace;
  link: Link;
  binaries: Binaries;
  packages: Prefix;
}

/** One of the node's long-running processes. */
export interface Component {
  argv: string[];
  /** Configuration files by absolute path. */
  files: Record<string, string>;
}

/** The pause image, which keeps a pod's namespaces open; it is created here, never pulled. */
export const pauseImage = "localhost/baas/pause:1";

/**
 * What the StorageClass names. It is the name of upstream's provisioner, which stood here before: a StorageClass cannot
 * change it, and the volumes that there are carry it.
 */
export const volumeProvisioner = "rancher.io/local-path";

/** The path of a component's configuration file. */
export function configFile(node: NodePlace, name: string): string {
  return join(node.filesDir, "config", name);
}

/** The socket of a node's containerd. */
export function containerdSocket(node: NodePlace): string {
  return `${node.runtimeDir}/containerd.sock`;
}

/** What runs on the first node only. */
const controlPlane = {
  etcd,
  "kube-apiserver": apiserver,
  "kube-controller-manager": controllerManager,
  "kube-scheduler": scheduler,
};

/** What runs on every node. */
const everywhere = { containerd, kubelet, "kube-proxy": kubeProxy, networkpolicy: networkPolicy, volumes };

/** The name of a component. */
export type ComponentName = keyof typeof controlPlane | keyof typeof everywhere;

/** The names of all components of a node. */
export function componentNames({ ordinal }: Pick<NodePlace, "ordinal">): ComponentName[] {
  const all = { ...(ordinal === 1 && controlPlane), ...everywhere };
  return Object.keys(all) as ComponentName[];
}

/** A component of the context's node. */
export function describeComponent(name: ComponentName, context: NodeContext): Component {
  return { ...controlPlane, ...everywhere }[name](context);
}

function pki(context: NodeContext, name: string): string {
  return join(context.instance.stateDir, "pki", name);
}

/** A program with flags of the form --flag=value. */
function withFlags(
  program: string,
  flags: Record<string, string | number | boolean>,
  files: Record<string, string> = {},
): Component {
  return { argv: [program, ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)], files };
}

function etcd(context: NodeContext): Component {
  return withFlags(context.binaries.etcd, {
    name: "local",
    "data-dir": `${context.instance.nodeDir}/etcd`,
    "listen-client-urls": "https://127.0.0.1:2379",
    "advertise-client-urls": "https://127.0.0.1:2379",
    // A single member has no peers, but etcd requires the port.
    "listen-peer-urls": "http://127.0.0.1:2380",
    "initial-advertise-peer-urls": "http://127.0.0.1:2380",
    "initial-cluster": "local=http://127.0.0.1:2380",
    "cert-file": pki(context, "etcd.crt"),
    "key-file": pki(context, "etcd.key"),
    "trusted-ca-file": pki(context, "etcd-ca.crt"),
    "client-cert-auth": true,
    "auto-compaction-retention": "1h",
    "log-level": "warn",
  });
}

function apiserver(context: NodeContext): Component {
  const { link } = context;
  return withFlags(context.binaries["kube-apiserver"], {
    "advertise-address": link.nodeAddress,
    "secure-port": 6443,
    "etcd-servers": "https://127.0.0.1:2379",
    "etcd-cafile": pki(context, "etcd-ca.crt"),
    "etcd-certfile": pki(context, "etcd-client.crt"),
    "etcd-keyfile": pki(context, "etcd-client.key"),
    "tls-cert-file": pki(context, "apiserver.crt"),
    "tls-private-key-file": pki(context, "apiserver.key"),
    "client-ca-file": pki(context, "ca.crt"),
    "kubelet-certificate-authority": pki(context, "ca.crt"),
    "kubelet-client-certificate": pki(context, "apiserver-kubelet-client.crt"),
    "kubelet-client-key": pki(context, "apiserver-kubelet-client.key"),
    // Otherwise `kubectl logs` and `exec` try to resolve the node's name.
    "kubelet-preferred-address-types": "InternalIP",
    "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
    "service-account-key-file": pki(context, "service-accounts.pub"),
    "service-account-signing-key-file": pki(context, "service-accounts.key"),
    "service-cluster-ip-range": serviceRange,
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction",
    "requestheader-client-ca-file": pki(context, "front-proxy-ca.crt"),
    "requestheader-allowed-names": "front-proxy-client",
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-username-headers": "X-Remote-User",
    "proxy-client-cert-file": pki(context, "front-proxy-client.crt"),
    "proxy-client-key-file": pki(context, "front-proxy-client.key"),
    "enable-aggregator-routing": true,
    profiling: false,
  });
}

function controllerManager(context: NodeContext): Component {
  return withFlags(context.binaries["kube-controller-manager"], {
    ...clientFlags(configFile(context.instance, "controller-manager.kubeconfig")),
    "allocate-node-cidrs": true,
    "cluster-cidr": podRange,
    "service-cluster-ip-range": serviceRange,
    "root-ca-file": pki(context, "ca.crt"),
    "cluster-signing-cert-file": pki(context, "ca.crt"),
    "cluster-signing-key-file": pki(context, "ca.key"),
    "service-account-private-key-file": pki(context, "service-accounts.key"),
    "use-service-account-credentials": true,
  });
}

function scheduler(context: NodeContext): Component {
  return withFlags(
    context.binaries["kube-scheduler"],
    clientFlags(configFile(context.instance, "scheduler.kubeconfig")),
  );
}

/** Flags of a component that works with the API server. */
function clientFlags(kubeconfig: string) {
  return {
    kubeconfig,
    "authentication-kubeconfig": kubeconfig,
    "authorization-kubeconfig": kubeconfig,
    "bind-address": "127.0.0.1",
    // There is only one instance, so it needs no leader election.
    "leader-elect": false,
    profiling: false,
  };
}

function containerd(context: NodeContext): Component {
  const { node, packages } = context;
  const config = configFile(node, "containerd.toml");
  const networks = configFile(node, "cni");
  return withFlags(
    packages.program("containerd"),
    { config, "log-level": "warn" },
    {
      [config]: containerdConfiguration(context, networks),
      [join(networks, "10-pods.conflist")]: JSON.stringify(podNetwork(node), undefined, 2),
    },
  );
}

/** The text of containerd.toml; `networks` is the directory of the pod networks. */
function containerdConfiguration({ node, packages }: NodeContext, networks: string): string {
  return `version = 2
root = "${node.nodeDir}/containerd"
state = "${node.runtimeDir}/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp"]

[grpc]
  address = "${containerdSocket(node)}"

[plugins."io.containerd.internal.v1.opt"]
  path = "${node.nodeDir}/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Without CAP_SYS_RESOURCE no pod could get a lower OOM score than containerd itself. With it, this setting is harmless.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true

[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  BinaryName = "${packages.program("runc")}"
  SystemdCgroup = false

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "${packages.file("/usr/lib/cni")}"
  conf_dir = "${networks}"
`;
}

/** The pod network, as a CNI network configuration list. */
function podNetwork(node: NodePlace): object {
  return {
    cniVersion: "0.4.0",
    name: "pods",
    plugins: [
      {
        type: "bridge",
        bridge: podBridge,
        isGateway: true,
        hairpinMode: true,
        // No traffic leaves the cluster, and network policies must see the original source address.
        ipMasq: false,
        ipam: {
          type: "host-local",
          dataDir: `${node.runtimeDir}/addresses`,
          ranges: [[{ subnet: nodePodRange(node) }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

function kubelet(context: NodeContext): Component {
  const { node } = context;
  const address = nodeAddress(context.link, node);
  const certificate = kubeletCertificates(node).server;
  const config = configFile(node, "kubelet.json");
  const resolver = configFile(node, "resolv.conf");
  const configuration = {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pki(context, "ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: pki(context, `${certificate}.crt`),
    tlsPrivateKeyFile: pki(context, `${certificate}.key`),
    clusterDomain: "cluster.local",
    clusterDNS: [dnsAddress],
    resolvConf: resolver,
    containerRuntimeEndpoint: `unix://${containerdSocket(node)}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${node.cgroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    // Ten networks of Fabric have more than the default of 110. The node's range has 254 addresses.
    maxPods: 200,
    enforceNodeAllocatable: [],
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    // Images are imported, not pulled: garbage collection must not remove them.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    healthzBindAddress: "127.0.0.1",
    shutdownGracePeriod: "0s",
    volumePluginDir: `${node.nodeDir}/kubelet/volumeplugins`,
    podLogsDir: `${node.nodeDir}/logs`,
  };
  return withFlags(
    context.binaries.kubelet,
    {
      config,
      kubeconfig: configFile(node, "kubelet.kubeconfig"),
      "root-dir": `${node.nodeDir}/kubelet`,
      "hostname-override": node.nodeName,
      "node-labels": `topology.kubernetes.io/zone=${zoneOf(node)}`,
      "node-ip": address,
    },
    {
      [config]: JSON.stringify(configuration, undefined, 2),
      // The node cannot reach the machine's own name servers.
      [resolver]: "# no name servers outside the cluster\n",
    },
  );
}

function kubeProxy(context: NodeContext): Component {
  const { node } = context;
  const config = configFile(node, "kube-proxy.json");
  const configuration = {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: configFile(node, "kube-proxy.kubeconfig") },
    clusterCIDR: podRange,
    hostnameOverride: node.nodeName,
    mode: "iptables",
    // The size of the connection table is a setting of the whole machine.
    conntrack: { maxPerCore: 0 },
    iptables: { minSyncPeriod: "0s" },
    bindAddress: "0.0.0.0",
    metricsBindAddress: "127.0.0.1:10249",
    healthzBindAddress: "127.0.0.1:10256",
  };
  return withFlags(
    context.binaries["kube-proxy"],
    { config },
    { [config]: JSON.stringify(configuration, undefined, 2) },
  );
}

function networkPolicy(context: NodeContext): Component {
  return withFlags(context.binaries.networkpolicy, {
    kubeconfig: configFile(context.node, "networkpolicy.kubeconfig"),
    "hostname-override": context.node.nodeName,
    "service-cluster-ip-range": serviceRange,
  });
}

function volumes(context: NodeContext): Component {
  return withFlags(context.binaries.volumes, {
    kubeconfig: configFile(context.node, "volumes.kubeconfig"),
    provisioner: volumeProvisioner,
    directory: `${context.node.nodeDir}/volumes`,
    node: context.node.nodeName,
  });
}

/** The clients on a node that get a kubeconfig, each with the name of its certificate. */
export function kubeconfigUsers(node: NodePlace): { name: string; certificate: string }[] {
  const shared = ["kube-proxy", "networkpolicy", "volumes"];
  const users = node.ordinal === 1 ? ["controller-manager", "scheduler", ...shared] : shared;
  return [
    { name: "kubelet", certificate: kubeletCertificates(node).client },
    ...users.map((name) => ({ name, certificate: name })),
  ];
}
