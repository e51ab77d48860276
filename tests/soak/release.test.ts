/**
 * An upgrade of this product under load, as a user does it, on real Fabric: a clone at PREVIOUS_RELEASE, a git revision, brings
 * `trade` up; the same clone at this release is applied over it. It prints nodes that restarted and failed transactions for people
 * to judge.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it } from "vitest";

import { builtBinaries } from "../../local-cluster/binaries";
import { whyUnsupported } from "../../local-cluster/host";
import { run } from "../../local-cluster/run";
import { failures, NetworkUnderLoad } from "../cluster/load/networkUnderLoad";
import { watchRestarts } from "../cluster/load/restarts";

const repository = join(__dirname, "../..");
const minutes = 60_000;
const { PREVIOUS_RELEASE: previous, FABRIC_ARCHIVES: archives } = process.env;

/** A clone, with a cluster of its own. */
class Clone {
  private constructor(private readonly dir: string) {}

  static at(revision: string): Clone {
    const dir = mkdtempSync(join(tmpdir(), "baas-clone-"));
    execFileSync("git", ["clone", "--quiet", repository, dir]);
    const clone = new Clone(dir);
    clone.checkOut(revision);
    return clone;
  }

  checkOut(revision: string): void {
    execFileSync("git", ["checkout", "--quiet", "--force", revision], { cwd: this.dir });
  }

  /** Runs a command of this project; what it prints goes to the log. */
  baas(...args: string[]): Promise<string> {
    return run("./baas", args, { cwd: this.dir });
  }

  /** The cluster, through the kubectl that it came with. */
  get cluster() {
    return { kubectl: builtBinaries().kubectl, kubeconfig: join(this.dir, ".baas/local/local/kubeconfig") };
  }

  async list(...args: string[]): Promise<any[]> {
    const { kubectl, kubeconfig } = this.cluster;
    return JSON.parse(await run(kubectl, ["--kubeconfig", kubeconfig, "get", ...args, "-o", "json"])).items;
  }

  async remove(): Promise<void> {
    await this.baas("local", "down", "--purge");
    rmSync(this.dir, { recursive: true, force: true });
  }
}

it(
  "a network of the previous release goes on while this one is applied over it: nodes restart one at a time",
  { timeout: 30 * minutes },
  async ({ skip }) => {
    const missing =
      previous === undefined ? "PREVIOUS_RELEASE" : archives === undefined ? "FABRIC_ARCHIVES" : undefined;
    const skipReason = (await whyUnsupported()) ?? (missing && `${missing} is not set`);
    skip(skipReason !== undefined, skipReason);
    const clone = Clone.at(previous!);
    try {
      await clone.baas("local", "up");
      for (const archive of archives!.split(":")) await clone.baas("local", "load", archive);
      for (const stack of ["platform-local", "trade"]) await clone.baas("apply", stack);
      const trade = new NetworkUnderLoad(clone, "trade", 20, { retry: true });
      await trade.start("asset-transfer-1-0-smoke-test");

      const head = execFileSync("git", ["rev-parse", "HEAD"], { cwd: repository, encoding: "utf8" }).trim();
      const submissions = await trade.whileLoaded("upgraded the product", async () => {
        clone.checkOut(head);
        const { mostAway } = await watchRestarts(clone, "trade", async () => {
          for (const stack of ["platform-local", "trade"]) console.log(await clone.baas("apply", stack));
        });
        expect(mostAway).toBeLessThanOrEqual(1);
        await trade.untilHealed();
      });
      expect(failures(submissions)).toEqual([]);
      await trade.sameLedgers();
      // A second apply has nothing to do.
      const { restarted } = await watchRestarts(clone, "trade", () => clone.baas("apply", "trade"));
      expect(restarted).toEqual([]);
      await trade.stop();
    } finally {
      await clone.remove();
    }
  },
);
