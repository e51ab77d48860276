import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { load } from "js-yaml";
import { describe, expect, it } from "vitest";

import { commentMarker } from "../cli/review/comment";

const root = join(__dirname, "..");
const folder = join(root, ".github", "workflows");
const scripts = Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts);
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

describe.each(workflows)("the workflow $file", ({ text, workflow }) => {
  const jobs = Object.values(workflow.jobs) as Job[];
  const steps = jobs.flatMap((job) => job.steps);
  const shell = steps.flatMap(({ run }) => run ?? []);

  it("runs scripts that there are", () => {
    const named = shell.flatMap((run) => [...run.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name]) => name!));
    expect(named.length).toBeGreaterThan(0);
    for (const name of named) expect(scripts).toContain(name);
  });

  it("has no more rights than it needs, and none for code from elsewhere", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(text).not.toMatch(/pull_request_target|workflow_run|write-all/);
    for (const { permissions, steps } of jobs.filter((job) => job.permissions !== undefined)) {
      expect(permissions).toEqual({ "pull-requests": "write" });
      // Where the token may write, nothing of the pull request is run.
      expect(steps.some(({ run, uses }) => run !== undefined || uses?.startsWith("actions/checkout"))).toBe(false);
    }
  });

  it("takes official actions only, each in a major version", () => {
    for (const { uses } of steps.filter((step) => step.uses !== undefined)) {
      const [action, version] = uses!.split("@");
      expect(allowed).toContain(action);
      expect(version).toMatch(/^v\d+$/);
    }
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
