/** Makes what a developer has written the next version: as a git patch, or as a branch of a repository. Nothing is committed to a ledger. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import type { StudioEditorSettings } from "../../../../model/contracts/studioEditor";
import { Failure, messageOf } from "../../../common/failure";
import type { NextVersion, PushedBranch } from "./protocol";
import { withVersion } from "./stackFileEdit";

const run = promisify(execFile);

/** What is no source, whatever the project's own .gitignore says. */
const excluded = ["node_modules", "dist/", ".baas/", ".git", ".vscode/", "*.log"];

/** Keeps the sources that a session began with, and compares. */
export class NextVersions {
  private readonly gitDir: string;

  /**
   * @param folder - of the session's own files
   * @param project - folder of the sources
   */
  constructor(
    folder: string,
    private readonly project: string,
    private readonly settings: StudioEditorSettings,
  ) {
    this.gitDir = join(folder, "sources.git");
  }

  /** Keeps the sources as they are, unless a session before has done so for this version. */
  async begin(): Promise<void> {
    if (!existsSync(this.gitDir)) {
      mkdirSync(this.gitDir, { recursive: true });
      await run("git", ["init", "--quiet", "--bare", this.gitDir]);
      writeFileSync(join(this.gitDir, "info", "exclude"), `${excluded.join("\n")}\n`);
    }
    if (await this.find(this.base)) return;
    const commit = await this.commit(await this.tree(undefined), [], `Version ${this.settings.version}`);
    await this.git({}, "update-ref", this.base, commit);
  }

