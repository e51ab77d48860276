import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Step } from "../cli/engine/changes/changeSet";
import { formatPath } from "../cli/engine/declared/values";
import { preview } from "../cli/engine/preview/preview";
import { runProgram } from "../cli/engine/program/programs";
import { writeRecord } from "../cli/engine/record/writeRecord";
import { parseUrn } from "../model/pulumi/urn";
import { ProjectCopy } from "./projectCopy";

const file = "stacks/Pulumi.dev.yaml";
let project: ProjectCopy;

beforeAll(async () => {
  project = new ProjectCopy();
  writeRecord(await runProgram({ projectDir: project.dir, stack: "dev", dryRun: true }));
});
afterEach(() => project.restore(file));
afterAll(() => project.remove());

/** The preview of `dev` after an edit, without components: one line for each resource with its changed fields, sorted. */
async function changes(before: string, after: string): Promise<string[]> {
  project.edit(file, before, after);
  const { changes, diagnostics } = await preview(project.dir, "dev");
  if (changes === undefined) throw new Error(JSON.stringify(diagnostics));
  return changes.steps
    .filter(({ op, before, after }) => op !== "same" && op !== "read" && (after ?? before)!.custom)
    .map(describeStep)
    .sort();
}

const signs = { create: "+", update: "~", replace: "+-", delete: "-", same: " ", read: ">" };

function describeStep({ op, urn, differences }: Step): string {
  const { type, name } = parseUrn(urn);
  const fields = op === "update" || op === "replace" ? differences.map(({ path }) => formatPath(path)) : [];
  return [signs[op], type.split(":").pop(), name, ...fields].join(" ");
}

