import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { jsonLog } from "../../common/log";
import { TestCa } from "../../common/testing/testCa";
import { GitRemote, type RemoteCredentials } from "./gitRemote";
import { networkCalls } from "./networkCalls";
import { account, TestGitServer } from "./testing/gitServer";
import { serverPair } from "./testing/testGate";

const most = 200_000;
const folder = mkdtempSync(join(tmpdir(), "baas-remote-"));
const work = join(folder, "work");
let server: TestGitServer;
let gate: Server;
let url: string;
let credentials: RemoteCredentials | undefined;
let remoteUrl: string;

beforeAll(async () => {
  const ca = await TestCa.make("login");
  const served = join(folder, "served");
  mkdirSync(served);
  server = await TestGitServer.start(await serverPair(ca, "localhost"), served);
  const settings = {
    get url() {
      return remoteUrl;
    },
    branches: "studio/ada/",
  };
  const remote = new GitRemote({
    ...{ settings, credentials: () => credentials, roots: () => ca.pem, log: jsonLog("error"), most },
  });
  gate = networkCalls({
    calls: { channel: "main", chaincode: "boats" },
    until: () => undefined,
    client: () => Promise.reject(new Error("nobody calls")),
    remote,
  });
  await once(gate.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${(gate.address() as AddressInfo).port}/repository.git`;
  remoteUrl = server.url;
  credentials = account;
  expect(await git(folder, "clone", "--depth=1", "--quiet", url, work)).toEqual({ status: 0, said: "" });
});

beforeEach(() => {
  remoteUrl = server.url;
  credentials = account;
  server.instead = undefined;
});

afterAll(() => {
  server?.stop();
  gate?.close();
  gate?.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** Runs git as a session would. */
function git(cwd: string, ...args: string[]): Promise<{ status: number; said: string }> {
  const env = {
    ...process.env,
    ...{ HOME: folder, GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" },
    ...{ GIT_AUTHOR_NAME: "ada", GIT_AUTHOR_EMAIL: "ada@example.com" },
    ...{ GIT_COMMITTER_NAME: "ada", GIT_COMMITTER_EMAIL: "ada@example.com" },
  };
  return new Promise((resolve) => {
    execFile("git", args, { cwd, env, timeout: 120_000 }, (error, _stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code ?? -1), said: stderr }),
    );
  });
}

/** Commits a file. */
async function commit(name: string, content: string | Buffer): Promise<void> {
  writeFileSync(join(work, name), content);
  await git(work, "add", "--all");
  expect(await git(work, "commit", "--quiet", "-m", name)).toMatchObject({ status: 0 });
}

const push = (...refs: string[]) => git(work, "push", "--porcelain", "origin", ...refs);

describe("a session's repository", () => {
  it("is read, and gets the session's branches", async () => {
    await commit("boat.ts", "export {};\n");
    expect(await push("HEAD:refs/heads/studio/ada/boats-1.1")).toMatchObject({ status: 0 });
    expect(server.at("refs/heads/studio/ada/boats-1.1")).toMatch(/^[0-9a-f]{40}$/);
    expect(await git(work, "fetch", "--quiet", "origin", "studio/bob/boats-2.0")).toEqual({ status: 0, said: "" });
    expect(await push(":refs/heads/studio/ada/boats-1.1")).toMatchObject({ status: 0 });
    expect(server.at("refs/heads/studio/ada/boats-1.1")).toBeUndefined();
  }, 120_000);

  it.each([
    ["another branch", "HEAD:refs/heads/main"],
    ["a branch of another session", "+HEAD:refs/heads/studio/bob/boats-2.0"],
    ["the end of a branch of another session", ":refs/heads/studio/bob/boats-2.0"],
    ["a tag", "HEAD:refs/tags/v1"],
    ["one that only begins so", "HEAD:refs/heads/studio/adam/boats"],
    ["what a server would merge", "HEAD:refs/for/main"],
  ])(
    "gets no push of %s, and the client is told why",
    async (_, ref) => {
      await commit(`file-${randomBytes(4).toString("hex")}`, "content\n");
      const before = [server.at("refs/heads/main"), server.at("refs/heads/studio/bob/boats-2.0")];
      const count = server.asked.length;
      const { status, said } = await git(work, "push", "origin", "HEAD:refs/heads/studio/ada/fine", ref);
      expect(status).toBe(1);
      const name = ref.split(":")[1]!.replace(/^refs\/(heads|tags)\//, "");
      expect(said).toContain("[remote rejected]");
      expect(said).toContain(`${name} (this session pushes to refs/heads/studio/ada/* alone)`);
      expect([server.at("refs/heads/main"), server.at("refs/heads/studio/bob/boats-2.0")]).toEqual(before);
      expect(server.at("refs/heads/studio/ada/fine")).toBeUndefined();
      expect(server.asked.slice(count).map(({ method }) => method)).toEqual(["GET"]);
    },
    120_000,
  );

  it("gets no push with options, which can have a server merge it", async () => {
    await git(folder, "--git-dir", server.repository, "config", "receive.advertisePushOptions", "true");
    await commit("options.ts", "export {};\n");
    const { status, said } = await push("-o", "merge_request.create", "HEAD:refs/heads/studio/ada/options");
    await git(folder, "--git-dir", server.repository, "config", "receive.advertisePushOptions", "false");
    expect(status).not.toBe(0);
    expect(said).not.toContain(account.password);
    expect(server.at("refs/heads/studio/ada/options")).toBeUndefined();
  }, 120_000);

  it.each([
    ["one piece", most + 1_000, []],
    ["pieces", 4_000_000, ["-c", "http.postBuffer=70000"]],
  ])(
    "gets no push that is too large, in %s",
    async (_, size, options) => {
      await commit("large.bin", randomBytes(size));
      const { status, said } = await git(work, ...options, "push", "origin", "HEAD:refs/heads/studio/ada/large");
      await git(work, "reset", "--quiet", "--hard", "HEAD~1");
      expect([status, said]).toEqual([1, expect.stringContaining(`(the push has more than ${most} bytes)`)]);
      expect(server.at("refs/heads/studio/ada/large")).toBeUndefined();
    },
    120_000,
  );

  it("gets a push in pieces", async () => {
    await commit("pieces.bin", randomBytes(150_000));
    const pieces = ["-c", "http.postBuffer=70000"];
    const { status, said } = await git(work, ...pieces, "push", "origin", "HEAD:refs/heads/studio/ada/pieces");
    expect({ status, said: status === 0 ? "" : said }).toEqual({ status: 0, said: "" });
    expect(server.at("refs/heads/studio/ada/pieces")).toMatch(/^[0-9a-f]{40}$/);
  }, 120_000);

  it("says so where the gate's password is wrong, or is not there, and never says it", async () => {
    credentials = { ...account, password: "a wrong one" };
    const wrong = await git(work, "ls-remote", "origin");
    const refusal = "the repository refuses the gate's username and password, or what they may do (status 401)";
    expect(wrong).toEqual({ status: 128, said: expect.stringContaining(refusal) });
    expect(wrong.said).not.toMatch(/a wrong one|c3R1ZGlv/);
    credentials = undefined;
    const missing = await git(work, "ls-remote", "origin");
    expect(missing.said).toContain(`the gate has no username and password for ${new URL(server.url).host}`);
  }, 120_000);

  it.each([
    [
      "sends elsewhere",
      { status: 302, headers: { location: "https://elsewhere.example.com/boats.git?token=hidden" } },
      "the repository is elsewhere, at elsewhere.example.com: redirects are not followed, so the stack file is to name it",
    ],
    ["is not there", { status: 404 }, "there is no such repository, or the gate's user does not see it"],
    ["fails", { status: 500 }, "the repository answers with status 500"],
    [
      "is a page",
      { status: 200, headers: { "content-type": "text/html" } },
      "the repository does not answer as git does",
    ],
  ])(
    "that %s is not passed on",
    async (_, { status, headers = {} }: { status: number; headers?: object }, reason) => {
      server.instead = (response) => response.writeHead(status, { ...headers }).end("hidden");
      const { said } = await git(work, "ls-remote", "origin");
      expect(said).toContain(`remote: ${reason}\n`);
      expect(said).not.toContain("hidden");
    },
    120_000,
  );

  it("that nobody reaches is not reached, and nothing is said of why", async () => {
    remoteUrl = "https://127.0.0.1:1/boats.git";
    expect((await git(work, "ls-remote", "origin")).said).toContain("remote: the repository cannot be reached\n");
  }, 120_000);

  it.each([
    ["GET", "/config"],
    ["GET", "/info/refs"],
    ["GET", "/info/refs?service=git-receive-pack&x=1"],
    ["GET", "/../other.git/info/refs?service=git-upload-pack"],
    ["POST", "/info/lfs/objects/batch"],
    ["GET", "/git-receive-pack"],
  ])("is all that there is: %s %s", async (method, path) => {
    const count = server.asked.length;
    const answer = await fetch(`${url}${path}`, { method });
    expect(answer.status).toBe(404);
    expect(server.asked).toHaveLength(count);
  });

  it.each([["0009hello0000"], ["zzzz"], ["0003"], ["00"], [`0035${"0".repeat(40)} refs/x0000`]])(
    "gets no push that is none: %s",
    async (body) => {
      const count = server.asked.length;
      const answer = await fetch(`${url}/git-receive-pack`, { method: "POST", body });
      expect(answer.status).toBe(400);
      expect(server.asked).toHaveLength(count);
    },
  );

  it("hears nothing of the session but what git needs", () => {
    const fields = new Set(server.asked.flatMap(({ headers }) => Object.keys(headers)));
    expect([...fields].sort()).toEqual([
      ...["accept", "authorization", "connection", "content-length", "content-type", "git-protocol", "host"],
      ...["transfer-encoding", "user-agent"],
    ]);
  });
});
