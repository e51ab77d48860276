/**
 * The REST server of fabric-samples (asset-transfer-basic/rest-api-typescript), to be compared with: REST_SAMPLE is the folder in which
 * it was built, and redis-server is in the PATH.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { freePort } from "../../../services/common/testing/freePort";
import { settingsIn } from "./bareGateway";
import type { OutsideClient } from "./outsideClient";

const key = "of-the-test";

/** What it needs to know of a network. */
export interface RestSampleOptions {
  client: OutsideClient;
  /** Folder of `baas connection`. */
  folder: string;
  organization: string;
  /** Path of a blockchain_client.yaml. */
  settings: string;
}

/** Why it cannot run here, if it cannot. */
export function whyNoRestSample(): string | undefined {
  return process.env.REST_SAMPLE === undefined
    ? "REST_SAMPLE is not set: the folder with fabric-samples' asset-transfer-basic/rest-api-typescript, built"
    : undefined;
}

/** A running server. */
export class RestSample {
  private constructor(
    private readonly url: string,
    private readonly processes: readonly ChildProcess[],
  ) {}

  /** Starts it outside the cluster, with its own Redis. */
  static async start({ client, folder, organization, settings }: RestSampleOptions): Promise<RestSample> {
    const [port, redisPort] = [await freePort(), await freePort()];
    const redis = spawn("redis-server", ["--bind", "127.0.0.1", "--port", `${redisPort}`, "--save", ""]);
    const { mspId, certificate, privateKey, channel, chaincode } = settingsIn(settings);
    const profile = readFileSync(join(folder, `connection-${organization}.json`), "utf8");
    const variables = {
      ...{ LOG_LEVEL: "error", PORT: port, AS_LOCAL_HOST: false, REDIS_HOST: "127.0.0.1", REDIS_PORT: redisPort },
      ...{ HLF_CHANNEL_NAME: channel, HLF_CHAINCODE_NAME: chaincode },
    };
    // It wants two organizations: it gets one twice.
    const ofOrganization = (name: string) => ({
      [`HLF_MSP_ID_${name}`]: mspId,
      [`HLF_CONNECTION_PROFILE_${name}`]: profile,
      [`HLF_CERTIFICATE_${name}`]: certificate,
      [`HLF_PRIVATE_KEY_${name}`]: privateKey,
      [`${name}_APIKEY`]: `${key}-${name}`,
    });
    const all = { ...variables, ...ofOrganization("ORG1"), ...ofOrganization("ORG2") };
    const env = Object.entries(all).map(([name, value]) => `${name}=${value}`);
    const [command, ...args] = client.withHosts(["env", ...env, "node", "dist"]);
    const stdio = ["ignore", "inherit", "inherit"] as const;
    const server = spawn(command!, args, { cwd: process.env.REST_SAMPLE, stdio: [...stdio] });
    const sample = new RestSample(`http://127.0.0.1:${port}/api`, [server, redis]);
    await sample.untilReady();
    return sample;
  }

  /** Gives an asset to a new owner, and waits until that is committed. */
  async transfer(id: string, owner: string): Promise<void> {
    const change = JSON.stringify([{ op: "replace", path: "/Owner", value: owner }]);
    const { jobId } = await this.ask(`/assets/${id}`, { method: "PATCH", body: change });
    for (;;) {
      const { transactionIds, transactionError, transactionPayload } = await this.ask(`/jobs/${jobId}`);
      if (transactionError !== undefined) throw new Error(transactionError);
      if (transactionPayload !== undefined && transactionIds.length > 0) return;
      await sleep(100);
    }
  }

  stop(): void {
    for (const process of this.processes) process.kill();
  }

  private async untilReady(): Promise<void> {
    for (let tries = 0; tries < 120; tries++) {
      try {
        await this.ask("/assets/none", { method: "OPTIONS" });
        return;
      } catch (error) {
        if (/404/.test(String(error))) return;
        await sleep(500);
      }
    }
    this.stop();
    throw new Error("the REST sample does not answer");
  }

  private async ask(path: string, init: RequestInit = {}): Promise<any> {
    const headers = { "Content-Type": "application/json", "X-Api-Key": `${key}-ORG1` };
    const response = await fetch(`${this.url}${path}`, { ...init, headers });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return response.json();
  }
}
