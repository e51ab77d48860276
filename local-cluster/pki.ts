/** The certificates and kubeconfigs of a local cluster: identities and their certificate authorities. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Instance, type Link, nodeAddress, type NodePlace } from "./instance";
import { apiServiceAddress } from "./nodeNetwork";
import { run } from "./run";

/** The certificates that the helper issues; see go/helper/certificates.go. */
export interface CertificatePlan {
  directory: string;
  authorities: string[];
  certificates: {
    name: string;
    authority: string;
    commonName: string;
    organizations: readonly string[];
    dnsNames: readonly string[];
    addresses: readonly string[];
    server: boolean;
    client: boolean;
  }[];
  keys: string[];
}

/**
 * The certificates of a cluster. There is one authority for Kubernetes, one for etcd, so that no Kubernetes certificate gives
 * access to it, and one for aggregated API servers. Each component has only its own identity.
 */
export function planCertificates(
  instance: Instance,
  link: Link,
  nodes: readonly NodePlace[] = [instance],
): CertificatePlan {
  const client = (name: string, commonName: string, organizations: readonly string[] = []) => ({
    ...{ name, authority: "ca", commonName, organizations, dnsNames: [], addresses: [], server: false, client: true },
  });
  const server = (name: string, authority: string, dnsNames: readonly string[], addresses: readonly string[]) => ({
    ...{ name, authority, commonName: name, organizations: [], dnsNames, addresses, server: true, client: false },
  });
  const kubernetes = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
  return {
    directory: pkiDirectory(instance),
    authorities: ["ca", "etcd-ca", "front-proxy-ca"],
    certificates: [
      server(
        "apiserver",
        "ca",
        [...kubernetes, "kubernetes.default.svc.cluster.local", instance.nodeName, "localhost"],
        [link.nodeAddress, apiServiceAddress, "127.0.0.1"],
      ),
      ...nodes.flatMap((node) => {
        const names = kubeletCertificates(node);
        return [
          server(names.server, "ca", [node.nodeName], [nodeAddress(link, node), "127.0.0.1"]),
          client(names.client, `system:node:${node.nodeName}`, ["system:nodes"]),
        ];
      }),
      { ...server("etcd", "etcd-ca", ["localhost"], ["127.0.0.1"]), client: true },
      { ...client("etcd-client", "kube-apiserver"), authority: "etcd-ca" },
      { ...client("front-proxy-client", "front-proxy-client"), authority: "front-proxy-ca" },
      client("admin", "baas-admin", ["system:masters"]),
      client("apiserver-kubelet-client", "baas:apiserver"),
      client("controller-manager", "system:kube-controller-manager"),
      client("scheduler", "system:kube-scheduler"),
      client("kube-proxy", "system:kube-proxy"),
      client("networkpolicy", "baas:networkpolicy"),
      client("volumes", "baas:volumes"),
    ],
    keys: ["service-accounts"],
  };
}

/** The names of a kubelet's own certificates. */
export function kubeletCertificates({ ordinal }: NodePlace): { server: string; client: string } {
  const suffix = ordinal === 1 ? "" : `-${ordinal}`;
  return { server: `kubelet-server${suffix}`, client: `kubelet${suffix}` };
}

/** The certificate files that the processes of a node read at their start; not those of other nodes. */
export function certificateFiles(instance: Instance, node: NodePlace): string[] {
  return readdirSync(pkiDirectory(instance))
    .filter((file) => /\.(crt|pub)$/.test(file))
    .filter((file) => {
      const [, ordinal] = /^kubelet(?:-server)?-(\d+)\.crt$/.exec(file) ?? [];
      return ordinal === undefined || Number(ordinal) === node.ordinal;
    })
    .map((file) => join(pkiDirectory(instance), file));
}

/** The directory of the instance's certificates and keys, which other users cannot read. */
export function pkiDirectory(instance: Instance): string {
  return join(instance.stateDir, "pki");
}

/** Issues what is missing, outdated or about to expire. */
export async function ensureCertificates(
  helper: string,
  instance: Instance,
  link: Link,
  nodes: readonly NodePlace[],
): Promise<void> {
  const directory = pkiDirectory(instance);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const plan = join(directory, "plan.json");
  writeFileSync(plan, JSON.stringify(planCertificates(instance, link, nodes), undefined, 2));
  await run(helper, ["certificates", plan]);
}

/** A kubeconfig with one cluster, one user and one context. */
function kubeconfig(options: {
  server: string;
  context: string;
  authority: string;
  certificate: string;
  key: string;
}): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const { context } = options;
  // JSON is valid YAML.
  return `${JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: context,
          cluster: { server: options.server, "certificate-authority-data": base64(options.authority) },
        },
      ],
      users: [
        {
          name: context,
          user: { "client-certificate-data": base64(options.certificate), "client-key-data": base64(options.key) },
        },
      ],
      contexts: [{ name: context, context: { cluster: context, user: context } }],
      "current-context": context,
    },
    undefined,
    2,
  )}\n`;
}

/** The kubeconfig of one of the plan's client certificates. */
export function kubeconfigFor(instance: Instance, link: Link, certificate: string): string {
  const read = (name: string) => readFileSync(join(pkiDirectory(instance), name), "utf8");
  return kubeconfig({
    server: `https://${link.nodeAddress}:6443`,
    context: instance.context,
    authority: read("ca.crt"),
    certificate: read(`${certificate}.crt`),
    key: read(`${certificate}.key`),
  });
}