describe("an edit of the stack file shows just what it changes:", () => {
  it("a comment", async () => {
    expect(await changes("# The smallest", "# A small")).toEqual([]);
  });

  it("a default, written out", async () => {
    expect(await changes("name: org1,", "name: org1, mspId: Org1MSP, peers: 1,")).toEqual([]);
  });

  it("batch time-out", async () => {
    expect(await changes("- { name: main }", "- { name: main, batch: { timeout: 1s } }")).toMatchInlineSnapshot(`
      [
        "~ Channel dev-main spec.batch.timeout",
      ]
    `);
  });

  it("endorsement policy", async () => {
    const policy = `version: "1.0"\n        endorsementPolicy: "OR('Org1MSP.peer')"`;
    expect(await changes('version: "1.0"', policy)).toMatchInlineSnapshot(`
      [
        "~ Chaincode dev-main.asset-transfer spec.endorsementPolicy",
      ]
    `);
  });

  it("one more peer: no other peer restarts", async () => {
    expect(await changes("name: org1,", "name: org1, peers: 2,")).toMatchInlineSnapshot(`
      [
        "+ ConfigMap dev-peer1-org1",
        "+ Identity dev-peer1-org1-identity",
        "+ NetworkPolicy dev-peer1-org1",
        "+ PodDisruptionBudget dev-org1-peers",
        "+ Service dev-peer1-org1",
        "+ Service dev-peer1-org1-headless",
        "+ ServiceAccount dev-peer1-org1",
        "+ StatefulSet dev-peer1-org1",
        "~ Chaincode dev-main.asset-transfer spec.organizations[0].peers[1]",
        "~ Channel dev-main spec.organizations[0].peers[1]",
        "~ ConfigMap dev-gateway data["haproxy.cfg"] data["index.html"] data["routes.map"] data["status.json"]",
        "~ NetworkPolicy dev-gateway spec.egress[2]",
        "~ Rollout dev-rollout spec.nodes[4]",
      ]
    `);
  });

  it("one more organization", async () => {
    expect(await changes("- { name: org2 }", "- { name: org2 }\n      - { name: org3 }")).toMatchInlineSnapshot(`
      [
        "+ CertificateAuthority dev-ca-org3-authority",
        "+ ConfigMap dev-peer0-org3",
        "+ Deployment dev-asset-transfer-1-0-org3",
        "+ Identity dev-asset-transfer-1-0-org3-identity",
        "+ Identity dev-org3-admin",
        "+ Identity dev-peer0-org3-identity",
        "+ NetworkPolicy dev-asset-transfer-1-0-org3",
        "+ NetworkPolicy dev-ca-org3",
        "+ NetworkPolicy dev-peer0-org3",
        "+ Role dev-ca-org3",
        "+ RoleBinding dev-ca-org3",
        "+ Service dev-asset-transfer-1-0-org3",
        "+ Service dev-ca-org3",
        "+ Service dev-ca-org3-headless",
        "+ Service dev-peer0-org3",
        "+ Service dev-peer0-org3-headless",
        "+ ServiceAccount dev-asset-transfer-1-0-org3",
        "+ ServiceAccount dev-ca-org3",
        "+ ServiceAccount dev-peer0-org3",
        "+ StatefulSet dev-ca-org3",
        "+ StatefulSet dev-peer0-org3",
        "+- Job dev-asset-transfer-1-0-smoke-test spec.template.spec.containers[0].env[5].value spec.template.spec.volumes[3].projected.sources[2]",
        "~ Chaincode dev-main.asset-transfer spec.organizations[2]",
        "~ Channel dev-main spec.organizations[2]",
        "~ ConfigMap dev-gateway data["haproxy.cfg"] data["index.html"] data["status.json"]",
        "~ NetworkPolicy dev-asset-transfer-1-0-smoke-test spec.egress[0].to[2]",
        "~ NetworkPolicy dev-gateway spec.egress[5]",
        "~ Rollout dev-rollout spec.nodes[6] spec.nodes[7]",
      ]
    `);
  });

  it("another port of the gateway: all that hand it out change, and its pods stay", async () => {
    expect(await changes("port: 30443", "port: 30450")).toMatchInlineSnapshot(`
      [
        "~ Channel dev-main spec.ordering.consenters[0].endpoint spec.organizations[0].anchorPeers[1] spec.organizations[1].anchorPeers[1]",
        "~ ConfigMap dev-gateway data["index.html"] data["status.json"]",
        "~ ConfigMap dev-peer0-org1 data["core.yaml"]",
        "~ ConfigMap dev-peer0-org2 data["core.yaml"]",
        "~ Rollout dev-rollout spec.nodes[3].template spec.nodes[5].template",
        "~ Service dev-gateway spec.ports[0].nodePort spec.ports[0].port",
        "~ Service dev-orderer0-orderer spec.ports[3].port",
        "~ Service dev-peer0-org1 spec.ports[2].port",
        "~ Service dev-peer0-org2 spec.ports[2].port",
        "~ StatefulSet dev-peer0-org1 metadata.annotations["baas.io/template-hash"] spec.template.metadata.annotations["baas.io/configuration-hash"]",
        "~ StatefulSet dev-peer0-org2 metadata.annotations["baas.io/template-hash"] spec.template.metadata.annotations["baas.io/configuration-hash"]",
      ]
    `);
  });

  it("an organization's peers no longer behind the gateway", async () => {
    expect(await changes("peers: [org1, org2]", "peers: [org1]")).toMatchInlineSnapshot(`
      [
        "~ Channel dev-main spec.organizations[1].anchorPeers[1]",
        "~ ConfigMap dev-gateway data["haproxy.cfg"] data["index.html"] data["routes.map"] data["status.json"]",
        "~ ConfigMap dev-peer0-org2 data["core.yaml"]",
        "~ NetworkPolicy dev-gateway spec.egress[3].ports[0]",
        "~ NetworkPolicy dev-peer0-org2 spec.ingress[1].ports[0]",
        "~ Rollout dev-rollout spec.nodes[5].template",
        "~ Service dev-peer0-org2 spec.ports[2]",
        "~ StatefulSet dev-peer0-org2 metadata.annotations["baas.io/template-hash"] spec.template.metadata.annotations["baas.io/configuration-hash"]",
      ]
    `);
  });

  it("no gateway", async () => {
    const gateway = /    gateway:\n( {6}.*\n)+/.exec(project.read(file))![0];
    expect(await changes(gateway, "")).toMatchInlineSnapshot(`
      [
        "- ConfigMap dev-gateway",
        "- Deployment dev-gateway",
        "- Identity dev-gateway-identity",
        "- NetworkPolicy dev-gateway",
        "- PodDisruptionBudget dev-gateway",
        "- Service dev-gateway",
        "- ServiceAccount dev-gateway",
        "~ Channel dev-main spec.ordering.consenters[0].endpoint spec.organizations[0].anchorPeers[1] spec.organizations[1].anchorPeers[1]",
        "~ ConfigMap dev-peer0-org1 data["core.yaml"]",
        "~ ConfigMap dev-peer0-org2 data["core.yaml"]",
        "~ NetworkPolicy dev-ca-org1 spec.ingress[1]",
        "~ NetworkPolicy dev-ca-org2 spec.ingress[1]",
        "~ NetworkPolicy dev-orderer0-orderer spec.ingress[3] spec.ingress[5]",
        "~ NetworkPolicy dev-peer0-org1 spec.ingress[1]",
        "~ NetworkPolicy dev-peer0-org2 spec.ingress[1]",
        "~ Rollout dev-rollout spec.nodes[3].template spec.nodes[5].template",
        "~ Service dev-orderer0-orderer spec.ports[3]",
        "~ Service dev-peer0-org1 spec.ports[2]",
        "~ Service dev-peer0-org2 spec.ports[2]",
        "~ StatefulSet dev-peer0-org1 metadata.annotations["baas.io/template-hash"] spec.template.metadata.annotations["baas.io/configuration-hash"]",
        "~ StatefulSet dev-peer0-org2 metadata.annotations["baas.io/template-hash"] spec.template.metadata.annotations["baas.io/configuration-hash"]",
      ]
    `);
  });

  it("more orderers", async () => {
    expect(await changes("    organizations:", "    ordering: { nodes: 3 }\n    organizations:"))
      .toMatchInlineSnapshot(`
        [
          "+ ConfigMap dev-orderer1-orderer",
          "+ ConfigMap dev-orderer2-orderer",
          "+ Identity dev-orderer1-orderer-identity",
          "+ Identity dev-orderer2-orderer-identity",
          "+ NetworkPolicy dev-orderer1-orderer",
          "+ NetworkPolicy dev-orderer2-orderer",
          "+ PodDisruptionBudget dev-ordering-orderers",
          "+ Service dev-orderer1-orderer",
          "+ Service dev-orderer1-orderer-headless",
          "+ Service dev-orderer2-orderer",
          "+ Service dev-orderer2-orderer-headless",
          "+ ServiceAccount dev-orderer1-orderer",
          "+ ServiceAccount dev-orderer2-orderer",
          "+ StatefulSet dev-orderer1-orderer",
          "+ StatefulSet dev-orderer2-orderer",
          "~ Channel dev-main spec.ordering.consenters[1] spec.ordering.consenters[2]",
          "~ ConfigMap dev-gateway data["haproxy.cfg"] data["index.html"] data["routes.map"] data["status.json"]",
          "~ NetworkPolicy dev-gateway spec.egress[6] spec.egress[7]",
          "~ Rollout dev-rollout spec.nodes[2] spec.nodes[3]",
        ]
      `);
  });

  it("chaincode version: new servers come and the old ones go", async () => {
    expect(await changes('version: "1.0"', 'version: "1.1"')).toMatchInlineSnapshot(`
      [
        "+ Deployment dev-asset-transfer-1-1-org1",
        "+ Deployment dev-asset-transfer-1-1-org2",
        "+ Identity dev-asset-transfer-1-1-org1-identity",
        "+ Identity dev-asset-transfer-1-1-org2-identity",
        "+ Identity dev-asset-transfer-1-1-smoke-test-identity",
        "+ Job dev-asset-transfer-1-1-smoke-test",
        "+ NetworkPolicy dev-asset-transfer-1-1-org1",
        "+ NetworkPolicy dev-asset-transfer-1-1-org2",
        "+ NetworkPolicy dev-asset-transfer-1-1-smoke-test",
        "+ Service dev-asset-transfer-1-1-org1",
        "+ Service dev-asset-transfer-1-1-org2",
        "+ ServiceAccount dev-asset-transfer-1-1-org1",
        "+ ServiceAccount dev-asset-transfer-1-1-org2",
        "+ ServiceAccount dev-asset-transfer-1-1-smoke-test",
        "- Deployment dev-asset-transfer-1-0-org1",
        "- Deployment dev-asset-transfer-1-0-org2",
        "- Identity dev-asset-transfer-1-0-org1-identity",
        "- Identity dev-asset-transfer-1-0-org2-identity",
        "- Identity dev-asset-transfer-1-0-smoke-test-identity",
        "- Job dev-asset-transfer-1-0-smoke-test",
        "- NetworkPolicy dev-asset-transfer-1-0-org1",
        "- NetworkPolicy dev-asset-transfer-1-0-org2",
        "- NetworkPolicy dev-asset-transfer-1-0-smoke-test",
        "- Service dev-asset-transfer-1-0-org1",
        "- Service dev-asset-transfer-1-0-org2",
        "- ServiceAccount dev-asset-transfer-1-0-org1",
        "- ServiceAccount dev-asset-transfer-1-0-org2",
        "- ServiceAccount dev-asset-transfer-1-0-smoke-test",
        "~ Chaincode dev-main.asset-transfer spec.package.address spec.package.id spec.package.label spec.version",
        "~ ConfigMap dev-gateway data["index.html"] data["status.json"]",
      ]
    `);
  });

  it("more chaincode servers", async () => {
    expect(await changes('version: "1.0"', 'version: "1.0"\n        replicas: 2')).toMatchInlineSnapshot(`
      [
        "+ PodDisruptionBudget dev-asset-transfer-1-0-org1",
        "+ PodDisruptionBudget dev-asset-transfer-1-0-org2",
        "~ Deployment dev-asset-transfer-1-0-org1 spec.replicas",
        "~ Deployment dev-asset-transfer-1-0-org2 spec.replicas",
      ]
    `);
  });

  it("another argument of the smoke test: it runs again", async () => {
    expect(await changes("alice", "carol")).toMatchInlineSnapshot(`
      [
        "+- Job dev-asset-transfer-1-0-smoke-test spec.template.spec.containers[0].env[3].value",
      ]
    `);
  });

  it("no smoke test", async () => {
    const test = /        smokeTest:.*\n( {10}.*\n)+/.exec(project.read(file))![0];
    expect(await changes(test, "")).toMatchInlineSnapshot(`
      [
        "- Identity dev-asset-transfer-1-0-smoke-test-identity",
        "- Image dev-smoke-test",
        "- Job dev-asset-transfer-1-0-smoke-test",
        "- NetworkPolicy dev-asset-transfer-1-0-smoke-test",
        "- ServiceAccount dev-asset-transfer-1-0-smoke-test",
      ]
    `);
  });

  it("a second channel", async () => {
    expect(await changes("- { name: main }", "- { name: main }\n      - { name: second, organizations: [org1] }"))
      .toMatchInlineSnapshot(`
        [
          "+ Channel dev-second",
          "~ ConfigMap dev-gateway data["index.html"] data["status.json"]",
        ]
      `);
  });

  it("CouchDB for one organization", async () => {
    const lines = await changes("name: org1,", "name: org1, stateDatabase: couchdb,");
    expect(lines.map((line) => line.split(" spec.")[0])).toMatchInlineSnapshot(`
      [
        "+ ConfigMap dev-peer0-org1-couchdb",
        "+ RandomPassword dev-peer0-org1-couchdb",
        "+ Secret dev-peer0-org1-couchdb",
        "~ ConfigMap dev-peer0-org1 data["core.yaml"]",
        "~ Identity dev-peer0-org1-identity",
        "~ NetworkPolicy dev-peer0-org1",
        "~ Rollout dev-rollout",
        "~ StatefulSet dev-peer0-org1 metadata.annotations["baas.io/template-hash"]",
      ]
    `);
  });

  it("size", async () => {
    const lines = await changes("    organizations:", "    size: medium\n    organizations:");
    expect(lines.map((line) => line.replaceAll("spec.template.spec.containers[0].resources.", "")))
      .toMatchInlineSnapshot(`
        [
          "~ Deployment dev-asset-transfer-1-0-org1 limits.memory requests.cpu requests.memory",
          "~ Deployment dev-asset-transfer-1-0-org2 limits.memory requests.cpu requests.memory",
          "~ Deployment dev-gateway limits.cpu limits.memory requests.cpu requests.memory spec.template.spec.containers[1].resources.requests.cpu",
          "~ Rollout dev-rollout spec.nodes[0].template spec.nodes[1].template spec.nodes[2].template spec.nodes[3].template spec.nodes[4].template spec.nodes[5].template",
          "~ StatefulSet dev-ca-orderer metadata.annotations["baas.io/template-hash"] limits.memory requests.cpu requests.memory",
          "~ StatefulSet dev-ca-org1 metadata.annotations["baas.io/template-hash"] limits.memory requests.cpu requests.memory",
          "~ StatefulSet dev-ca-org2 metadata.annotations["baas.io/template-hash"] limits.memory requests.cpu requests.memory",
          "~ StatefulSet dev-orderer0-orderer metadata.annotations["baas.io/template-hash"] limits.memory requests.cpu requests.memory",
          "~ StatefulSet dev-peer0-org1 metadata.annotations["baas.io/template-hash"] limits.cpu limits.memory requests.cpu requests.memory",
          "~ StatefulSet dev-peer0-org2 metadata.annotations["baas.io/template-hash"] limits.cpu limits.memory requests.cpu requests.memory",
        ]
      `);
  });
});

describe("an edit of the smoke test's program", () => {
  const source = "services/smoke-test/src/main.ts";
  afterEach(() => project.restore(source));

  it("replaces its Job, whose pods cannot change, after deleting the old one", async () => {
    project.edit(source, 'const log = jsonLog("info");', 'const log = jsonLog("debug");');
    const { changes } = await preview(project.dir, "dev");
    const changed = changes!.steps.filter(({ op, after }) => op !== "same" && op !== "read" && after!.custom);
    expect(changed.map(describeStep).sort()).toMatchInlineSnapshot(`
      [
        "+- Job dev-asset-transfer-1-0-smoke-test spec.template.spec.containers[0].image",
        "~ Image dev-smoke-test imageName",
      ]
    `);
    expect(changed.find(({ op }) => op === "replace")).toMatchObject({ deleteFirst: true, retained: false });
  });
});
