/**
 * The add-ons of every local cluster: applies the manifests of DNS, the StorageClass and permissions.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Binaries } from "./binaries";
import { volumeProvisioner } from "./nodeComponents";
import { dnsAddress } from "./nodeNetwork";
import { corednsImage } from "./ownImages";
import { run } from "./run";
import type { LocalCluster } from "./runningCluster";

const manifestDirectory = join(__dirname, "addons");

/** What earlier releases had in the cluster: upstream's volume provisioner, as pods. */
const gone = [
  "namespace/local-path-storage",
  "clusterrole/local-path-provisioner",
  "clusterrolebinding/local-path-provisioner",
];

/**
 * The manifests of DNS, the StorageClass and the components' permissions.
 *
 * @param coredns - CoreDNS' image
 * @param firstNode - name of the node that DNS prefers
 */
export function addonManifests(coredns: string, firstNode: string): string {
  const values: Record<string, string> = {
    COREDNS_IMAGE: coredns,
    DNS_ADDRESS: dnsAddress,
    FIRST_NODE: firstNode,
    VOLUME_PROVISIONER: volumeProvisioner,
  };
  return readdirSync(manifestDirectory)
    .sort()
    .map((file) => readFileSync(join(manifestDirectory, file), "utf8"))
    .join("---\n")
    .replace(/\$\{([A-Z_]+)\}/g, (_, name: string) => {
      if (!(name in values)) throw new Error(`addons name an unknown value \${${name}}`);
      return values[name];
    });
}

/** Applies the addons and removes those of earlier releases; changes nothing if all is so already. */
export async function applyAddons(cluster: LocalCluster, binaries: Binaries): Promise<void> {
  const kubectl = (args: string[], input?: string) =>
    run(cluster.kubectl, [`--kubeconfig=${cluster.kubeconfig}`, ...args], { input });
  const flags = ["--server-side", "--force-conflicts", "--field-manager=baas-local", "--filename=-"];
  await kubectl(["apply", ...flags], addonManifests(corednsImage(binaries), cluster.nodeName));
  const image = "jsonpath={.spec.template.spec.containers[*].image}";
  const former = ["deployment", "local-path-provisioner", "--namespace=local-path-storage"];
  // Not one that the user has installed.
  if (!(await kubectl(["get", ...former, "--ignore-not-found", `--output=${image}`])).startsWith("localhost/baas/"))
    return;
  await kubectl(["delete", "--ignore-not-found", "--wait=false", ...gone]);
}
