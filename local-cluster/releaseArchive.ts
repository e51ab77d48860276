/** Images of Fabric's nodes from its release archives, for machines without access to a registry. */
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
import { ownArchitecture, programKind } from "./elf";
import { importLayers, type LayeredImage } from "./imageStore";
import { cacheDirectory } from "./instance";
import { LocalError, messageOf } from "./localError";
import { requireDiskSpace } from "./machineResources";
import { type Progress, progressTo } from "./progress";
import { run, tryRun } from "./run";
import type { LocalCluster } from "./runningCluster";
import { withTemporaryDirectory } from "./temporaryDirectory";

/** What an image takes from a release archive; paths in the image as upstream's images have them. */
interface ImageRecipe {
  repository: string;
  /** Tells the version by its `version` command. */
  program: string;
  /** Paths in the archive to paths in the image; those ending in `?` may be missing. */
  files: Record<string, string>;
  configuration: {
    Env: string[];
    Cmd: string[];
    ExposedPorts: Record<string, object>;
    Volumes: Record<string, object>;
  };
}

const fabricConfig = "/etc/hyperledger/fabric";
const caHome = "/etc/hyperledger/fabric-ca-server";

const imageRecipes: ImageRecipe[] = [
  {
    repository: "docker.io/hyperledger/fabric-peer",
    program: "bin/peer",
    files: {
      "bin/peer": "/usr/local/bin/peer",
      "config/core.yaml": `${fabricConfig}/core.yaml`,
      // Before 2.4.1 there was none.
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
  "Take hyperledger-fabric-linux-ARCH-VERSION.tar.gz or hyperledger-fabric-ca-linux-ARCH-VERSION.tar.gz from a Fabric release.";

/** What can be made from an archive with these entries. */
export function recipesFor(entries: readonly string[]): ImageRecipe[] {
  const present = new Set(entries.map((entry) => entry.replace(/^\.\//, "").replace(/\/$/, "")));
  return imageRecipes.filter(({ program }) => present.has(program));
}

/** The version that a Fabric program says it is, without its `v`; nothing when it says none. */
export function versionIn(output: string): string | undefined {
  return /^\s*Version:\s*v?(\d[\w.+-]*)\s*$/m.exec(output)?.[1];
}

/**
 * Makes the images of Fabric's nodes from a release archive of Fabric or Fabric CA and imports them. They are laid out as
 * upstream's are, on a minimal base of this machine's distribution. The version comes from the programs themselves.
 *
 * @returns the references of the images made, such as `docker.io/hyperledger/fabric-peer:2.5.16`
 * @throws {@link LocalError} when the file is not such an archive, is damaged, or is for another architecture
 */
export async function loadArchive(cluster: LocalCluster, file: string, progress?: Progress): Promise<string[]> {
  const report = progress ?? progressTo(() => undefined);
  requireReadable(file);
  const recipes = recipesFor(await listEntries(file));
  if (recipes.length === 0) {
    throw new LocalError(`${file} has none of ${imageRecipes.map(({ program }) => program).join(", ")}.`, remedy);
  }
  await requireDiskSpace(cacheDirectory(), 2, "unpacking the archive");
  const base = await ensureBaseRoot(report);
  report.waiting(`unpacking ${basename(file)}`);
  try {
    return await withTemporaryDirectory(dirname(base), async (work) => {
      const unpacked = join(work, "unpacked");
      mkdirSync(unpacked);
      await run("tar", ["--extract", "--no-same-owner", "--file", file, "--directory", unpacked]).catch((error) => {
        throw new LocalError(`${file} is damaged: ${messageOf(error)}`, remedy);
      });
      const images: LayeredImage[] = [];
      for (const recipe of recipes) images.push(await makeImage(recipe, unpacked, base, file));
      report.waiting(`importing ${images.map(({ reference }) => reference.split("/").pop()).join(", ")}`);
      await importLayers(cluster, images);
      return images.map(({ reference }) => reference);
    });
  } finally {
    report.done();
  }
}

async function makeImage(recipe: ImageRecipe, unpacked: string, base: string, file: string): Promise<LayeredImage> {
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
  const version = await versionOf(join(unpacked, recipe.program), recipe.program, file);
  for (const volume of Object.keys(recipe.configuration.Volumes)) mkdirSync(join(root, volume), { recursive: true });
  const layer = `${root}.tar`;
  // The same archive makes the same image, whenever and wherever it is loaded.
  const stable = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX"];
  await run("tar", ["--create", ...stable, "--file", layer, "--directory", root, "."]);
  return {
    reference: `${recipe.repository}:${version}`,
    layers: [base, layer],
    configuration: { ...recipe.configuration },
  };
}

async function versionOf(program: string, name: string, file: string): Promise<string> {
  const kind = programKind(firstBytes(program, 64));
  if (kind.format !== "elf") {
    throw new LocalError(
      `${name} in ${file} is no Linux program (${kind.format}).`,
      `${remedy} Take the one for Linux.`,
    );
  }
  if (kind.architecture !== ownArchitecture()) {
    throw new LocalError(
      `${file} is for ${kind.architecture}; this machine is ${ownArchitecture()}.`,
      `Take the archive for linux-${ownArchitecture()} from the same release.`,
    );
  }
  chmodSync(program, 0o755);
  const { stdout, stderr } = await tryRun(program, ["version"], { timeout: 20_000 }).catch((error: unknown) => ({
    stdout: "",
    stderr: messageOf(error),
  }));
  const version = versionIn(stdout) ?? versionIn(stderr);
  if (version) return version;
  throw new LocalError(
    `${name} in ${file} does not say its version: ${(stderr || stdout).trim().split("\n").pop() ?? ""}`,
    `${remedy} A program built here must have its version set at the link step.`,
  );
}

function requireReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === "ENOENT" ? "does not exist" : "cannot be read";
    throw new LocalError(`${file} ${reason}.`, "Give the path of a Fabric release archive.");
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
