/** References of container images. */

/** The parts of a reference, as written: registry and tag may be missing. */
export interface ImageReference {
  /** Registry and path, without tag and digest: `docker.io/hyperledger/fabric-peer`. */
  repository: string;
  tag?: string;
  digest?: string;
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
