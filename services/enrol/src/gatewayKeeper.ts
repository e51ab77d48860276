/** The command `gateway`: the sidecar that keeps what a gateway serves current. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { cryptoDir, enrolVariables, nodeFiles } from "../../../model/contracts/enrolment";
import { configurationDir, keeperVariables, masterSocket } from "../../../model/contracts/gatewayKeeper";
import { messageOf } from "../../common/failure";
import { enrolNode } from "./enrolNode";
import { digestOf, readIfThere, writeWhole } from "./files";
import { reload } from "./haproxy";
import type { Log } from "./log";
import { ConfigurationFailure, type Environment, intervalOf, optional } from "./settings";
import { waitFor } from "./waiting";

/**
 * Keeps what a gateway's HAProxy serves current, for ever: renews the TLS certificate, and has HAProxy load it and the mounted
 * files when they change.
 */
export async function gateway(environment: Environment, log: Log): Promise<void> {
  const renewal = intervalOf(environment, keeperVariables.renewalSeconds, 3600);
  const poll = intervalOf(environment, keeperVariables.pollSeconds, 2);
  const socket = optional(environment, keeperVariables.masterSocket, masterSocket);
  const mounted = optional(environment, keeperVariables.files, configurationDir)
    .split(",")
    .map((path) => path.trim())
    .filter((path) => path !== "");
  checkReadable(mounted);
  const enrolled = dirname(join(optional(environment, enrolVariables.outputDir, cryptoDir), nodeFiles.tlsCertificate));
  const loader = new Loader([...mounted, enrolled], socket, log);
  await Promise.all([
    every(renewal, log, async () => {
      loader.forgetRefusal();
      await enrolNode(environment, { tlsOnly: true }, log);
    }),
    every(poll, log, () => loader.look()),
  ]);
}

function checkReadable(paths: readonly string[]): void {
  const remedy = "Mount what HAProxy reads in this container, too, readable for its user";
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) {
    throw new ConfigurationFailure(`${keeperVariables.files} has ${missing}, which is not there`, remedy);
  }
  try {
    digestOf(paths);
  } catch (error) {
    throw new ConfigurationFailure(`${keeperVariables.files} cannot be read: ${messageOf(error)}`, remedy);
  }
}

/** Does something again and again, whether or not it fails. */
async function every(interval: number, log: Log, work: () => Promise<void>): Promise<never> {
  for (;;) {
    await work().catch((error: unknown) => log(messageOf(error)));
    await sleep(interval);
  }
}

/** Has HAProxy load its files when they are others than before. */
class Loader {
  /** Where the digest of what HAProxy has loaded is kept: on the volume of its socket, which ends with the pod. */
  private readonly record: string;
  /** Digest of the files that HAProxy has loaded or refused. */
  private settled: string | undefined;
  private refused = false;

  constructor(
    private readonly files: readonly string[],
    private readonly socket: string,
    private readonly log: Log,
  ) {
    this.record = join(dirname(socket), "loaded");
    // Without a record nobody knows, as HAProxy may have started before or after a change.
    this.settled = readIfThere(this.record);
  }

  /** Looks once. What changes afterwards, even while HAProxy loads, is another change. */
  async look(): Promise<void> {
    const files = digestOf(this.files);
    if (files === this.settled) return;
    try {
      await waitFor(() => reload(this.socket), { what: "HAProxy", log: this.log, timeout: 0 });
      this.refused = false;
    } catch (error) {
      this.refused = true;
      throw error;
    } finally {
      this.settled = files;
    }
    writeWhole(this.record, files, 0o600);
    this.log("HAProxy: reloaded, it serves what its files are now");
  }

  /** A refusal may have had a cause outside the files: they are tried again at the next look. */
  forgetRefusal(): void {
    if (this.refused) this.settled = undefined;
  }
}
