/**
 * The add-ons of every local cluster: applies the manifests of DNS and the volume provisioner.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Binaries } from "./binaries";
import type { Instance } from "./instance";
import { dnsAddress } from "./nodeNetwork";
import { addonImages, standInImage } from "./ownImages";
import { run } from "./run";
import type { LocalCluster } from "./runningCluster";

const manifestDirectory = join(__dirname, "addons");

/** The manifests of DNS, volumes and the components' permissions. */
export function addonManifests(instance: Instance, images: { coredns: string; provisioner: string }): string {
  const values: Record<string, string> = {
    COREDNS_IMAGE: images.coredns,
    PROVISIONER_IMAGE: images.provisioner,
    STAND_IN_IMAGE: standInImage,
    DNS_ADDRESS: dnsAddress,
    VOLUMES_PATH: `${instance.nodeDir}/volumes`,
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

/** Applies the addons; changes nothing if they exist already. */
export async function applyAddons(cluster: LocalCluster, instance: Instance, binaries: Binaries): Promise<void> {
  const flags = ["--server-side", "--force-conflicts", "--field-manager=baas-local", "--filename=-"];
  await run(cluster.kubectl, [`--kubeconfig=${cluster.kubeconfig}`, "apply", ...flags], {
    input: addonManifests(instance, addonImages(binaries)),
  });
}
