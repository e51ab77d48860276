import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { load } from "js-yaml";
import { describe, expect, it } from "vitest";

import { commandLine } from "../cli/commands";
import { commentMarker } from "../cli/review/comment";

const root = join(__dirname, "..");
const folder = join(root, ".github", "workflows");
const scripts = Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts);
const commands = commandLine("").commands.map((command) => command.name());
const workflows = readdirSync(folder).map((file) => {
  const text = readFileSync(join(folder, file), "utf8");
  return { file, text, workflow: load(text) as any };
});

const allowed = [
  "actions/checkout",
  "actions/setup-node",
  "actions/upload-artifact",
  "actions/download-artifact",
].concat("actions/github-script", "pulumi/actions");

interface Job {
  steps: { run?: string; uses?: string; with?: Record<string, string>; env?: Record<string, string> }[];
  permissions?: Record<string, string>;
  [key: string]: unknown;
}

describe.each(workflows)("the workflow $file", ({ file, text, workflow }) => {
  const jobs = Object.values(workflow.jobs) as Job[];
  const steps = jobs.flatMap((job) => job.steps);
  const shell = steps.flatMap(({ run }) => run ?? []);

  it("runs scripts and commands that there are", () => {
    const named = (pattern: RegExp): string[] =>
      shell.flatMap((run) => [...run.matchAll(pattern)].map(([, name]) => name!));
    const [npm, baas, node] = [/\bnpm run (?:-s )?([\w:-]+)/g, /\.\/baas ([\w-]+)/g, /\bnode (\S+)/g].map(named);
    expect([...npm!, ...baas!, ...node!]).not.toEqual([]);
    expect(npm!.filter((script) => !scripts.includes(script))).toEqual([]);
    expect(baas!.filter((command) => !commands.includes(command))).toEqual([]);
    expect(node!.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it("has no more rights than it needs, and none for code from elsewhere", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(text).not.toMatch(/pull_request_target|workflow_run|write-all/);
    for (const { permissions, steps } of jobs.filter((job) => job.permissions !== undefined)) {
      // A job whose token may write runs no code of the repository and none of its dependencies.
      expect(steps.some(({ uses }) => uses?.startsWith("actions/checkout"))).toBe(false);
      const runs = steps.flatMap(({ run }) => run ?? []);
      expect([permissions, runs]).toEqual(
        file === "release.yaml"
          ? [{ "id-token": "write" }, ["npm publish ./package/*.tgz --provenance --access public"]]
          : [{ "pull-requests": "write" }, []],
      );
    }
  });

  it("takes official actions only, each at one commit, with its version beside it", () => {
    const lines = [...text.matchAll(/^\s+(?:- )?uses: (\S+?)@(.*)$/gm)];
    expect(lines).toHaveLength(steps.filter(({ uses }) => uses !== undefined).length);
    for (const [, action, version] of lines) {
      expect(allowed).toContain(action);
      expect(version).toMatch(/^[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  it("uses Node 24", () => {
    const versions = steps.filter(({ uses }) => uses?.startsWith("actions/setup-node")).map((step) => step.with);
    expect(versions.length).toBeGreaterThan(0);
    for (const given of versions) expect(given).toMatchObject({ "node-version": 24 });
  });

  it("leaves no token behind for what it runs, and puts no expression into a script", () => {
    for (const { uses, with: given } of steps.filter(({ uses }) => uses?.startsWith("actions/checkout"))) {
      expect([uses, given!["persist-credentials"]]).toEqual([uses, false]);
    }
    for (const run of [...shell, ...steps.flatMap((step) => step.with?.script ?? [])]) expect(run).not.toContain("${{");
  });

  it("ends by itself", () => {
    for (const job of jobs) expect(job["timeout-minutes"]).toBeGreaterThan(0);
  });
});

const of = (file: string): any => workflows.find((each) => each.file === file)!.workflow;

describe("a pull request", () => {
  const { jobs, on } = of("pull-request.yaml");

  it("sees no secret", () => {
    expect(on).toEqual({ pull_request: null });
    expect(workflows.find(({ file }) => file === "pull-request.yaml")!.text).not.toMatch(/secrets\.|pulumi login/);
  });

  const script = jobs.comment.steps.find((step: any) => step.uses.startsWith("actions/github-script")).with.script;

  async function comments(existing: object[]): Promise<string[]> {
    const called: string[] = [];
    const issues = {
      listComments: "list",
      createComment: ({ issue_number, body }: any) => called.push(`create on ${issue_number}: ${body}`),
      updateComment: ({ comment_id, body }: any) => called.push(`update ${comment_id}: ${body}`),
    };
    const github = { rest: { issues }, paginate: async () => existing };
    const context = { repo: { owner: "o", repo: "r" }, payload: { pull_request: { number: 7 } } };
    const files = { readFileSync: () => `${commentMarker}\nnew` };
    const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
    await new AsyncFunction("github", "context", "require", script)(github, context, () => files);
    return called;
  }

  it("has one comment, which is written anew", async () => {
    const others = [
      { id: 1, user: { login: "somebody" }, body: `${commentMarker}\nquoted by a person` },
      { id: 2, user: { login: "github-actions[bot]" }, body: "of another workflow" },
      { id: 3, user: { login: "other[bot]" }, body: `${commentMarker}\nof another bot` },
    ];
    expect(await comments(others)).toEqual([`create on 7: ${commentMarker}\nnew`]);
    expect(
      await comments([...others, { id: 4, user: { login: "github-actions[bot]" }, body: `${commentMarker}\nold` }]),
    ).toEqual([`update 4: ${commentMarker}\nnew`]);
  });
});

describe("a deployment", () => {
  const { jobs } = of("deploy.yaml");

  it("is protected by the environment of its name, and is never cut off", () => {
    expect(jobs.deploy.environment).toBe("${{ matrix.environment }}");
    expect(jobs.deploy.concurrency).toEqual({ group: "deploy-${{ matrix.environment }}", "cancel-in-progress": false });
  });

  it("gives secrets to that job alone", () => {
    expect(JSON.stringify(jobs.environments)).not.toContain("secrets.");
  });
});

describe("all workflows", () => {
  it("take the same commit of an action", () => {
    const taken = workflows.flatMap(({ text }) => [...text.matchAll(/uses: (\S+?)@(\S+)/g)]);
    const commits = new Map<string, Set<string>>();
    for (const [, action, commit] of taken) commits.set(action!, (commits.get(action!) ?? new Set()).add(commit!));
    for (const [action, each] of commits) expect([action, each.size]).toEqual([action, 1]);
  });
});

describe("a release", () => {
  const { jobs, on } = of("release.yaml");

  it("is made by a tag of a library, and only after its check and tests", () => {
    expect(on).toEqual({ push: { tags: ["fabric-v*", "client-v*"] } });
    expect(jobs.publish.needs).toBe("pack");
    const runs = jobs.pack.steps.flatMap(({ run }: any) => run ?? []).join("\n");
    const [check, tests, pack] = ["checkRelease.mjs", "vitest run", "npm pack"].map((each) => runs.indexOf(each));
    expect(check).toBeGreaterThan(-1);
    expect(tests).toBeGreaterThan(check!);
    expect(pack).toBeGreaterThan(tests!);
  });

  it("needs no password, and shares no cache with other runs", () => {
    const { text } = workflows.find(({ file }) => file === "release.yaml")!;
    expect(text).not.toMatch(/secrets\.|NODE_AUTH_TOKEN|cache: npm/);
    const nodes = [...jobs.pack.steps, ...jobs.publish.steps].filter(({ uses }) =>
      uses?.startsWith("actions/setup-node"),
    );
    for (const { with: given } of nodes) expect(given["package-manager-cache"]).toBe(false);
  });
});
