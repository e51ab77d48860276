/** The policies on whole stacks, through the commands that a user types. */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { type Preview, preview } from "../cli/engine/preview/preview";
import { policyPackIn } from "../policies/pack";
import { ProjectCopy, testStacks } from "./projectCopy";

const file = "stacks/Pulumi.dev.yaml";
const platformFile = "stacks/Pulumi.platform-local.yaml";
const environment = "stacks/environments/local.yaml";
let project: ProjectCopy;

beforeAll(() => {
  project = new ProjectCopy();
});
afterEach(() => {
  for (const edited of [file, platformFile, environment]) project.restore(edited);
});
afterAll(() => project.remove());

function previewed(stack: string): Promise<Preview> {
  return preview(project.dir, stack, { policies: policyPackIn(project.dir) });
}

it.each(testStacks)("%s violates none", async (stack) => {
  const { violations, diagnostics } = await previewed(stack);
  expect({ violations, diagnostics: diagnostics.filter(({ severity }) => severity === "error") }).toEqual({
    violations: [],
    diagnostics: [],
  });
});

it("a monitoring namespace violates none, once the environment allows it", async () => {
  project.edit(platformFile, "environment: local", "environment: local\n    monitoringNamespace: monitoring");
  const setting = "security-network-policies";
  // To the controller's metrics, to those of the platform's CA, and to enrol there.
  expect((await previewed("platform-local")).violations.map(({ policy }) => policy)).toEqual([
    setting,
    setting,
    setting,
  ]);
  project.edit(environment, "policies:", `policies:\n  ${setting}: { namespaces: [monitoring] }`);
  expect((await previewed("platform-local")).violations).toEqual([]);
});

describe("options of the product violate none:", () => {
  it.each([
    ["CouchDB", file, "{ name: org2 }", "{ name: org2, stateDatabase: couchdb }"],
    ["a certificate of one's own", file, "port: 30443", "certificateSecret: gateway-certificate\n      port: 30443"],
    [
      "a load balancer with annotations",
      environment,
      "ports: { from: 30443, to: 30499 }",
      "ports: { from: 30443, to: 30499 }\n  type: LoadBalancer\n  annotations: { service.beta.kubernetes.io/aws-load-balancer-type: nlb }",
    ],
    [
      "a route of the cluster's own gateway",
      environment,
      "ports: { from: 30443, to: 30499 }",
      "ports: { from: 30443, to: 30499 }\n  type: TLSRoute\n  gateway: { name: public, namespace: edge }",
    ],
    [
      "places, and labels and annotations of nobody, in a stack file",
      file,
      "    gateway:",
      `    pods:
      all:
        nodeSelector: { pool: ledgers }
        tolerations: [{ key: dedicated, value: ledgers, effect: NoSchedule }]
        imagePullSecrets: [registry]
        labels: { example.com/cost-center: "4711" }
        annotations: { team: trade, example.com/contact: trade@example.com }
      peer:
        priorityClassName: ledgers
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: disk, operator: In, values: [ssd] }] }] } } }
    gateway:`,
    ],
    [
      "annotations for others, and any place, in an environment",
      environment,
      "size: small",
      `size: small
pods:
  all:
    priorityClassName: system-cluster-critical
    tolerations: [{ operator: Exists }]
    annotations: { k8s.v1.cni.cncf.io/networks: blue, prometheus.io/scrape: "true" }
  chaincode: { labels: { azure.workload.identity/use: "true" } }`,
    ],
  ])("%s", async (_title, edited, before, after) => {
    project.edit(edited, before, after);
    expect((await previewed("dev")).violations).toEqual([]);
  });
});

describe("an edit of the stack file", () => {
  it("that violates a policy is shown with the place, after the tree, and ends with 2", () => {
    project.edit(file, "port: 30443", "port: 30443\n      replicas: 1");
    const { status, stdout } = command("preview", "dev");
    expect(stdout.slice(stdout.indexOf("Policy violations"))).toBe(`Policy violations:
  mandatory availability-replicas: What all clients go through has replicas.
    apps/Deployment dev/gateway
      stacks/Pulumi.dev.yaml: baas:network.gateway.replicas: Deployment dev/gateway: it has 1 replica. Write 2, or more

1 mandatory policy violation: an apply would be refused.
`);
    expect(status).toBe(2);
  });

  it("that violates a policy is part of the JSON", () => {
    project.edit(file, "port: 30443", "port: 30443\n      replicas: 1");
    const { status, stdout } = command("preview", "dev", "--json");
    expect(JSON.parse(stdout).policyViolations).toEqual([
      {
        policyPackName: "baas",
        policyPackVersion: "0.1.0",
        policyName: "availability-replicas",
        enforcementLevel: "mandatory",
        urn: "urn:pulumi:dev::baas::baas:index:Network$baas:index:Gateway$kubernetes:apps/v1:Deployment::dev-gateway",
        message:
          "What all clients go through has replicas.\nstacks/Pulumi.dev.yaml: baas:network.gateway.replicas: Deployment dev/gateway: it has 1 replica. Write 2, or more",
      },
    ]);
    expect(status).toBe(2);
  });

  it("that violates a policy is refused by apply, which has touched nothing", () => {
    project.edit(file, "port: 30443", "port: 30443\n      replicas: 1");
    const { status, stderr } = command("apply", "dev", "--context", "nowhere");
    expect(stderr).toContain("it has 1 replica. Write 2, or more\n");
    expect(stderr).toContain(
      "1 mandatory policy violation: refused. ./baas preview dev shows the same. Nothing was changed\n",
    );
    expect(status).toBe(2);
  });
});

