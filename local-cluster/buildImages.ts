/** Brings the images of a stack into the local cluster: builds them from a Dockerfile, or pulls them on the host. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { baas } from "../model/baasCommand";
import { ensurePackages, imagePackages, type Prefix } from "./debianPackages";
import { dockerAnswers, dockerBuild } from "./docker";
import { baseReferences } from "./dockerfile";
import { withFileLock } from "./fileLock";
import { hasImage, importSaved, normalizeReference, withArchive } from "./imageStore";
import { cacheDirectory } from "./instance";
import { LocalError } from "./localError";
import { requireDiskSpace } from "./machineResources";
import { type Progress, progressTo } from "./progress";
import { type CommandError, run, type RunOptions, runOrExplain } from "./run";
import type { LocalCluster } from "./runningCluster";
import { withSubstitute } from "./substitutes";

/** How long a registry may take to answer before it counts as unreachable. */
const pullTimeoutMs = 300_000;

/** What to build. */
export interface ImageBuild {
  /** The build context. */
  context: string;
  /** Its path; `Dockerfile` in the context when left out. */
  dockerfile?: string;
  /** The image's reference. Derive it from the content: an image whose reference the cluster has is not built again. */
  reference: string;
  /** Values for the Dockerfile's ARG lines. */
  buildArgs?: Record<string, string>;
  /** The stage to build; the last one when left out. */
  target?: string;
}

/**
 * Builds an image from an unmodified Dockerfile and imports it, unless the cluster has that reference already. Uses the
 * Docker engine if there is one, else buildah. Base images are pulled; if that fails, local images replace some of them.
 *
 * @throws {@link LocalError} when the build fails, with the end of its output
 */
export async function buildImage(cluster: LocalCluster, build: ImageBuild, progress?: Progress): Promise<void> {
  if (await hasImage(cluster, build.reference)) return;
  const report = progress ?? progressTo(() => undefined);
  const dockerfile = build.dockerfile ?? join(build.context, "Dockerfile");
  if (!existsSync(dockerfile)) throw new LocalError(`There is no ${dockerfile}.`, "Give the path of a Dockerfile.");
  await requireDiskSpace(cacheDirectory(), 2, "building images");
  const reference = normalizeReference(build.reference);
  const options = [
    ...Object.entries(build.buildArgs ?? {}).map(([name, value]) => `--build-arg=${name}=${value}`),
    ...(build.target ? [`--target=${build.target}`] : []),
    `--file=${dockerfile}`,
    `--tag=${reference}`,
    build.context,
  ];
  const onLine = (line: string) => report.waiting(`building ${reference}`, [line.trim()]);
  const work = async () => {
    if (await dockerAnswers()) {
      await dockerBuild(options, onLine);
      report.waiting(`importing ${reference}`);
      await cluster.images.importFromDocker(reference);
    } else {
      const buildah = await openBuildah(report);
      // Of two clusters that need the same image, the second one finds its layers.
      await withFileLock(join(cacheDirectory(), "buildah.lock"), async () => {
        await ensureBases(buildah, baseReferences(readFileSync(dockerfile, "utf8")), report);
        report.waiting(`building ${reference}`);
        await buildah(["bud", "--pull-never", "--layers", "--force-rm", "--format=docker", ...options], { onLine });
      });
      report.waiting(`importing ${reference}`);
      await importSaved(cluster.images, (file) =>
        buildah(["push", "--quiet", reference, `docker-archive:${file}:${reference}`]),
      );
    }
  };
  const explain = ({ output }: CommandError) =>
    new LocalError(`Building ${reference} failed: ${output}`, `The Dockerfile is ${dockerfile}.`);
  await runOrExplain(work, explain).finally(() => report.done());
}

/**
 * Pulls an image on the host and imports it, as the node cannot reach a registry. Does nothing if the cluster has the image.
 *
 * @throws {@link LocalError} when it cannot be pulled, with the registry's message
 */
