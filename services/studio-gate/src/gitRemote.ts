/** The way from a session to the repository that its branches are pushed to: the gate alone has the credentials, and looks at what is pushed. */
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { request as requestHttps } from "node:https";
import { pipeline } from "node:stream/promises";
import { rootCertificates } from "node:tls";

import { studioRemotePath, type StudioRemoteSettings } from "../../../model/contracts/studio";
import { messageOf } from "../../common/failure";
import type { Log } from "../../common/log";
import { bytesOf } from "../../common/requestBody";
import { NoPush, type PushedCommands, readCommands, refusalOf, refusedReport } from "./pushedCommands";

/** Who the gate is to the repository. */
export interface RemoteCredentials {
  username: string;
  password: string;
}

/** Arguments of {@link GitRemote}. */
export interface GitRemoteArgs {
  settings: StudioRemoteSettings;
  /** Undefined if they are not there. */
  credentials: () => RemoteCredentials | undefined;
  /** Certificates (PEM) of CAs beside the known ones. */
  roots: () => string | undefined;
  log: Log;
  /** Largest push, in bytes. */
  most?: number;
}

/** Largest question of what is in the repository, in bytes. */
const mostQuestion = 8 * 2 ** 20;

/** How long the repository may say nothing, in milliseconds. */
const silence = 120_000;

const services = ["git-upload-pack", "git-receive-pack"] as const;
type Service = (typeof services)[number];

/** Why something was not passed on, for who asked. */
class NotPassed extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Passes requests of git on: those of one repository, and pushes to the session's branches alone. */
export class GitRemote {
  private readonly most: number;

  constructor(private readonly args: GitRemoteArgs) {
    this.most = args.most ?? 256 * 2 ** 20;
  }

  /** Whether a request is one of git. */
  takes({ url }: IncomingMessage): boolean {
    return url?.startsWith(`${studioRemotePath}/`) ?? false;
  }

  /** Answers it. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => undefined);
    try {
      const asked = `${request.method} ${request.url!.slice(studioRemotePath.length)}`;
      const listed = services.find((each) => asked === `GET /info/refs?service=${each}`);
      const used = services.find((each) => asked === `POST /${each}`);
      if (listed !== undefined) return await this.list(listed, request, response);
      if (used === "git-receive-pack") return await this.receive(request, response);
      if (used === "git-upload-pack") return await this.upload(request, response);
      throw new NotPassed(404, "there is nothing here but one repository");
    } catch (error) {
      if (response.headersSent) return void response.destroy();
      if (!(error instanceof NotPassed)) this.args.log.warn("a request of git failed", { reason: messageOf(error) });
      request.resume();
      const status = error instanceof NotPassed ? error.status : 502;
      const text = error instanceof NotPassed ? error.message : "the repository cannot be reached";
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
    }
  }

  private async list(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const passed = this.open("GET", `/info/refs?service=${service}`, versionOf(request));
    passed.end();
    await this.pass(await answered(passed), `application/x-${service}-advertisement`, response);
  }

  private async upload(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const encoding = request.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "gzip") throw new NotPassed(415, "requests are plain, or gzip");
    const body = await bytesOf(request, mostQuestion);
    if (body === undefined) throw new NotPassed(413, `the request has more than ${mostQuestion} bytes`);
    const passed = this.open("POST", "/git-upload-pack", {
      ...{ "content-type": "application/x-git-upload-pack-request", "content-length": String(body.length) },
      ...(encoding !== undefined && { "content-encoding": encoding }),
      ...versionOf(request),
    });
    passed.end(body);
    await this.pass(await answered(passed), "application/x-git-upload-pack-result", response);
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers["content-encoding"] !== undefined) throw new NotPassed(415, "pushes are plain");
    const body = (request as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    const { start, asked } = await begun(body);
    const { log, settings } = this.args;
    const refs = asked.commands.map(({ ref }) => ref).join(" ");
    let refusal = refusalOf(asked, settings.branches);
    let answer: IncomingMessage | undefined;
    if (refusal === undefined) {
      try {
        answer = await this.send(start, body, request);
      } catch (error) {
        if (!(error instanceof NotPassed)) throw error;
        refusal = error.message;
      }
    }
    if (answer !== undefined) {
      log.info("a push was passed on", { refs, status: answer.statusCode });
      refusal = this.problemOf(answer);
      if (refusal === undefined) return this.pass(answer, "application/x-git-receive-pack-result", response);
      answer.destroy();
    }
    log.warn("a push was refused", { refs, reason: refusal });
    while (!(await body.next()).done);
    response.writeHead(200, { "content-type": "application/x-git-receive-pack-result", "cache-control": "no-cache" });
    response.end(refusedReport(asked, refusal!));
  }

  /** Sends a push on, as far as it may go. */
  private async send(
    start: Buffer,
    body: AsyncIterator<Buffer>,
    { headers }: IncomingMessage,
  ): Promise<IncomingMessage> {
    const length = headers["content-length"];
    const tooLarge = new NotPassed(413, `the push has more than ${this.most} bytes`);
    if (Number(length ?? 0) > this.most) throw tooLarge;
    const passed = this.open("POST", "/git-receive-pack", {
      "content-type": "application/x-git-receive-pack-request",
      ...(length !== undefined && { "content-length": length }),
    });
    const answer = answered(passed);
    let isAnswered = false;
    const over = answer.catch(() => undefined).then(() => void (isAnswered = true));
    let count = start.length;
    try {
      passed.write(start);
      for (let next = await body.next(); !next.done && !isAnswered; next = await body.next()) {
        if ((count += next.value.length) > this.most) throw tooLarge;
        if (!passed.write(next.value)) await Promise.race([once(passed, "drain").catch(() => undefined), over]);
      }
      passed.end();
    } catch (error) {
      // A push that is not whole changes nothing there.
      passed.destroy();
      throw error;
    }
    return answer;
  }

