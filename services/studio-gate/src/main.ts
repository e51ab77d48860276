/** The gate of a studio's session. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { type BlockchainClient, connect } from "@baas/client";

import { cryptoDir, nodeFiles, tlsFiles } from "../../../model/contracts/enrolment";
import {
  studioClientFile,
  studioGateDir,
  type StudioGateSettings,
  studioGateVariable,
  studioLinkDir,
  studioLinkKey,
  studioOidcDir,
  studioOidcKey,
  studioRemoteDir,
  studioRemoteKeys,
  studioRemoteRootsFile,
} from "../../../model/contracts/studio";
import type { SessionTarget } from "../../common/chaincodeSession";
import { hostAndPort } from "../../common/environment";
import { Failure, messageOf } from "../../common/failure";
import { followTls, type KeyPair } from "../../common/followTls";
import { jsonLog } from "../../common/log";
import { linkKey, type LinkTarget } from "../../common/studioLink";
import { Calls } from "./calls";
import { Editor } from "./editor";
import { Gate } from "./gate";
import { GitRemote, type RemoteCredentials } from "./gitRemote";
import { LentConnections } from "./lentConnections";
import { Life } from "./life";
import { Logins } from "./logins";
import { networkCalls } from "./networkCalls";
import { RemoteSession } from "./remoteSession";
import { SignedRequests } from "./requests";
import { SignIn } from "./signIn";

const log = jsonLog("info");

/** Milliseconds between two looks at a session's age. */
const interval = 5000;

const crypto = (file: string): string => readFileSync(join(cryptoDir, file), "utf8");

const tls = (): KeyPair => ({
  cert: readFileSync(tlsFiles.certificate, "utf8"),
  key: readFileSync(tlsFiles.key, "utf8"),
});

function relayOf({ relay, server }: StudioGateSettings): SessionTarget {
  return {
    ...relay,
    tlsRoot: crypto(nodeFiles.tlsRootOfMsp),
    certificate: crypto(nodeFiles.signingCertificate),
    privateKey: crypto(nodeFiles.signingKey),
    server,
  };
}

/** What may be made, and changed, at any time. */
function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

const clientSecret = (): string | undefined => textOf(join(studioOidcDir, studioOidcKey));

function credentials(): RemoteCredentials | undefined {
  const [username, password] = studioRemoteKeys.map((key) => textOf(join(studioRemoteDir, key)));
  return username === undefined || password === undefined ? undefined : { username, password };
}

function remoteOf({ remote }: StudioGateSettings): GitRemote | undefined {
  const roots = (): string | undefined => textOf(join(studioGateDir, studioRemoteRootsFile));
  return remote && new GitRemote({ settings: remote, credentials, roots, log });
}

function main(): void {
  const path = process.env[studioGateVariable];
  if (path === undefined) throw new Failure(`the variable ${studioGateVariable} names no file`);
  const settings = JSON.parse(readFileSync(path, "utf8")) as StudioGateSettings;
  const link = (): LinkTarget => ({
    ...hostAndPort(settings.session),
    key: linkKey(readFileSync(join(studioLinkDir, studioLinkKey), "utf8")),
  });
  const logins = new Logins();
  let client: Promise<BlockchainClient> | undefined;
  const connected = () => (client ??= connect(join(studioGateDir, studioClientFile)));
  const until = () => life.state.until;
  const taken = networkCalls({ calls: settings.calls, client: connected, until, remote: remoteOf(settings) });
  const lent = new LentConnections(link, taken);
  const calls = new Calls({ relay: () => relayOf(settings), link, log });
  const life = new Life({
    ...settings,
    session: new RemoteSession(link),
    began: () => {
      calls.start();
      lent.start();
    },
    ended: () => {
      logins.clear();
      gate.closeWindows();
      calls.stop();
      lent.stop();
    },
    log,
  });
  const admission = () => ({ signingRoot: crypto(nodeFiles.signingRoot), developers: [settings.developer] });
  const requests = new SignedRequests({ host: settings.host, admission });
  const signIn = settings.oidc && new SignIn({ settings: settings.oidc, clientSecret });
  const gate = new Gate({ settings, tls: tls(), logins, requests, signIn, life, editor: new Editor(link), calls, log });
  run(gate, life, calls, settings);
}

function run(gate: Gate, life: Life, calls: Calls, settings: StudioGateSettings): void {
  const ending = new AbortController();
  followTls(tls, gate.server, ending.signal, log);
  void life.check();
  setInterval(() => void life.check(), interval).unref();
  const { host, port } = hostAndPort(settings.listen);
  gate.server.on("error", fail);
  gate.server.listen(port, host);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      ending.abort();
      calls.stop();
      process.exit(0);
    });
  }
  log.info("ready");
}

function fail(error: unknown): void {
  log.error(messageOf(error));
  process.exit(1);
}

try {
  main();
} catch (error) {
  fail(error);
}