export async function pullOnHost(cluster: LocalCluster, reference: string, progress?: Progress): Promise<void> {
  if (await hasImage(cluster, reference)) return;
  const full = normalizeReference(reference);
  const report = progress ?? progressTo(() => undefined);
  report.waiting(`pulling ${full}`);
  const work = async () => {
    if (await dockerAnswers()) {
      await run("docker", ["pull", "--quiet", full], { timeout: pullTimeoutMs });
      await cluster.images.importFromDocker(full);
    } else {
      const buildah = await openBuildah(report);
      await pull(buildah, full);
      await importSaved(cluster.images, (file) => buildah(["push", "--quiet", full, `docker-archive:${file}:${full}`]));
    }
  };
  await runOrExplain(work, (error) => whyNotPulled(full, error)).finally(() => report.done());
}

function whyNotPulled(reference: string, { output }: CommandError): LocalError {
  const isFabric = reference.startsWith("docker.io/hyperledger/fabric-");
  return new LocalError(
    `${reference} cannot be pulled on this machine: ${output.split("\n").pop() ?? ""}`,
    isFabric
      ? `Give this machine access to the registry, or load a release archive: ${baas("local load")} ARCHIVE`
      : "Give this machine access to the registry.",
  );
}

type Buildah = (args: readonly string[], options?: RunOptions) => Promise<string>;

/** buildah with a store of its own in the cache, shared by all clones of this user. */
async function openBuildah(progress: Progress): Promise<Buildah> {
  const tools = await ensurePackages(imagePackages, progress);
  const store = join(cacheDirectory(), "buildah");
  mkdirSync(store, { recursive: true });
  const policy = join(store, "policy.json");
  writeFileSync(policy, JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }));
  const registries = join(store, "registries.conf");
  writeFileSync(registries, 'unqualified-search-registries = ["docker.io"]\n');
  const storage = join(store, "storage.conf");
  writeFileSync(storage, '[storage]\ndriver = "overlay"\n');
  const env = {
    ...tools.env,
    BUILDAH_ISOLATION: "chroot",
    STORAGE_DRIVER: "overlay",
    CONTAINERS_REGISTRIES_CONF: registries,
    CONTAINERS_STORAGE_CONF: storage,
  };
  const places = ["--root", join(store, "root"), "--runroot", join(store, "run")];
  // Only commands that pull images have this flag.
  const withPolicy = (command: string) => (/^(bud|pull|push)$/.test(command) ? [`--signature-policy=${policy}`] : []);
  const inside = await privateMounts(tools, store);
  return ([command, ...rest], options) => {
    const [program, ...args] = [
      ...inside,
      tools.program("buildah"),
      ...places,
      command,
      ...withPolicy(command),
      ...rest,
    ];
    return run(program, args, { ...options, env });
  };
}

/**
 * The start of a command line that gives a program its own mount namespace: buildah's mounts end with it in any case. In there
 * the loader also finds the prefix's libraries, because buildah restarts itself without an environment.
 */
async function privateMounts(tools: Prefix, store: string): Promise<string[]> {
  const configuration = join(store, "ld.so.conf");
  const loaderCache = join(store, "ld.so.cache");
  const libraries = tools.env.LD_LIBRARY_PATH.split(":").filter(Boolean);
  writeFileSync(configuration, ["include /etc/ld.so.conf", ...libraries, ""].join("\n"));
  // -X: does not change the links in the directories.
  await run("ldconfig", ["-X", "-C", loaderCache, "-f", configuration], { env: { PATH: tools.env.PATH } });
  const script = 'mount --bind "$0" /etc/ld.so.cache && exec "$@"';
  return ["unshare", "--mount", "--propagation", "private", "--", "sh", "-c", script, loaderCache];
}

async function ensureBases(buildah: Buildah, references: readonly string[], progress: Progress): Promise<void> {
  for (const reference of references) {
    const full = normalizeReference(reference);
    if ((await buildah(["images", "--quiet", full]).catch(() => "")).trim() !== "") continue;
    progress.waiting(`pulling ${full}`);
    try {
      await pull(buildah, full);
    } catch {
      await withSubstitute(full, progress, (image) =>
        withArchive([image], (archive) => buildah(["pull", "--quiet", `docker-archive:${archive}`])),
      );
    }
  }
}

function pull(buildah: Buildah, reference: string): Promise<string> {
  return buildah(["pull", "--quiet", `docker://${reference}`], { timeout: pullTimeoutMs });
}
