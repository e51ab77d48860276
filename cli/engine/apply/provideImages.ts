/** Makes the images of a stack available to its pods. */
import { buildImage, pullOnHost } from "../../../local-cluster/buildImages";
import { normalizeReference } from "../../../local-cluster/imageStore";
import { LocalError } from "../../../local-cluster/localError";
import type { Progress } from "../../../local-cluster/progress";
import { tryRun } from "../../../local-cluster/run";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { importSubstitute } from "../../../local-cluster/substitutes";
import { UserError } from "../../../model/userError";
import { keyOf, type KubernetesObject } from "../cluster/kubernetesObject";
import { type BuiltImage, builtImages as imagesOf } from "../declared/builtImages";
import type { ProgramResult } from "../declared/registration";
import type { DesiredObject } from "./desiredObjects";

/** Images that the cluster does not have and cannot get, by {@link keyOf} of the objects that need them. */
export type MissingImages = Map<string, string[]>;

/**
 * Builds the images of the project. For a local cluster without access to a registry it also imports all other images.
 *
 * @param local - the local cluster, if the stack goes there
 * @throws {@link UserError} when an image of the project cannot be built or pushed
 */
export async function provideImages(
  result: ProgramResult,
  desired: readonly DesiredObject[],
  local: LocalCluster | undefined,
  progress: Progress,
): Promise<MissingImages> {
  const builds = imagesOf(result);
  if (local === undefined) {
    await buildWithDocker(builds, progress);
    return new Map();
  }
  for (const { reference, context, dockerfile, args, target } of builds) {
    await buildImage(local, { reference, context, dockerfile, buildArgs: args, ...(target && { target }) }, progress);
  }
  // Its node can reach registries, and the kubelet reports images that it cannot pull.
  if (local.type === "kind") return new Map();
  const needed = new Set(desired.flatMap(({ object }) => podImages(object)));
  const missing = await fetchMissing([...needed], local, progress);
  return new Map(
    desired.flatMap(({ object }) => {
      const own = podImages(object).filter((image) => missing.has(image));
      return own.length === 0 ? [] : [[keyOf(object), own] as const];
    }),
  );
}

/** The missing images, each once. */
export function sortedImages(missing: MissingImages): string[] {
  return [...new Set([...missing.values()].flat())].sort();
}

/** Images of the containers that an object starts, each once. */
export function podImages({ kind, spec }: KubernetesObject): string[] {
  const pod =
    kind === "Pod" ? spec : kind === "CronJob" ? spec?.jobTemplate?.spec?.template?.spec : spec?.template?.spec;
  const containers: { image?: unknown }[] = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
  return [...new Set(containers.flatMap(({ image }) => (typeof image === "string" ? [image] : [])))];
}

/** Pulls missing images once each, or substitutes local images for them. */
async function fetchMissing(needed: readonly string[], local: LocalCluster, progress: Progress): Promise<Set<string>> {
  const present = new Set(await local.images.list());
  const missing = new Set<string>();
  const unreachable = new Set<string>();
  for (const image of needed) {
    const reference = normalizeReference(image);
    const registry = reference.split("/")[0] as string;
    if (present.has(reference)) continue;
    try {
      // One attempt for each registry: if it is out of reach, the next image would take as long to fail.
      if (unreachable.has(registry)) throw new LocalError("", "");
      await pullOnHost(local, image, progress);
    } catch (error) {
      if (!(error instanceof LocalError)) throw error;
      if (!/not found|unknown|unauthorized|denied/i.test(error.problem)) unreachable.add(registry);
      if (!(await importSubstitute(local, image, progress))) missing.add(image);
    }
  }
  return missing;
}

async function buildWithDocker(builds: readonly BuiltImage[], progress: Progress): Promise<void> {
  if (builds.length === 0) return;
  const names = builds.map(({ reference }) => `  ${reference}`).join("\n");
  const version = await tryRun("docker", ["version", "--format", "{{.Server.Version}}"]).catch(() => undefined);
  if (version === undefined || version.code !== 0) {
    const problem = version === undefined ? "docker is not there" : "the docker engine does not answer";
    throw new UserError(
      `${problem}; this stack has images to build:\n${names}\n` +
        `  -> Nothing was changed. Install docker and start its engine, then run this again.`,
    );
  }
  for (const { reference, context, dockerfile, args, target, platform, skipPush } of builds) {
    progress.waiting(`building ${reference}`);
    // The tag is the hash of the image's sources: an existing image of that name is the right one.
    if ((await tryRun("docker", ["image", "inspect", reference])).code !== 0) {
      const options = [
        ...Object.entries(args).map(([name, value]) => `--build-arg=${name}=${value}`),
        ...(target ? [`--target=${target}`] : []),
        ...(platform ? [`--platform=${platform}`] : []),
      ];
      const last = (line: string) => progress.waiting(`building ${reference}`, [line.trim()]);
      await docker(
        ["build", ...options, `--file=${dockerfile}`, `--tag=${reference}`, context],
        `building ${reference}`,
        last,
      );
    }
    if (skipPush) {
      progress.line(
        `${reference} is on this machine and is not pushed: bring it into the cluster ` +
          `(kind load docker-image, minikube image load), or set images.push in the environment`,
      );
    } else {
      progress.waiting(`pushing ${reference}`);
      await docker(["push", "--quiet", reference], `pushing ${reference}`);
    }
  }
  progress.done();
}

async function docker(args: readonly string[], what: string, onLine?: (line: string) => void): Promise<void> {
  const { code, stderr, stdout } = await tryRun("docker", args, { ...(onLine && { onLine }) });
  if (code === 0) return;
  const end = (stderr.trim() || stdout.trim()).split("\n").slice(-8).join("\n");
  throw new UserError(`${what} failed:\n${end}\n  -> Nothing was changed.`);
}
