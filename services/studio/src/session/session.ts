/** The session as a whole: puts its parts together, starts and stops them. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import type { studioEditorPorts, StudioEditorSettings } from "../../../../model/contracts/studioEditor";
import { messageOf } from "../../../common/failure";
import { ApiClient } from "./apiClient";
import { Calls } from "./calls";
import { ChaincodeServer } from "./chaincode/chaincodeServer";
import { Logs } from "./logs";
import { NextVersions } from "./nextVersion";
import { tokenFile } from "./protocol";
import { RunningContract } from "./runningContract";
import { createSessionServer } from "./server";

/** Arguments of {@link startSession}. */
export interface SessionArgs {
  settings: StudioEditorSettings;
  /** Folder of the contract's project. */
  project: string;
  packageId: string;
  /** Folder of the session's own files. */
  folder: string;
  /** Of the loopback; 0 for any that is free, but for those of the contract. */
  ports: Record<keyof typeof studioEditorPorts, number>;
}

/** A session that runs. */
export interface RunningSession {
  /** Port for the peer's calls. */
  chaincodePort: number;
  /** Port for the extension. */
  port: number;
  stop(): Promise<void>;
}

/** Starts a session. */
export async function startSession({
  settings,
  project,
  packageId,
  folder,
  ports,
}: SessionArgs): Promise<RunningSession> {
  const logs = new Logs();
  const contract = new RunningContract({
    folder: project,
    packageId,
    port: ports.contract,
    debugPort: ports.debugger,
    logs,
  });
  const chaincode = new ChaincodeServer({
    packageId,
    contract: contract.listening,
    called: ({ txID, reads, writes }) =>
      logs.add("session", `call ${txID.slice(0, 12)}: ${reads.length} reads, ${writes.length} writes`),
  });
  const { channel, chaincode: name, api } = settings;
  const calls = new Calls(api && new ApiClient(api, { channel, chaincode: name }), chaincode, settings);
  const versions = new NextVersions(folder, project, settings);
  const token = newToken(folder);
  const server = createSessionServer({ settings, contract, calls, logs, versions, token });
  // Calls stand at breakpoints for as long as somebody looks.
  Object.assign(server, { requestTimeout: 0, timeout: 0 });
  await versions.begin().catch((error: unknown) => logs.add("session", `no next version: ${messageOf(error)}`));
  const chaincodePort = await chaincode.listen(ports.chaincode);
  server.listen(ports.session, "127.0.0.1");
  await once(server, "listening");
  contract.start();
  return {
    chaincodePort,
    port: (server.address() as AddressInfo).port,
    async stop() {
      chaincode.close();
      server.close();
      server.closeAllConnections();
      await contract.stop();
    },
  };
}

/** Another one at each start, in a file that the session's user alone can read. */
function newToken(folder: string): string {
  const token = randomBytes(32).toString("base64url");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, tokenFile), token, { mode: 0o600 });
  return token;
}
