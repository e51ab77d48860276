/** The command `gateway`: the sidecar that keeps what a gateway serves current. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

import { cryptoDir, enrolVariables, nodeFiles } from "../../../model/contracts/enrolment";
import { configurationDir, keeperVariables, masterSocket } from "../../../model/contracts/gatewayKeeper";
import { filesDigest, loadedLine } from "../../../model/contracts/loadedFiles";
import { messageOf } from "../../common/failure";
import { readIfThere, writeWhole } from "../../common/wholeFiles";
import { enrolNode } from "./enrolNode";
import { digestOf, mountedFiles } from "./files";
import { reload } from "./haproxy";
import type { Log } from "./log";
import { every, retryWait } from "./repeated";
import { ConfigurationFailure, type Environment, intervalOf, optional } from "./settings";
import { waitFor } from "./waiting";

/**
 * Renews a gateway's TLS certificate, and makes HAProxy reload it and the mounted files when they change. Runs until the pod
 * ends.
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
  const loader = new Loader([...mounted, enrolled], mounted[0]!, socket, log);
  await Promise.all([
    every(
      async () => {
        loader.forgetRefusal();
        loader.sayLoaded();
        const renewAt = await enrolNode(environment, { tlsOnly: true }, log);
        return Math.min(renewal, Math.max(renewAt - Date.now(), retryWait));
      },
      Math.min(renewal, retryWait),
      log,
    ),
    every(() => loader.look().then(() => poll), poll, log),
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

/** Makes HAProxy reload its files when they have changed. */
class Loader {
  /** File with the digest of what HAProxy has loaded. It is on the socket's volume, which is deleted with the pod. */
  private readonly record: string;
  /** Digest of the files that HAProxy has loaded or refused. */
  private settled: string | undefined;
  private refused = false;
  /** Digest of the configuration that HAProxy has loaded, for those who read the log. */
  private loaded: string | undefined;

  constructor(
    private readonly files: readonly string[],
    /** The folder of the ConfigMap. */
    private readonly configuration: string,
    private readonly socket: string,
    private readonly log: Log,
  ) {
    this.record = join(dirname(socket), "loaded");
    // Without a record, reload: HAProxy may have started before the last change.
    this.settled = readIfThere(this.record);
    if (this.settled === digestOf(files)) this.loaded = filesDigest(mountedFiles(configuration));
  }

  /** Logs which configuration HAProxy has loaded. */
  sayLoaded(): void {
    if (this.loaded !== undefined) this.log(loadedLine(this.loaded));
  }

  /** Checks once. A later change, even one while HAProxy loads, is found by the next check. */
  async look(): Promise<void> {
    const files = digestOf(this.files);
    if (files === this.settled) return;
    const configuration = filesDigest(mountedFiles(this.configuration));
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
    this.log("HAProxy: reloaded its files");
    this.loaded = configuration;
    this.sayLoaded();
  }

  /** Tries refused files again at the next check, because the cause may be outside the files. */
  forgetRefusal(): void {
    if (this.refused) this.settled = undefined;
  }
}
