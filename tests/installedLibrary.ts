/** A library of this repository, packed as for npm and installed beside its dependencies. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { run } from "../local-cluster/run";

const root = join(__dirname, "..");

/** An installed library; `remove` it. */
export class InstalledLibrary {
  private constructor(
    /** Folder of the program that uses it. */
    readonly folder: string,
    /** Folder of the library. */
    readonly installed: string,
    /** Paths in the package. */
    readonly files: string[],
  ) {}

  /**
   * Packs and installs one.
   *
   * @param library - its folder, such as `fabric`
   */
  static async pack(library: string): Promise<InstalledLibrary> {
    const manifest = JSON.parse(readFileSync(join(root, library, "package.json"), "utf8"));
    const folder = mkdtempSync(join(tmpdir(), "baas-packed-"));
    // Packed from a copy: packing builds the library, and another test may read the folder meanwhile.
    const source = join(folder, "source", library);
    cpSync(join(root, library), source, { recursive: true });
    cpSync(join(root, "tsconfig.json"), join(folder, "source", "tsconfig.json"));
    symlinkSync(join(root, "node_modules"), join(folder, "source", "node_modules"));
    await run("npm", ["pack", "--offline", "--pack-destination", folder], { cwd: source });
    const archive = join(folder, `baas-${library}-${manifest.version}.tgz`);
    const listed = (await run("tar", ["-tzf", archive])).trimEnd().split("\n");
    const installed = join(folder, "node_modules", manifest.name);
    mkdirSync(installed, { recursive: true });
    await run("tar", ["-xzf", archive, "-C", installed, "--strip-components=1"]);
    for (const dependency of [...Object.keys(manifest.dependencies), "@types/node"]) {
      const link = join(folder, "node_modules", dependency);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(root, "node_modules", dependency), link);
    }
    return new InstalledLibrary(
      folder,
      installed,
      listed.map((file) => file.replace(/^package\//, "")),
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