it("what was before is, in a pull request, its base", () => {
  const git = (...args: string[]): void => {
    const author = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    execFileSync("git", ["-C", project.dir, ...author, ...args], { stdio: "pipe" });
  };
  git("init", "--quiet", "--initial-branch=main");
  git(
    "add",
    "Pulumi.yaml",
    "package.json",
    "tsconfig.json",
    "infra",
    "model",
    "components",
    "ethereum",
    "fabric",
    "services",
    "chaincode",
  );
  git("add", "stacks", "policies");
  git("commit", "--quiet", "--message=base");
  project.edit(file, "{ name: org2 }", "{ name: org2, peerStorage: 1Gi }");
  const { status, stdout } = command("preview", "dev", "--base", "main");
  expect(stdout).toMatch(/\n    compared with main \([0-9a-f]{7}\)\n/);
  expect(stdout).toMatch(
    /baas:network\.organizations\[1\]\.peerStorage: StatefulSet dev\/peer0-org2: volume "data" would be 1Gi, and has been 10Gi as of main \([0-9a-f]{7}\)\. Write 10Gi, or more\n/,
  );
  expect(status).toBe(2);
});

describe("the environment's profile", () => {
  it("decides how a policy is taken", async () => {
    project.edit(file, "port: 30443", "port: 30443\n      replicas: 1");
    project.edit(environment, "policies:", "policies:\n  availability-replicas: advisory #");
    const { violations } = await previewed("dev");
    expect(violations.map(({ policy, level }) => `${level} ${policy}`)).toEqual(["advisory availability-replicas"]);
  });

  it("is overridden by the stack", async () => {
    project.edit(
      file,
      "domain: dev.example.com",
      "domain: dev.example.com\n    policies: { availability-consenters: { least: 3 } }",
    );
    const { violations } = await previewed("dev");
    expect(violations.map(({ message }) => message.split("\n")[1])).toEqual([
      "stacks/Pulumi.dev.yaml: baas:network.ordering.nodes: Channel dev/main: 1 consenter survives the loss of 0. Write 3, or more",
    ]);
  });

  it("does not make a policy weaker unseen", () => {
    project.edit(environment, "policies:", "policies:\n  security-rbac: disabled\n  ports-unique: advisory #");
    const { stdout } = command("preview", "dev");
    expect(stdout).toContain("\nLess strict in this stack: ports-unique (advisory), security-rbac (disabled)\n");
  });

  it("does not let a stack change a setting unseen", () => {
    const changed = "policies: { resources-budget: { cpu: '4' }, availability-consenters: { least: 1 } }";
    project.edit(file, "domain: dev.example.com", `domain: dev.example.com\n    ${changed}`);
    const { stdout } = command("preview", "dev");
    // The environment says `least: 1`, too.
    expect(stdout).toContain("\nPolicy settings that this stack changes: resources-budget (cpu 8 -> 4)\n");
  });

  it("names policies that there are, or the preview ends with 1", () => {
    project.edit(environment, "policies:", "policies:\n  security-tsl: advisory #");
    const { status, stderr } = command("preview", "dev");
    expect(stderr).toContain("stacks/environments/local.yaml: 1 mistake");
    expect(stderr).toContain('policies.security-tsl: there is no policy "security-tsl". Did you mean "security-tls"?');
    expect(status).toBe(1);
  });
});

it("previews all stacks", () => {
  const { status, stdout } = command("preview", "--all", "--json");
  expect(Object.keys(JSON.parse(stdout))).toEqual(testStacks);
  expect(status).toBe(0);
});

function command(name: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(project.dir, "baas"), name, ...args], {
    cwd: project.dir,
    encoding: "utf8",
    maxBuffer: 2 ** 27,
  });
}
