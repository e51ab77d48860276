/**
 * Creates local replacements for some upstream images that cannot be pulled, from this machine and its distribution.
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";

import { ensureBaseRoot, pathVariable } from "./baseImages";
import { ensureLayer } from "./cachedLayer";
import { codeServerImage, isCodeServer } from "./codeServerImage";
import { parseOsRelease } from "./debianPackages";
import { goProgramImage, goProgramOf } from "./goProgramImage";
import { importLayers, type LayeredImage, normalizeReference } from "./imageStore";
import { isKafkaSubstitute, kafkaConfiguration, kafkaImage, kafkaVersion } from "./kafkaImage";
import { LocalError } from "./localError";
import type { Progress } from "./progress";
import { run } from "./run";
import type { LocalCluster } from "./runningCluster";

/** A program of the distribution that replaces upstream's image of it. */
interface PackagedProgram {
  /** Its common name. */
  name: string;
  package: string;
  /** The same as in upstream's image. */
  configuration: Record<string, unknown>;
  /** Where upstream's image has the program, below `/bin`, and the name that it has in the package. */
  link?: { name: string; to: string };
}

/** By repository. */
const packagedPrograms: Record<string, PackagedProgram> = {
  "docker.io/library/haproxy": {
    name: "HAProxy",
    package: "haproxy",
    configuration: {
      User: "haproxy",
      WorkingDir: "/var/lib/haproxy",
      Cmd: ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"],
      StopSignal: "SIGUSR1",
    },
  },
  // Prometheus is not among them: the distribution's is built without discovery by Kubernetes.
  "docker.io/prom/alertmanager": {
    name: "Alertmanager",
    package: "prometheus-alertmanager",
    configuration: { User: "nobody", WorkingDir: "/var/lib/prometheus", Entrypoint: ["/bin/alertmanager"] },
    link: { name: "alertmanager", to: "prometheus-alertmanager" },
  },
  "docker.io/prom/node-exporter": {
    name: "node-exporter",
    package: "prometheus-node-exporter",
    configuration: { User: "nobody", Entrypoint: ["/bin/node_exporter"] },
    link: { name: "node_exporter", to: "prometheus-node-exporter" },
  },
};

const ownNodeMajor = Number(process.versions.node.split(".")[0]);

/** The bundle of certificate authorities that this machine trusts, and its path in an image. */
const caBundle = "/etc/ssl/certs/ca-certificates.crt";

const substituteLabels = { "baas.local-substitute": "true" };

/** The Node.js release line that a reference like `node:20-bookworm-slim` names; nothing for any other image. */
export function nodeMajorOf(reference: string): number | undefined {
  const match = /^(?:docker\.io\/)?(?:library\/)?node:(\d+)(?:[.-][\w.-]*)?$/.exec(reference);
  return match ? Number(match[1]) : undefined;
}

/** Repository and tag of an image. One with a digest has a repository that no replacement is for. */
function repositoryAndTag(reference: string): [repository: string, tag: string] {
  const full = normalizeReference(reference);
  const colon = full.lastIndexOf(":");
  return [full.slice(0, colon), full.slice(colon + 1)];
}

/** The package that replaces an image, whatever its tag; undefined for an image with a digest, which has no replacement. */
function packagedProgramOf(reference: string): PackagedProgram | undefined {
  return packagedPrograms[repositoryAndTag(reference)[0]];
}

/** Whether a local image can replace an upstream one that cannot be pulled. */
export function hasSubstitute(reference: string): boolean {
  const isPackaged = packagedProgramOf(reference) !== undefined || nodeMajorOf(reference) === ownNodeMajor;
  const named = repositoryAndTag(reference);
  return isPackaged || isKafkaSubstitute(...named) || isCodeServer(...named) || goProgramOf(...named) !== undefined;
}