  /** @throws Failure if there is no stack file, or no change */
  async patch(version: string): Promise<NextVersion> {
    this.check(version);
    const tree = await this.tree(version);
    const compared = ["diff-tree", "-r", "--no-renames", this.base, tree];
    const patch = await this.git({}, ...compared, "--patch", "--binary", "--full-index");
    const files = (await this.git({}, ...compared, "--name-only")).split("\n").filter((line) => line !== "");
    const diff = await this.diff(patch);
    const { network } = this.settings;
    const name = this.branchOf(version).replace(/\//g, "-");
    const next = [
      `git switch --create ${this.branchOf(version)}`,
      `git apply --index ${name}.patch`,
      `./baas diff ${network}`,
      `./baas preview ${network}`,
    ];
    return { version, patch, files, ...(diff !== undefined && { diff }), next };
  }

  /** Pushes a branch with the next version onto what the repository has now. */
  async push(version: string, author: string): Promise<PushedBranch> {
    this.check(version);
    const { remote } = this.settings;
    if (remote === undefined) throw new Failure("the session has no repository to push to");
    const fetched = "refs/studio/remote";
    await this.git({}, "fetch", "--quiet", "--depth=1", remote.url, `+${remote.base}:${fetched}`);
    const tree = await this.tree(version, fetched);
    const branch = this.branchOf(version, remote.branches);
    const text = `Change ${this.settings.chaincode} to version ${version}`;
    const commit = await this.commit(tree, ["-p", await this.line({}, "rev-parse", fetched)], text, author);
    await this.git({}, "push", "--quiet", remote.url, `${commit}:refs/heads/${branch}`);
    return { branch, commit, remote: (remote.name ?? remote.url).replace(/\/\/[^@/]*@/, "//") };
  }

  private get base(): string {
    return `refs/studio/${Buffer.from(this.settings.version).toString("hex")}`;
  }

  private branchOf(version: string, start = "studio/"): string {
    return `${start}${this.settings.chaincode}-${version}`;
  }

  private check(version: string): void {
    if (!/^[A-Za-z0-9_.+-]{1,40}$/.test(version))
      throw new Failure(`"${version}" is no version: use letters, digits and . _ + -, 40 at most`);
    if (version === this.settings.version) throw new Failure(`version ${version} is deployed: choose another one`);
    if (this.settings.stackFile === undefined || this.settings.source === undefined)
      throw new Failure("the session does not know the network's stack file");
  }

  /**
   * A tree of the repository with the sources as they are now, and the stack file.
   *
   * @param version - to write into the stack file; undefined for that which it has
   * @param onto - revision that has all other files, and the stack file
   */
  private async tree(version: string | undefined, onto?: string): Promise<string> {
    const { stackFile, source = "chaincode" } = this.settings;
    const own = { GIT_INDEX_FILE: join(this.gitDir, `index-${randomUUID()}`) };
    const joint = { GIT_INDEX_FILE: join(this.gitDir, `index-${randomUUID()}`) };
    try {
      await this.git(own, "add", "--all", "--", ".");
      const sources = await this.line(own, "write-tree");
      if (onto !== undefined) {
        await this.git(joint, "read-tree", onto);
        await this.git(
          joint,
          "--work-tree",
          this.project,
          "rm",
          "-r",
          "--quiet",
          "--cached",
          "--ignore-unmatch",
          "--",
          source,
        );
      }
      await this.git(joint, "read-tree", `--prefix=${source}/`, sources);
      if (stackFile !== undefined) {
        const before = onto === undefined ? stackFile.content : await this.git({}, "show", `${onto}:${stackFile.path}`);
        await this.addFile(joint, stackFile.path, version === undefined ? before : this.changed(before, version));
      }
      return await this.line(joint, "write-tree");
    } finally {
      for (const { GIT_INDEX_FILE } of [own, joint]) rmSync(GIT_INDEX_FILE, { force: true });
    }
  }

  private changed(text: string, version: string): string {
    const { chaincode: name, channel } = this.settings;
    return withVersion(text, { name, channel }, version);
  }

  private async addFile(index: NodeJS.ProcessEnv, path: string, content: string): Promise<void> {
    const file = join(this.gitDir, `content-${randomUUID()}`);
    writeFileSync(file, content);
    try {
      const blob = await this.line({}, "hash-object", "-w", "--no-filters", file);
      await this.git(index, "update-index", "--add", "--cacheinfo", `100644,${blob},${path}`);
    } finally {
      rmSync(file);
    }
  }

  /** What `./baas diff` says of a patch, in a copy of the repository. */
  private async diff(patch: string): Promise<string | undefined> {
    const { repository, network } = this.settings;
    if (repository === undefined || patch === "") return undefined;
    const folder = join(this.gitDir, `copy-${randomUUID()}`);
    const file = `${folder}.patch`;
    writeFileSync(file, patch);
    try {
      await run("git", ["-C", repository, "worktree", "add", "--quiet", "--detach", folder]);
      await run("git", ["-C", folder, "apply", "--index", file]);
      const { stdout } = await run(join(folder, "baas"), ["diff", network], {
        cwd: folder,
        env: environment(),
        ...limits,
      });
      return stdout;
    } catch (error) {
      return `./baas diff cannot run here: ${messageOf(error)}`;
    } finally {
      rmSync(file, { force: true });
      await run("git", ["-C", repository, "worktree", "remove", "--force", folder]).catch(() => undefined);
    }
  }

  private commit(tree: string, parents: string[], text: string, author = "studio"): Promise<string> {
    const who = { GIT_AUTHOR_NAME: author, GIT_COMMITTER_NAME: author };
    const mail = { GIT_AUTHOR_EMAIL: `${author}@studio`, GIT_COMMITTER_EMAIL: `${author}@studio` };
    return this.line({ ...who, ...mail }, "commit-tree", tree, ...parents, "-m", text);
  }

  private async find(revision: string): Promise<boolean> {
    return this.git({}, "rev-parse", "--verify", "--quiet", revision).then(
      () => true,
      () => false,
    );
  }

  /** What git says that is one line, without its end. */
  private async line(env: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
    return (await this.git(env, ...args)).trim();
  }

  /** Runs git in the session's own repository. */
  private async git(env: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
    const all = [
      "--git-dir",
      this.gitDir,
      "--work-tree",
      this.project,
      "-c",
      "core.quotePath=false",
      "-c",
      "core.autocrlf=false",
      ...args,
    ];
    try {
      const { stdout } = await run("git", all, { ...limits, env: { ...environment(), ...env } });
      return stdout;
    } catch (error) {
      const said = (error as { stderr?: string }).stderr?.trim() || messageOf(error);
      throw new Failure(`git ${args[0]}: ${said.replace(/\/\/[^@/\s]*@/g, "//")}`);
    }
  }
}

const limits = { maxBuffer: 64 * 1024 * 1024 };

/** Asks nobody for a password, and takes no settings of who else uses git here. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_NOSYSTEM: "1", LC_ALL: "C" };
}
