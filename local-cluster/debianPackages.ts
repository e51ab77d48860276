/** Provides programs from packages of this machine's Debian or Ubuntu, without installing the packages. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { cacheDirectory } from "./instance";
import { LocalError, messageOf } from "./localError";
import type { Progress } from "./progress";
import { CommandError, run, tryRun } from "./run";
import { renameIfAbsent, withTemporaryDirectory } from "./temporaryDirectory";

/** Packages that the node needs; installed ones are used directly. */
export const nodePackages = [
  "containerd",
  "runc",
  "containernetworking-plugins",
  "iptables",
  "ipset",
  "busybox-static",
];

/** Packages that building images needs. */
export const imagePackages = ["buildah", "mmdebstrap"];

/** Packages unpacked into a directory of their own, beside what is installed on the machine. */
export interface Prefix {
  root: string;
  /** Environment for the prefix's programs: finds the prefix's programs and libraries first, then the machine's. */
  env: Record<string, string>;
  /** The absolute path of a program, in the prefix or on the machine. */
  program(name: string): string;
  /** The absolute path of any file of the packages, in the prefix or on the machine. */
  file(absolutePath: string): string;
}

/** The distribution of this machine. */
export interface Distribution {
  id: string;
  codename: string;
}

/** Reads /etc/os-release. */
export function parseOsRelease(text: string): Distribution & { like: string[] } {
  const fields = Object.fromEntries(
    [...text.matchAll(/^([A-Z_]+)="?([^"\n]*)"?$/gm)].map(([, key, value]) => [key, value] as const),
  );
  return { id: fields.ID ?? "", codename: fields.VERSION_CODENAME ?? "", like: (fields.ID_LIKE ?? "").split(" ") };
}

/**
 * The packages that `apt-get install --simulate` would install, as `name=version`. The C library is left out: programs use the
 * machine's loader, which needs the machine's C library.
 */
export function packagesToFetch(simulation: string): string[] {
  return [...simulation.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+) /gm)]
    .map(([, name, version]) => ({ name: name.split(":")[0], version }))
    .filter(({ name }) => !/^(libc6|libc-bin|locales)$/.test(name))
    .map(({ name, version }) => `${name}=${version}`);
}

/**
 * Makes the packages' programs available: from the machine, or downloaded by apt and unpacked into the cache directory.
 * Nothing is installed.
 *
 * @throws {@link LocalError} when they cannot be downloaded
 */
export async function ensurePackages(names: readonly string[], progress: Progress): Promise<Prefix> {
  const { codename } = parseOsRelease(readFileSync("/etc/os-release", "utf8"));
  const key = createHash("sha256").update(names.join(" ")).digest("hex").slice(0, 8);
  const root = join(cacheDirectory(), "debian", `${codename}-${process.arch}-${key}`);
  if (!existsSync(root)) {
    progress.waiting(`downloading ${names.join(", ")} (unpacked privately, not installed)`);
    await withTemporaryDirectory(dirname(root), async (temporary) => {
      const unpacked = join(temporary, "root");
      mkdirSync(unpacked);
      await fetchInto(unpacked, names);
      linkIptables(unpacked);
      renameIfAbsent(unpacked, root);
    });
    progress.done();
  }
  return openPrefix(root);
}

function openPrefix(root: string): Prefix {
  const multiarch = readdirIfThere(join(root, "usr/lib")).find((name) => name.endsWith("-linux-gnu"));
  const libraries = multiarch ? [join(root, "usr/lib", multiarch), join(root, "lib", multiarch)] : [];
  const programDirs = ["usr/sbin", "usr/bin", "sbin", "bin"].map((dir) => join(root, dir));
  const systemDirs = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  const xtables = libraries.map((dir) => join(dir, "xtables")).find((dir) => existsSync(dir));
  return {
    root,
    env: {
      PATH: [...programDirs, ...systemDirs].join(":"),
      LD_LIBRARY_PATH: libraries.join(":"),
      ...(xtables ? { XTABLES_LIBDIR: xtables } : {}),
    },
    program: (name) =>
      firstThere(
        [...programDirs, ...systemDirs].map((dir) => join(dir, name)),
        root,
      ),
    file: (absolutePath) => firstThere([join(root, absolutePath), absolutePath], root),
  };
}

async function fetchInto(dir: string, names: readonly string[]): Promise<void> {
  const packages = join(dir, "packages");
  mkdirSync(packages);
  try {
    await download(packages, names, []);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // The machine's package lists are missing or outdated: download separate lists and do not change the machine's.
    const lists = join(cacheDirectory(), "debian", "apt");
    mkdirSync(join(lists, "lists/partial"), { recursive: true });
    const own = ["-o", `Dir::State::lists=${lists}/lists`, "-o", `Dir::Cache=${lists}`];
    try {
      // Lists of other vendors' repositories may fail; the packages may be found all the same.
      await tryRun("apt-get", ["update", ...own, "-o", "APT::Sandbox::User=root"]);
      await download(packages, names, own);
    } catch (second) {
      throw new LocalError(
        `The packages ${names.join(", ")} cannot be downloaded: ${messageOf(second)}`,
        `Check with \`apt-get update && apt-get download ${names[0]}\` that this machine reaches its package mirror, or install the packages.`,
      );
    }
  }
  for (const file of readdirSync(packages)) await run("dpkg", ["-x", join(packages, file), dir]);
  rmSync(packages, { recursive: true });
}

async function download(dir: string, names: readonly string[], aptOptions: readonly string[]): Promise<void> {
  const simulation = await run("apt-get", ["install", "-s", "--no-install-recommends", ...aptOptions, ...names], {
    env: { LC_ALL: "C" },
  });
  const packages = packagesToFetch(simulation);
  if (packages.length === 0) return;
  await run("apt-get", ["download", "-o", "APT::Sandbox::User=root", ...aptOptions, ...packages], {
    cwd: dir,
    env: { LC_ALL: "C" },
  });
}

// Debian creates these names during installation (update-alternatives), not when a package is unpacked.
function linkIptables(root: string): void {
  const sbin = join(root, "usr/sbin");
  if (!existsSync(join(sbin, "xtables-nft-multi"))) return;
  for (const family of ["iptables", "ip6tables"]) {
    for (const suffix of ["", "-save", "-restore"]) symlinkSync("xtables-nft-multi", join(sbin, family + suffix));
  }
}

function firstThere(candidates: readonly string[], root: string): string {
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found) return found;
  throw new LocalError(
    `${basename(candidates[0])} is neither on this machine nor among the packages unpacked under ${root}.`,
    `Remove that directory and try again.`,
  );
}

function readdirIfThere(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir) : [];
}