/** The upstream version of an installed package, from the text of dpkg's file `status`. */
export function upstreamVersionIn(status: string, packageName: string): string | undefined {
  const paragraph = status.split("\n\n").find((each) => each.startsWith(`Package: ${packageName}\n`));
  return /^Version: (?:\d+:)?([^+\-\s]+)/m.exec(paragraph ?? "")?.[1];
}

/**
 * Imports the replacement of an image that cannot be pulled.
 *
 * @returns whether the cluster has the image now; if not, the progress reports why
 */
export async function importSubstitute(cluster: LocalCluster, reference: string, progress: Progress): Promise<boolean> {
  if (!hasSubstitute(reference)) return false;
  try {
    await withSubstitute(reference, progress, (image) => importLayers(cluster, [image]));
    return true;
  } catch (error) {
    if (!(error instanceof LocalError)) throw error;
    progress.line(error.message);
    return false;
  } finally {
    progress.done();
  }
}

/**
 * Provides a local replacement for an upstream image that cannot be pulled, and reports what it is. `node:N-...` is replaced by
 * the machine's own Node.js on its own distribution, if its release line is N. Some programs are replaced by the distribution's
 * package of any version, Kafka by its jars of the same release line, code-server by its npm package, geth and Prometheus by their Go
 * modules.
 *
 * @param use - receives the image while its files exist
 * @throws {@link LocalError} if there is no replacement for that image, or its creation fails
 */
export async function withSubstitute<T>(
  reference: string,
  progress: Progress,
  use: (image: LayeredImage) => Promise<T>,
): Promise<T> {
  const full = normalizeReference(reference);
  const program = packagedProgramOf(full);
  if (program) return use(await packageImage(full, program, progress));
  const named = repositoryAndTag(full);
  if (isKafkaSubstitute(...named)) {
    announce(progress, full, `Kafka ${kafkaVersion()} from Maven Central`);
    return use({
      ...(await kafkaImage(full, progress)),
      configuration: { ...kafkaConfiguration, Labels: substituteLabels },
    });
  }
  if (isCodeServer(...named)) {
    const [, version] = named;
    announce(progress, full, `code-server ${version} from npm`);
    const image = await codeServerImage(full, version, join(npmDirectory(), "bin/npm-cli.js"), progress);
    return use({ ...image, configuration: { ...image.configuration, Labels: substituteLabels } });
  }
  const built = goProgramOf(...named);
  if (built) {
    announce(progress, full, `${built.name} ${built.tag} from its Go module`);
    const image = await goProgramImage(full, built, progress);
    return use({ ...image, configuration: { ...image.configuration, Labels: substituteLabels } });
  }
  const major = nodeMajorOf(full);
  if (major === ownNodeMajor) return use(await nodeImage(full, progress));
  throw new LocalError(
    `The base image ${full} cannot be pulled on this machine, and there is no local replacement for it.`,
    major === undefined
      ? "Give this machine access to the registry, or load the image into the builder with docker load."
      : `Give this machine access to the registry, or run this with Node.js ${major} (now ${ownNodeMajor}), from which a replacement is made.`,
  );
}

async function packageImage(reference: string, program: PackagedProgram, progress: Progress): Promise<LayeredImage> {
  const base = await ensureBaseRoot(progress, [program.package]);
  const status = await run("tar", ["--extract", "--to-stdout", "--file", base, "./var/lib/dpkg/status"]);
  const { id } = parseOsRelease(readFileSync("/etc/os-release", "utf8"));
  const distribution = id.charAt(0).toUpperCase() + id.slice(1);
  const version = upstreamVersionIn(status, program.package);
  announce(progress, reference, `${distribution}'s ${program.name} ${version}`);
  return {
    reference,
    layers: [base, ...(program.link === undefined ? [] : [await linkLayer(base, program.link)])],
    configuration: { Env: [pathVariable], ...program.configuration, Labels: substituteLabels },
  };
}

