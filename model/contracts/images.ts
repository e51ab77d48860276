/** References of container images. */

/** The parts of a reference, as written: registry and tag may be missing. */
export interface ImageReference {
  /** Registry and path, without tag and digest: `docker.io/hyperledger/fabric-peer`. */
  repository: string;
  tag?: string;
  digest?: string;
}

/** The registry of images that everybody has at docker.io. */
const usualRegistry = "docker.io";

/** Registries of upstream images that are not there, with the paths in them that the product uses. */
export const otherUpstream: readonly string[] = ["registry.k8s.io/kube-state-metrics"];

/**
 * Full reference of an upstream image. A mirror has all of them by their paths; docker.io has not those of {@link otherUpstream}.
 *
 * @param upstream - registry, or mirror
 * @param image - as infra/versions.yaml or an environment names it
 */
export function upstreamReferenceAt(upstream: string, image: string): string {
  const other = otherUpstream.find((each) => image.startsWith(`${each}/`));
  if (other === undefined) return `${upstream}/${image}`;
  return upstream === usualRegistry ? image : `${upstream}/${image.slice(image.indexOf("/") + 1)}`;
}

/** Parses a reference. */
export function parseImage(reference: string): ImageReference {
  const [name = "", digest] = reference.split("@");
  const [, repository = name, tag] = /^(.+?)(?::([^:/]+))?$/.exec(name) ?? [];
  return { repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** A repository with its registry. Without one, Docker and containerd use docker.io. */
export function withRegistry(repository: string): string {
  const [first = ""] = repository.split("/");
  const isHost = /[.:]/.test(first) || first === "localhost";
  if (repository.includes("/") && isHost) return repository.replace(/^index\.docker\.io\//, "docker.io/");
  return repository.includes("/") ? `docker.io/${repository}` : `docker.io/library/${repository}`;
}
