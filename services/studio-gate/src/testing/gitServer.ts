/** For tests: a repository behind git's own server program, on real TLS, for who knows the password. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** Who it knows. */
export const account = { username: "studio", password: "no secret but of tests" };

/** A server with one repository, `boats.git`. */
export class TestGitServer {
  /** The requests that have arrived. */
  readonly asked: { method: string; url: string; headers: IncomingMessage["headers"] }[] = [];
  /** Answers instead of git. */
  instead: ((response: ServerResponse) => void) | undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
    readonly repository: string,
  ) {}

  /** @param folder - to make the repository in */
  static async start(tls: { cert: string; key: string }, folder: string): Promise<TestGitServer> {
    const repository = join(folder, "boats.git");
    const git = (...args: string[]): unknown => execFileSync("git", ["--git-dir", repository, ...args]);
    execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", repository]);
    git("config", "http.receivepack", "true");
    const tree = execFileSync("git", ["--git-dir", repository, "mktree"], { input: "" }).toString().trim();
    const who = ["-c", "user.name=ann", "-c", "user.email=ann@example.com"];
    const commit = execFileSync("git", [...who, "--git-dir", repository, "commit-tree", tree, "-m", "begin"]);
    for (const branch of ["main", "studio/bob/boats-2.0"])
      git("update-ref", `refs/heads/${branch}`, commit.toString().trim());
    const server = createServer(tls);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `https://localhost:${(server.address() as AddressInfo).port}/boats.git`;
    const made = new TestGitServer(server, url, repository);
    server.on("request", (request, response) => made.answer(folder, request, response));
    return made;
  }

  /** What a ref is at; undefined if there is none. */
  at(ref: string): string | undefined {
    try {
      return execFileSync("git", ["--git-dir", this.repository, "rev-parse", "--verify", "--quiet", ref])
        .toString()
        .trim();
    } catch {
      return undefined;
    }
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private answer(folder: string, request: IncomingMessage, response: ServerResponse): void {
    const { method = "", url = "", headers } = request;
    this.asked.push({ method, url, headers });
    if (this.instead !== undefined) {
      request.resume();
      return this.instead(response);
    }
    const wanted = `Basic ${Buffer.from(`${account.username}:${account.password}`).toString("base64")}`;
    if (headers.authorization !== wanted) {
      request.resume();
      return void response.writeHead(401, { "www-authenticate": 'Basic realm="boats"' }).end(headers.authorization);
    }
    const [path, query] = url.split("?");
    const env = {
      ...process.env,
      ...{ GIT_PROJECT_ROOT: folder, GIT_HTTP_EXPORT_ALL: "1", REMOTE_USER: account.username },
      ...{ REQUEST_METHOD: method, PATH_INFO: path, QUERY_STRING: query ?? "" },
      CONTENT_TYPE: headers["content-type"] ?? "",
      ...(headers["content-length"] && { CONTENT_LENGTH: headers["content-length"] }),
      ...(headers["content-encoding"] && { HTTP_CONTENT_ENCODING: headers["content-encoding"] }),
      ...(headers["git-protocol"] && { GIT_PROTOCOL: headers["git-protocol"] as string }),
    };
    const child = spawn("git", ["http-backend"], { env, stdio: ["pipe", "pipe", "ignore"] });
    child.stdin.on("error", () => undefined);
    request.on("close", () => request.complete || child.kill());
    request.pipe(child.stdin);
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => void chunks.push(chunk));
    child.on("close", () => {
      const said = Buffer.concat(chunks);
      const end = said.indexOf("\r\n\r\n");
      const fields = said.toString("latin1", 0, Math.max(0, end)).split("\r\n");
      const status = fields.find((field) => field.startsWith("Status: "));
      response.statusCode = Number(status?.split(" ")[1] ?? (end < 0 ? 500 : 200));
      for (const field of fields.filter((each) => each !== status && each !== "")) {
        const [name, value] = field.split(": ");
        response.setHeader(name!, value!);
      }
      response.end(said.subarray(end + 4));
    });
  }
}