  private open(method: string, path: string, headers: Record<string, string>): ClientRequest {
    const { settings, credentials, roots } = this.args;
    const own = credentials();
    if (own === undefined) throw new NotPassed(502, `the gate has no username and password for ${shown(settings.url)}`);
    const authorization = `Basic ${Buffer.from(`${own.username}:${own.password}`).toString("base64")}`;
    const root = roots();
    return requestHttps(`${settings.url}${path}`, {
      ...{ method, agent: false, timeout: silence },
      ...(root !== undefined && { ca: [...rootCertificates, root] }),
      headers: { ...headers, authorization, accept: "*/*", "user-agent": "git/2 (studio)" },
    });
  }

  /** Why an answer is none of git's. What else is in it stays here: it may have the credentials in it. */
  private problemOf({ statusCode, headers }: IncomingMessage): string | undefined {
    if (statusCode === 200) return undefined;
    if (statusCode === 401 || statusCode === 403)
      return `the repository refuses the gate's username and password, or what they may do (status ${statusCode})`;
    if (statusCode === 404) return "there is no such repository, or the gate's user does not see it";
    const { location } = headers;
    if (statusCode! < 400 && location !== undefined) {
      const host = URL.parse(location, this.args.settings.url)?.host;
      return `the repository is elsewhere, at ${host}: redirects are not followed, so the stack file is to name it`;
    }
    return `the repository answers with status ${statusCode}`;
  }

  private async pass(answer: IncomingMessage, type: string, response: ServerResponse): Promise<void> {
    const isGit = answer.headers["content-type"] === type && answer.headers["content-encoding"] === undefined;
    const problem = this.problemOf(answer) ?? (isGit ? undefined : "the repository does not answer as git does");
    if (problem !== undefined) {
      answer.destroy();
      throw new NotPassed(502, problem);
    }
    response.writeHead(200, { "content-type": type, "cache-control": "no-cache" });
    await pipeline(answer, response);
  }
}

/** An address without what is secret in it. */
const shown = (url: string): string => new URL(url).host;

/** The protocol's version that a client wants. */
function versionOf({ headers }: IncomingMessage): Record<string, string> {
  const version = headers["git-protocol"];
  return version === "version=1" || version === "version=2" ? { "git-protocol": version } : {};
}

function answered(passed: ClientRequest): Promise<IncomingMessage> {
  passed.on("timeout", () => passed.destroy(new Error("the repository says nothing")));
  // After the answer, too.
  passed.on("error", () => undefined);
  return new Promise((resolve, reject) => {
    passed.on("response", resolve);
    passed.on("error", reject);
  });
}

/** The beginning of a push: at least all its commands. */
async function begun(body: AsyncIterator<Buffer>): Promise<{ start: Buffer; asked: PushedCommands }> {
  let start: Buffer = Buffer.alloc(0);
  try {
    for (;;) {
      const asked = readCommands(start);
      if (asked !== undefined) return { start, asked };
      const next = await body.next();
      if (next.done) throw new NoPush("this is no push");
      start = Buffer.concat([start, next.value]);
    }
  } catch (error) {
    if (error instanceof NoPush) throw new NotPassed(400, error.message);
    throw error;
  }
}
