/** Directories as the kubelet mounts them, for tests that change what is mounted. */
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A directory as the kubelet mounts a ConfigMap or a Secret: changed in one step, by the link `..data`. */
export class KubeletMount {
  private version = 0;
  private files: Record<string, string> = {};

  constructor(readonly path: string) {
    mkdirSync(path, { recursive: true });
  }

  /** Changes some files, or takes them away. */
  change(files: Record<string, string | undefined>): void {
    const merged = Object.entries({ ...this.files, ...files });
    this.files = Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== undefined));
    const before = `..version-${this.version}`;
    const now = `..version-${++this.version}`;
    mkdirSync(join(this.path, now));
    for (const [name, content] of Object.entries(this.files)) writeFileSync(join(this.path, now, name), content);
    symlinkSync(now, join(this.path, "..data_tmp"));
    renameSync(join(this.path, "..data_tmp"), join(this.path, "..data"));
    for (const name of readdirSync(this.path)) {
      if (!name.startsWith("..") && !(name in this.files)) rmSync(join(this.path, name));
    }
    for (const name of Object.keys(this.files)) {
      if (!readdirSync(this.path).includes(name)) symlinkSync(`..data/${name}`, join(this.path, name));
    }
    rmSync(join(this.path, before), { recursive: true, force: true });
  }
}
