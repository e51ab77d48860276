/** The next version as a branch: session program, gate, and git's own server on the other side. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, it } from "vitest";

import { jsonLog } from "../../services/common/log";
import { TestCa } from "../../services/common/testing/testCa";
import { NextVersions } from "../../services/studio/src/session/nextVersion";
import { parseSettings } from "../../services/studio/src/session/settings";
import { GitRemote } from "../../services/studio-gate/src/gitRemote";
import { networkCalls } from "../../services/studio-gate/src/networkCalls";
import { account, TestGitServer } from "../../services/studio-gate/src/testing/gitServer";
import { serverPair } from "../../services/studio-gate/src/testing/testGate";

const folder = mkdtempSync(join(tmpdir(), "baas-branch-"));
const project = join(folder, "project");
const content = 'chaincodes:\n  - name: boats\n    channel: main\n    version: "1.0"\n';
let server: TestGitServer;
let gate: Server;
let versions: (branches: string) => Promise<NextVersions>;

const git = (...args: string[]): string => execFileSync("git", args).toString();

beforeAll(async () => {
  const ca = await TestCa.make("git");
  for (const each of ["served", "project", "work/stacks"]) mkdirSync(join(folder, each), { recursive: true });
  server = await TestGitServer.start(await serverPair(ca, "localhost"), join(folder, "served"));
  const work = join(folder, "work");
  const who = ["-c", "user.name=bob", "-c", "user.email=bob@example.com"];
  git("-C", work, "init", "--quiet", "--initial-branch=main");
  writeFileSync(join(work, "stacks/Pulumi.dev.yaml"), content);
  git("-C", work, "add", ".");
  git("-C", work, ...who, "commit", "--quiet", "-m", "First");
  git("-C", work, "push", "--quiet", "--force", server.repository, "main");
  writeFileSync(join(project, "boats.js"), "exports.contracts = [];\n");
  const settings = { url: server.url, branches: "studio/ada/" };
  const given = { credentials: () => account, roots: () => ca.pem, log: jsonLog("error") };
  gate = networkCalls({
    calls: { channel: "main", chaincode: "boats" },
    until: () => undefined,
    client: () => Promise.reject(new Error("nobody calls")),
    remote: new GitRemote({ settings, ...given }),
  });
  await once(gate.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(gate.address() as AddressInfo).port}/repository.git`;
  versions = async (branches) => {
    const made = new NextVersions(
      mkdtempSync(join(folder, "own-")),
      project,
      parseSettings({
        ...{ network: "dev", channel: "main", chaincode: "boats", version: "1.0", source: "chaincode/boats" },
        stackFile: { path: "stacks/Pulumi.dev.yaml", content },
        remote: { url, base: "main", name: server.url, branches },
      }),
    );
    await made.begin();
    return made;
  };
});

afterAll(() => {
  server?.stop();
  gate?.close();
  gate?.closeAllConnections();
  rmSync(folder, { recursive: true });
});

it("is pushed to a branch of the session", async () => {
  const pushed = await (await versions("studio/ada/")).push("1.1", "ada");
  expect(pushed).toEqual({ branch: "studio/ada/boats-1.1", commit: expect.any(String), remote: server.url });
  expect(server.at("refs/heads/studio/ada/boats-1.1")).toBe(pushed.commit);
  const changed = git("-C", server.repository, "diff", "--name-only", "main", pushed.branch).trim().split("\n");
  expect(changed).toEqual(["chaincode/boats/boats.js", "stacks/Pulumi.dev.yaml"]);
}, 60_000);

it("is pushed to no branch of another session, and it is said why", async () => {
  await expect((await versions("studio/bob/")).push("1.1", "ada")).rejects.toThrow(
    "studio/bob/boats-1.1 (this session pushes to refs/heads/studio/ada/* alone)",
  );
}, 60_000);
