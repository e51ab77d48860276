/**
 * Creates an image of Kafka and ZooKeeper for machines without access to a registry: the jars of Maven Central on the
 * distribution's Java, in the tree of upstream's image. The folder kafka holds the list of jars and the scripts.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

import { ensureBaseRoot, pathVariable } from "./baseImages";
import { makeOnce } from "./fileLock";
import type { LayeredImage } from "./imageStore";
import { LocalError, messageOf } from "./localError";
import { requireDiskSpace } from "./machineResources";
import type { Progress } from "./progress";
import { CommandError, run, tryRun } from "./run";
import { withTemporaryDirectory } from "./temporaryDirectory";

const sources = join(__dirname, "kafka");
const javaPackage = "default-jre-headless";

/** The version of Kafka that the list of jars is for. */
export function kafkaVersion(): string {
  return /<kafka\.version>(.+?)<\/kafka\.version>/.exec(readFileSync(join(sources, "pom.xml"), "utf8"))![1];
}

/** Whether a repository's tag names the release line that the local image is of. */
export function isKafkaSubstitute(repository: string, tag: string): boolean {
  const [major, minor] = kafkaVersion().split(".");
  return repository === "docker.io/apache/kafka" && `${tag}.`.startsWith(`${major}.${minor}.`);
}

/**
 * The image: user `appuser` (1000), `/opt/kafka` with `bin`, `config` and `libs`, and the archives of classes. Its layers are in
 * the cache after the first time.
 *
 * @throws {@link LocalError} when Maven is missing, a jar is another one than the list says, or the servers do not start
 */
export async function kafkaImage(reference: string, progress: Progress): Promise<Omit<LayeredImage, "configuration">> {
  const base = await ensureBaseRoot(progress, [javaPackage]);
  const layer = join(dirname(base), `kafka-${process.arch}-${sourcesHash(base)}.tar`);
  await makeOnce(
    `${layer}.lock`,
    () => existsSync(layer),
    async () => {
      await requireDiskSpace(dirname(base), 2, "the image of Kafka");
      await withTemporaryDirectory(dirname(base), (work) => createLayer(work, base, layer, progress));
    },
  );
  return { reference, layers: [base, layer] };
}

/** How it runs, as upstream's image says. */
export const kafkaConfiguration = {
  Env: [pathVariable],
  User: "appuser",
  ExposedPorts: { "9092/tcp": {} },
};

async function createLayer(work: string, base: string, layer: string, progress: Progress): Promise<void> {
  const root = join(work, "root");
  const kafka = join(root, "opt/kafka");
  mkdirSync(root);
  progress.waiting("fetching the jars of Kafka from Maven Central (56 MB, once per machine)");
  await fetchJars(join(work, "libs"));
  progress.waiting("making the archives of Kafka's classes");
  await run("tar", ["--extract", "--file", base, "--directory", root]);
  cpSync(join(sources, "opt"), join(root, "opt"), { recursive: true });
  renameSync(join(work, "libs"), join(kafka, "libs"));
  writeUser(root);
  const stable = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX"];
  // Java compares the times of jars with those in its archives: they must be the image's already when it makes them.
  await run("find", [kafka, "-exec", "touch", "--date=@0", "{}", "+"]);
  await archiveClasses(root);
  const unfinished = join(work, "layer.tar");
  await run("tar", ["--create", ...stable, "--file", unfinished, "--directory", root, "opt/kafka", ...userFiles]);
  renameSync(unfinished, layer);
}

/**
 * Fetches the jars with Maven, which keeps them in its own repository, and compares them with the list.
 *
 * @param folder - to create, with the jars
 */
async function fetchJars(folder: string): Promise<void> {
  const goals = ["--batch-mode", "--quiet", "--file", join(sources, "pom.xml"), "dependency:copy-dependencies"];
  try {
    await run("mvn", [...goals, `-DoutputDirectory=${folder}`]);
  } catch (error) {
    if (error instanceof CommandError) {
      throw new LocalError(
        `The jars of Kafka cannot be fetched: ${messageOf(error)}`,
        "Check that Maven reaches Maven Central.",
      );
    }
    throw new LocalError(
      "There is no Maven here; where the image of Kafka cannot be pulled, it is made from the jars of Maven Central.",
      "Install Maven (apt-get install maven), or give this machine access to the registry.",
    );
  }
  const problem = differenceFrom(readFileSync(join(sources, "jars.sha256"), "utf8"), folder);
  if (problem !== undefined) {
    throw new LocalError(
      `The jars of Kafka are not those of local-cluster/kafka/jars.sha256: ${problem}.`,
      "Remove it from Maven's local repository (~/.m2) and try again. After a change of pom.xml, run .ci/updateLocks.",
    );
  }
}

/**
 * Compares a folder of files with a list of checksums.
 *
 * @param list - as sha256sum prints it
 * @returns the first difference
 */
export function differenceFrom(list: string, folder: string): string | undefined {
  const expected = new Map(
    list
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/).reverse() as [name: string, checksum: string]),
  );
  const found = readdirSync(folder);
  const missing = [...expected.keys()].find((name) => !found.includes(name));
  if (missing !== undefined) return `${missing} is missing`;
  for (const name of found) {
    const checksum = expected.get(name);
    if (checksum === undefined) return `${name} is not in the list`;
    const own = createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex");
    if (own !== checksum) return `${name} has the checksum ${own}, not ${checksum}`;
  }
  return undefined;
}

const userFiles = ["etc/passwd", "etc/group"];

function writeUser(root: string): void {
  const [passwd, group] = userFiles.map((file) => join(root, file));
  for (const [file, line] of [
    [passwd, "appuser:x:1000:1000::/home/appuser:/bin/bash\n"],
    [group, "appuser:x:1000:\n"],
  ]) {
    writeFileSync(file, readFileSync(file, "utf8") + line);
  }
}

/** Runs the servers in the root file system, apart from the machine's network and processes. */
async function archiveClasses(root: string): Promise<void> {
  const script = join(root, "tmp/archiveClasses.sh");
  cpSync(join(sources, "archiveClasses.sh"), script);
  const enter = [
    'mount --bind /dev "$0/dev"',
    'mount --types proc proc "$0/proc"',
    "ip link set lo up",
    'exec chroot "$0" env --ignore-environment "$1" bash /tmp/archiveClasses.sh',
  ].join(" && ");
  const apart = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--propagation", "private"];
  const { code, stderr } = await tryRun("unshare", [...apart, "--", "sh", "-c", enter, root, pathVariable]);
  if (code !== 0) {
    throw new LocalError(
      `Kafka and ZooKeeper do not start on this machine's Java: ${stderr.trim().split("\n").slice(-5).join("\n")}`,
      "Try again when the machine is less busy.",
    );
  }
}

/** Of everything that the layer is made from. */
function sourcesHash(base: string): string {
  const hash = createHash("sha256").update(base);
  const files = readdirSync(sources, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(`${relative(sources, file)}\0`).update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}