/** A layer with a link to a program, kept beside the base. `/bin` is itself a link to `/usr/bin`. */
async function linkLayer(base: string, { name, to }: { name: string; to: string }): Promise<string> {
  const layer = join(dirname(base), `link-${name}-${to}.tar`);
  await ensureLayer(layer, (root) => {
    const bin = join(root, "usr/bin");
    mkdirSync(bin, { recursive: true });
    symlinkSync(to, join(bin, name));
  });
  return layer;
}

/** The image trusts the same certificate authorities as this machine. Its layers are in the cache after the first time. */
async function nodeImage(reference: string, progress: Progress): Promise<LayeredImage> {
  const base = await ensureBaseRoot(progress);
  announce(progress, reference, `this machine's Node.js ${process.versions.node}`);
  const layer = join(dirname(base), `node-${process.version}-${process.arch}-1-${nodeLayerHash()}.tar`);
  await ensureLayer(layer, layOutNode);
  return {
    reference,
    layers: [base, layer],
    configuration: {
      Env: [
        pathVariable,
        `NODE_VERSION=${process.versions.node}`,
        // Without it, npm in a build would not trust this machine's own certificate authorities.
        `NODE_EXTRA_CA_CERTS=${caBundle}`,
        ...registrySettings(process.env),
      ],
      Cmd: ["node"],
      Labels: substituteLabels,
    },
  };
}

/** Of what the layer is made from. */
function nodeLayerHash(): string {
  const hash = createHash("sha256").update(readFileSync(join(npmDirectory(), "package.json")));
  const program = realpathSync(process.execPath);
  const { size, mtimeMs } = statSync(program);
  hash.update([program, size, mtimeMs].join());
  if (existsSync(caBundle)) hash.update(readFileSync(caBundle));
  return hash.digest("hex").slice(0, 12);
}

function announce(progress: Progress, reference: string, standIn: string): void {
  progress.line(`${reference} cannot be pulled: ${standIn} stands in for it`);
  progress.waiting(`making ${reference}`);
}

/** The configured npm registry of this machine, without credentials, which an image must not contain. */
export function registrySettings(env: NodeJS.ProcessEnv): string[] {
  const registry = env.npm_config_registry ?? env.NPM_CONFIG_REGISTRY;
  return registry && !registry.includes("@") ? [`npm_config_registry=${registry}`] : [];
}

/** Node.js, npm and the user `node` (1000), as in upstream's image. After a change, the layer needs another number in its name. */
function layOutNode(root: string): void {
  const bin = join(root, "usr/local/bin");
  const modules = join(root, "usr/local/lib/node_modules");
  mkdirSync(bin, { recursive: true });
  mkdirSync(modules, { recursive: true });
  copyFileSync(realpathSync(process.execPath), join(bin, "node"));
  chmodSync(join(bin, "node"), 0o755);
  cpSync(npmDirectory(), join(modules, "npm"), { recursive: true, dereference: true });
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(bin, "npm"));
  symlinkSync("../lib/node_modules/npm/bin/npx-cli.js", join(bin, "npx"));
  mkdirSync(join(root, "etc/ssl/certs"), { recursive: true });
  if (existsSync(caBundle)) copyFileSync(caBundle, join(root, caBundle));
  writeFileSync(
    join(root, "etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n",
  );
  writeFileSync(join(root, "etc/group"), "root:x:0:\nnogroup:x:65534:\nnode:x:1000:\n");
}

function npmDirectory(): string {
  const prefix = resolve(dirname(process.execPath), "..");
  const candidates = [prefix, dirname(dirname(realpathSync(process.execPath))), "/usr", "/usr/local"];
  const found = candidates
    .flatMap((each) => [join(each, "lib/node_modules/npm"), join(each, "share/nodejs/npm")])
    .find((each) => existsSync(each));
  if (found) return found;
  throw new LocalError(
    "npm is not where this machine's Node.js is.",
    "Install npm, from which the local base image is made.",
  );
}
