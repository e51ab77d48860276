/** Releases of Besu: which one an image has, and which is older. */
import { parseImage } from "./images";

/** The release in the tag of an image, such as `26.8.0`; undefined for other images, and for one whose tag says none. */
export function besuVersionOf(image: string): string | undefined {
  const { repository, tag = "" } = parseImage(image);
  return repository.endsWith("besu") ? /^\d+\.\d+\.\d+/.exec(tag)?.[0] : undefined;
}

/** Whether a release is older than another one. None starts on the volume of a newer one. */
export function isOlderBesu(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(".").map(Number));
  const first = a!.findIndex((part, i) => part !== b![i]);
  return first >= 0 && a![first]! < b![first]!;
}
