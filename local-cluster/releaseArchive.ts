/** Creates images of nodes from release archives of Fabric, Fabric CA and Besu, for machines without access to a registry. */
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

import { ensureBaseRoot, pathVariable } from "./baseImages";
import { besuProgram, besuRecipes } from "./besuArchive";
import { imageOfFolder } from "./docker";
import { ownArchitecture, programKind } from "./elf";
import type { ImageRecipe } from "./imageRecipe";
import { importLayers, type LayeredImage } from "./imageStore";
import { cacheDirectory } from "./instance";
import { layOutJava } from "./javaRuntime";
import { LocalError, messageOf } from "./localError";
import { requireDiskSpace } from "./machineResources";
import { type Progress, progressTo } from "./progress";
import { run, tryRun } from "./run";
import type { LocalCluster } from "./runningCluster";
import { withTemporaryDirectory } from "./temporaryDirectory";

const fabricConfig = "/etc/hyperledger/fabric";
const caHome = "/etc/hyperledger/fabric-ca-server";

const imageRecipes: ImageRecipe[] = [
  {
    repository: "docker.io/hyperledger/fabric-peer",
    program: "bin/peer",
    files: {
      "bin/peer": "/usr/local/bin/peer",
      "config/core.yaml": `${fabricConfig}/core.yaml`,
      // It exists since 2.4.1.
      "builders/ccaas/bin?": "/opt/hyperledger/ccaas_builder/bin",
    },
    configuration: {
      Env: [pathVariable, `FABRIC_CFG_PATH=${fabricConfig}`],
      Cmd: ["peer", "node", "start"],
      ExposedPorts: { "7051/tcp": {} },
      Volumes: { [fabricConfig]: {}, "/var/hyperledger": {} },
    },
  },
  {
    repository: "docker.io/hyperledger/fabric-orderer",
    program: "bin/orderer",
    files: {
      "bin/orderer": "/usr/local/bin/orderer",
      "config/orderer.yaml": `${fabricConfig}/orderer.yaml`,
      "config/configtx.yaml?": `${fabricConfig}/configtx.yaml`,
    },
    configuration: {
      Env: [pathVariable, `FABRIC_CFG_PATH=${fabricConfig}`],
      Cmd: ["orderer"],
      ExposedPorts: { "7050/tcp": {} },
      Volumes: { [fabricConfig]: {}, "/var/hyperledger": {} },
    },
  },
  {
    repository: "docker.io/hyperledger/fabric-ca",
    program: "bin/fabric-ca-server",
    files: {
      "bin/fabric-ca-server": "/usr/local/bin/fabric-ca-server",
      "bin/fabric-ca-client": "/usr/local/bin/fabric-ca-client",
    },
    configuration: {
      Env: [pathVariable, `FABRIC_CA_HOME=${caHome}`],
      Cmd: ["sh", "-c", "fabric-ca-server start -b admin:adminpw"],
      ExposedPorts: { "7054/tcp": {} },
      Volumes: { [caHome]: {} },
    },
  },
];

const remedy =
  "Use hyperledger-fabric-linux-ARCH-VERSION.tar.gz or hyperledger-fabric-ca-linux-ARCH-VERSION.tar.gz from a Fabric release, or " +
  "besu-VERSION.tar.gz from a Besu release.";

