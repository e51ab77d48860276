/** The upstream images that a network runs: those of infra/versions.yaml, and what its environment names instead. */
import { parseImage } from "../contracts/images";
import { type Versions, versions } from "../files/versions";
import type { OverriddenImages } from "../stackFile/clusterSchema";
import type { Finding } from "../stackFile/findings";
import type { EnvironmentConfig, NetworkConfig } from "../stackFile/schema";

/** A key of `images` in infra/versions.yaml. */
export type UpstreamImage = keyof Versions["images"];

/**
 * References of all upstream images, without registry. Those of peers and orderers get the tag of the Fabric version, unless
 * they come with a tag or a digest.
 *
 * @param fabric - the network's Fabric version
 */
export function upstreamImages(overrides: OverriddenImages = {}, fabric: string): Record<UpstreamImage, string> {
  const { peer, orderer, ...others } = { ...versions.images, ...given(overrides) };
  const tagged = (image: string): string => {
    const { tag, digest } = parseImage(image);
    return tag === undefined && digest === undefined ? `${image}:${fabric}` : image;
  };
  return { ...others, peer: tagged(peer), orderer: tagged(orderer) };
}

function given(overrides: OverriddenImages): Partial<Record<UpstreamImage, string>> {
  return Object.fromEntries(Object.entries(overrides).filter(([, image]) => image !== undefined));
}

/** Refuses a Fabric version of which the named images are not. A digest alone does not say its version. */
export function checkImages(
  root: string,
  { fabricVersion, environment: name }: NetworkConfig,
  { images }: EnvironmentConfig,
): Finding[] {
  const all = upstreamImages(images.overrides, fabricVersion);
  return (["peer", "orderer"] as const).flatMap((node) => {
    const { tag } = parseImage(all[node]);
    if (tag === undefined || tag === fabricVersion || tag.startsWith(`${fabricVersion}-`)) return [];
    const message =
      `is ${fabricVersion}, but the ${node}s run ${all[node]}: change images.overrides.${node} in ` +
      `stacks/environments/${name}.yaml, or the image in infra/versions.yaml`;
    return [{ path: `${root}.fabricVersion`, message }];
  });
}