/** The images that can be created from an archive with these entries. */
export function recipesFor(entries: readonly string[]): ImageRecipe[] {
  const present = new Set(entries.map((entry) => entry.replace(/^\.\//, "").replace(/\/$/, "")));
  const fabric = imageRecipes.filter(({ program }) => present.has(program));
  return [...fabric, ...besuRecipes(present)];
}

const fabricPrinted = /^\s*Version:\s*v?(\d[\w.+-]*)\s*$/m;

/**
 * The version in a program's output, without its `v`; undefined if there is none.
 *
 * @param printed - how the program prints it; as Fabric's do, if absent
 */
export function versionIn(output: string, printed = fabricPrinted): string | undefined {
  return printed.exec(output)?.[1];
}

/**
 * Creates the images of nodes from a release archive of Fabric, Fabric CA or Besu and imports them. They have the layout of
 * upstream's images, on a minimal base of this machine's distribution; for a kind cluster Docker builds them. The version comes
 * from the programs themselves. Besu gets the Java of this machine.
 *
 * @returns the references of the images, such as `docker.io/hyperledger/fabric-peer:2.5.16`
 * @throws {@link LocalError} when the file is not such an archive, is damaged, or is for another architecture
 */
export async function loadArchive(cluster: LocalCluster, file: string, progress?: Progress): Promise<string[]> {
  const report = progress ?? progressTo(() => undefined);
  requireReadable(file);
  const recipes = recipesFor(await listEntries(file));
  if (recipes.length === 0) {
    const programs = [...imageRecipes.map(({ program }) => program), besuProgram];
    throw new LocalError(`${file} has none of ${programs.join(", ")}.`, remedy);
  }
  await requireDiskSpace(cacheDirectory(), 2, "unpacking the archive");
  const base = cluster.type === "kind" ? undefined : await ensureBaseRoot(report);
  report.waiting(`unpacking ${basename(file)}`);
  try {
    return await withTemporaryDirectory(join(cacheDirectory(), "bases"), async (work) => {
      const unpacked = join(work, "unpacked");
      mkdirSync(unpacked);
      await run("tar", ["--extract", "--no-same-owner", "--file", file, "--directory", unpacked]).catch((error) => {
        throw new LocalError(`${file} is damaged: ${messageOf(error)}`, remedy);
      });
      const parts: ImageParts[] = [];
      for (const recipe of recipes) {
        const root = layOut(recipe, unpacked, file);
        if (recipe.java !== undefined) layOutJava(join(root, recipe.java), report);
        parts.push({ recipe, root, file });
      }
      if (base === undefined) return buildByDocker(cluster, parts, report);
      const images: LayeredImage[] = [];
      for (const part of parts) images.push(await makeImage(part, base));
      report.waiting(`importing ${images.map(({ reference }) => reference.split("/").pop()).join(", ")}`);
      await importLayers(cluster, images);
      return images.map(({ reference }) => reference);
    });
  } finally {
    report.done();
  }
}

/** The parts of an image. */
interface ImageParts {
  recipe: ImageRecipe;
  /** Folder of its files, with their paths in the image. */
  root: string;
  /** The archive that they come from. */
  file: string;
}

/** Copies the files of an image from an archive to their paths in the image. */
function layOut(recipe: ImageRecipe, unpacked: string, file: string): string {
  const root = mkdtempSync(join(dirname(unpacked), "image-"));
  chmodSync(root, 0o755);
  for (const [from, to] of Object.entries(recipe.files)) {
    const source = join(unpacked, from.replace(/\?$/, ""));
    if (existsSync(source)) {
      mkdirSync(join(root, dirname(to)), { recursive: true });
      cpSync(source, join(root, to), { recursive: true });
    } else if (!from.endsWith("?")) {
      throw new LocalError(`${file} has ${recipe.program}, but no ${from}.`, remedy);
    }
  }
  const program = programIn(recipe, root);
  if (recipe.java === undefined) requireOwnArchitecture(program, recipe.program, file);
  chmodSync(program, 0o755);
  for (const volume of Object.keys(recipe.configuration.Volumes)) mkdirSync(join(root, volume), { recursive: true });
  return root;
}

function programIn({ program, files }: ImageRecipe, root = "/"): string {
  const [from, to] = Object.entries(files).find(([path]) => path === program || program.startsWith(`${path}/`))!;
  return join(root, to, program.slice(from.length));
}

const versionArguments = ({ ask }: ImageRecipe): string[] => ask?.arguments ?? ["version"];

async function makeImage({ recipe, root, file }: ImageParts, base: string): Promise<LayeredImage> {
  const asked = tryRun(programIn(recipe, root), versionArguments(recipe), {
    timeout: 60_000,
    ...(recipe.java !== undefined && { env: { JAVA_HOME: join(root, recipe.java) } }),
  });
  const said = await asked.catch((error: unknown) => ({ stdout: "", stderr: messageOf(error) }));
  const layer = `${root}.tar`;
  // The same archive always gives the same image.
  const stable = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX"];
  await run("tar", ["--create", ...stable, "--file", layer, "--directory", root, "."]);
  return {
    reference: referenceOf(recipe, said, file),
    layers: [base, layer],
    configuration: { ...recipe.configuration },
  };
}

async function buildByDocker(
  cluster: LocalCluster,
  images: readonly ImageParts[],
  report: Progress,
): Promise<string[]> {
  const references: string[] = [];
  for (const { recipe, root, file } of images) {
    report.waiting(`building an image of ${recipe.program}`);
    const reference = await imageOfFolder(root, {
      configuration: recipe.configuration,
      ask: [programIn(recipe), ...versionArguments(recipe)],
      nameBy: (said) => referenceOf(recipe, said, file),
      ...(recipe.base !== undefined && { base: recipe.base }),
    });
    report.waiting(`importing ${reference}`);
    await cluster.images.importFromDocker(reference);
    references.push(reference);
  }
  return references;
}

function requireOwnArchitecture(program: string, name: string, file: string): void {
  const kind = programKind(firstBytes(program, 64));
  if (kind.format !== "elf") {
    throw new LocalError(
      `${name} in ${file} is no Linux program (${kind.format}).`,
      `${remedy} Use the one for Linux.`,
    );
  }
  if (kind.architecture !== ownArchitecture()) {
    throw new LocalError(
      `${file} is for ${kind.architecture}; this machine is ${ownArchitecture()}.`,
      `Use the archive for linux-${ownArchitecture()} from the same release.`,
    );
  }
}

/** The name of an image, with the version from its program's output. */
function referenceOf(
  { repository, program, ask }: ImageRecipe,
  { stdout, stderr }: { stdout: string; stderr: string },
  file: string,
): string {
  const version = versionIn(stdout, ask?.printed) ?? versionIn(stderr, ask?.printed);
  if (version) return `${repository}:${version}`;
  throw new LocalError(
    `${program} in ${file} does not print its version: ${(stderr || stdout).trim().split("\n").pop() ?? ""}`,
    `${remedy} A program built here must have its version set at the link step.`,
  );
}

function requireReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === "ENOENT" ? "does not exist" : "cannot be read";
    throw new LocalError(`${file} ${reason}.`, "Give the path of a release archive of Fabric or Besu.");
  }
  if (statSync(file).isDirectory()) throw new LocalError(`${file} is a directory.`, remedy);
}

async function listEntries(file: string): Promise<string[]> {
  try {
    return (await run("tar", ["--list", "--file", file])).split("\n").filter(Boolean);
  } catch (error) {
    throw new LocalError(`${file} is not an archive, or is damaged: ${messageOf(error)}`, remedy);
  }
}

function firstBytes(file: string, count: number): Buffer {
  const buffer = Buffer.alloc(count);
  const descriptor = openSync(file, "r");
  try {
    return buffer.subarray(0, readSync(descriptor, buffer, 0, count, 0));
  } finally {
    closeSync(descriptor);
  }
}
